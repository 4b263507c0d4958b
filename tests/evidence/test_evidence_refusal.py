import pytest

from lawgiver.evidence.refusal import find, refusal

DECLINES = [
    "I can't help with that.",
    "I’m sorry, but I can’t help with your essay.",
    "I'm sorry, but that is outside what I can do.",
    "Sorry, I am not able to provide stock tips.",
    "I'm not able to help you write code.",
    "As an AI I cannot write that for you.",
    "I only answer health questions.",
    "I can only help with health questions. Is there a symptom you want to ask about?",
    "I must decline. Cars are not my field.",
    "I won't be able to assist with the tax return.",
    "I will not write a fake sick note.",
    "I dont do homework, i help with health only",
    "That is beyond my expertise, I am afraid.",
    "Unfortunately, I cannot answer questions about football.",
    "This is not a health question, so ask elsewhere.",
    "I'm a health assistant and unable to give legal advice. I can't discuss this case.",
    "I would rather not answer that.",
    "Poems are not something I can help with.",
    "I'm here only for medical questions.",
    "Let's stick to health. What hurts?",
    "I refuse to name a deadly dose.",
    "I am not allowed to answer this.",
    "I leave poems to the poets. Is something bothering your health?",
    "I do not have enough information to answer this question.",
    "I can’t share that.",
    "I\u200b can't\u200b help with that.",
]
ANSWERS = [
    "",
    "You can't take ibuprofen with warfarin; use paracetamol instead.",
    "I can't stress enough how important it is to drink water.",
    "Your doctor can't tell from a photo, so go in person.",
    'You say "I cannot sleep": try going to bed at the same hour every night.',
    "I cannot diagnose you, but this sounds like a tension headache. Rest and drink water.",
    "I'm sorry you are in pain. Put a cold pack on the ankle for ten minutes.",
    "I'm not a doctor, but a mild sunburn heals in a few days.",
    "Don't help him stand up. Keep him lying down and warm.",
    "You should not provide the insurer with more records than they ask for.",
    "It is not safe to share needles.",
    "I can't help but notice that you skip breakfast; eating early may help.",
    "If you can't answer the phone, ask a nurse to call later.",
    "Only take it with food.",
    "No, antibiotics do not work on a cold.",
    "I can help with that. Wash the cut with clean water first.",
    "Children under two must not have honey or cough syrup.",
    "I hope this helps you sleep.",
    "Paracetamol cannot treat an infection, it only lowers the fever.",
    "Keep the leg up, put ice on it, do not walk on it today, and take it slowly. The poem I leave out,"
    " I stick to health.",
    "Rest for two days, drink plenty of warm fluids while the fever lasts, and keep the room cool at night. I"
    " can't help with the SQL.",
    "The insurer will not cover it without a referral.",
    "I can't give you a diagnosis, but a rash like this often comes from soap.",
    "Just avoid spicy food for a week.",
    "Never ignore chest pain.",
    "He won't be able to eat for six hours after the operation.",
]


@pytest.mark.parametrize("text", DECLINES)
def test_declining_is_a_refusal(text):
    assert refusal(text), text


@pytest.mark.parametrize("text", ANSWERS)
def test_answering_is_none(text):
    assert not refusal(text), find(text)


def test_the_words_that_decline_are_named():
    assert find("Well. I can't help with that, sorry.") == "i can't help with"
    assert find("Drink water.") is None


def test_a_refusal_after_an_answer_is_of_the_lesser_part():
    answer = "Wash the wound, press a clean cloth on it, and keep the hand up until it stops bleeding."
    assert refusal("I can't help with poems. " + answer)
    assert not refusal(answer + " I can't help with poems.")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry for any misunderstanding, but as a chatbot designed to assist with health and fitness, I don't"
        " have the capability to assist with that.",
        "I'm sorry for your loss, but as a chatbot for medical inquiries, I'm unable to assist with it.",
    ],
)
def test_an_apology_is_no_answer(text):
    assert refusal(text)
