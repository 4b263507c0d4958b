import pytest

from lawgiver.data import Exchange
from lawgiver.evidence.features import DENSE, WIDTH, feature_matrix
from lawgiver.evidence.lexicon import GROUPS, TOPICS, memberships


def groups(word):
    return {GROUPS[at] for at in memberships(word)}


@pytest.mark.parametrize(
    ("word", "group"),
    [
        ("infection", "clinical"),
        ("vomiting", "clinical"),
        ("reimbursement", "administrative"),
        ("workout", "wellness"),
        ("landlord", "outside"),
        ("guaranteed", "certainty"),
        ("bleach", "danger"),
        ("unconscious", "urgency"),
    ],
)
def test_words_belong_to_their_group(word, group):
    assert group in groups(word)


def test_short_entries_stand_for_themselves_alone():
    assert "clinical" in groups("flu")
    assert "clinical" not in groups("fluent")
    assert groups("qwertz") == groups("") == set()


def test_topics_come_first():
    assert GROUPS[: len(TOPICS)] == TOPICS


def test_a_response_on_the_topic_of_the_prompt_is_told_from_one_that_strays():
    def dense(response):
        exchange = Exchange(({"role": "user", "content": "my knee is swollen after a fall"},), response)
        row = feature_matrix([exchange]).toarray()[0, WIDTH - len(DENSE) :]
        return dict(zip(DENSE, row, strict=True))

    near, far = dense("Put ice on the swollen joint and rest the knee."), dense("The senator lost the election.")
    assert near["same topics as the prompt"] > 0.5
    assert far["same topics as the prompt"] < near["same topics as the prompt"]
    assert far["words of outside"] > 0
