"""What is handed to TRL is what TRL takes: its own functions render it with a chat template."""

import pytest

from lawgiver.data.preference import HELPFUL, Pair, labels_of, to_trl_labelled, to_trl_pairs

data_utils = pytest.importorskip("trl.data_utils")

DIALOGUE = (
    {"role": "user", "content": "Name a river."},
    {"role": "assistant", "content": "In which country?"},
    {"role": "user", "content": "Poland."},
)
PAIR = Pair(HELPFUL, DIALOGUE, "The Oder.", "Rivers are wet.")


@pytest.fixture(scope="module")
def tokenizer(tiny):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


def test_pairs_render_as_prompt_and_two_answers(tokenizer):
    [row] = to_trl_pairs([PAIR], system_prompt="Be brief.")
    assert data_utils.is_conversational(row)
    assert data_utils.maybe_extract_prompt(row) == row
    rendered = data_utils.maybe_apply_chat_template(row, tokenizer)
    assert all(part in rendered["prompt"] for part in ("Be brief.", "Name a river.", "In which country?", "Poland."))
    assert rendered["chosen"].strip().startswith("The Oder.")
    assert rendered["rejected"].strip().startswith("Rivers are wet.")


def test_labelled_answers_render_as_prompt_completion_and_label(tokenizer):
    rows = to_trl_labelled(labels_of([PAIR]))
    assert [row["label"] for row in rows] == [True, False]
    rendered = [data_utils.maybe_apply_chat_template(row, tokenizer) for row in rows]
    assert [row["completion"].strip().split("<")[0] for row in rendered] == ["The Oder.", "Rivers are wet."]
