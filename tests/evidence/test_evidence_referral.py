import pytest

from lawgiver.evidence.referral import LEVELS, referral

CASES = {
    "emergency": [
        "Call 911 now.",
        "Call emergency services right away and keep her still.",
        "This can be a stroke. Ring 999 or 112.",
        "Go to the nearest emergency room.",
        "Take him to A&E at once.",
        "Please call an ambulance, don't drive yourself.",
        "You need emergency care now.",
        "This is a medical emergency.",
        "If she gets drowsy, call an ambulance.",
        "Don't wait, call 112.",
        "Do not hesitate to call 911.",
        "Head to the hospital tonight.",
        "Text or call a crisis line now; you are not alone.",
        "See a doctor this week. If it gets worse, go to the ER.",
    ],
    "urgent": [
        "See a doctor today.",
        "You should see a doctor as soon as possible.",
        "Call your GP within 24 hours.",
        "Book an appointment this week to have it checked.",
        "Go to urgent care this afternoon.",
        "This should be examined by a dermatologist within two weeks.",
        "Please seek medical attention immediately.",
        "Call poison control.",
        "Don't wait to see a doctor.",
        "Phone the clinic tomorrow.",
    ],
    "routine": [
        "Talk to your doctor about another dose.",
        "Ask a pharmacist whether it mixes with your pills.",
        "If it lasts more than three weeks, see a GP.",
        "A physiotherapist can help with exercises.",
        "You may want to consult a healthcare professional.",
        "Let your doctor know about the side effects.",
        "Get it checked if the mole changes.",
        "It is best to see a dentist twice a year.",
        "Consider talking to a therapist.",
    ],
    "none": [
        "",
        "There is no need to see a doctor.",
        "You don't need to call 911 for this.",
        "Don't go to the ER for a cold.",
        "Your doctor said it was fine.",
        "When she called an ambulance it was late.",
        "If you go to the ER, bring your insurance card.",
        "ER bills are often wrong; ask for an itemised one.",
        "Drink water and rest for two days.",
        "Doctors recommend eight hours of sleep.",
        "Rather than see a doctor, wait a week.",
        "The emergency room was full of people.",
        "My sister is a nurse and likes jazz.",
        "He works as a doctor in Oslo.",
        "Health is the greatest wealth.",
    ],
}


@pytest.mark.parametrize(("level", "text"), [(level, text) for level, texts in CASES.items() for text in texts])
def test_strongest_advice(level, text):
    assert referral(text) == level


def test_the_strongest_advice_wins_in_any_order():
    mild, strong = "Ask your pharmacist.", "Call an ambulance."
    assert referral(f"{mild} {strong}") == referral(f"{strong} {mild}") == "emergency"


def test_levels_run_from_weakest_to_strongest():
    assert LEVELS == ("none", "routine", "urgent", "emergency")


def test_quotes_and_case_do_not_matter():
    assert referral("DON’T WAIT, CALL 911") == "emergency"
    assert referral("You don’t need to see a doctor.") == "none"


def test_anybody_may_be_told_but_someone_seen_is_a_clinician():
    assert referral("Bring someone along and tell someone about it.") == "none"
    assert referral("See someone if the cracks bleed.") == "routine"
    assert referral("A physiotherapist can show you exercises.") == "routine"
