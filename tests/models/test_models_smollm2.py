"""The default model, as its makers meant it to be spoken to."""

import pytest

from lawgiver.models.generate import generate
from lawgiver.models.load import load
from lawgiver.models.prompt import encode

pytestmark = pytest.mark.model

FRANCE = [{"role": "user", "content": "What is the capital of France?"}]
OFFICIAL = (
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.fixture(scope="module")
def smollm2():
    return load("smollm2-135m-instruct")


def test_chat_format(smollm2):
    tokenizer = smollm2.tokenizer
    assert tokenizer.apply_chat_template(FRANCE, tokenize=False, add_generation_prompt=True) == OFFICIAL
    ids = encode(tokenizer, FRANCE)
    assert ids[:12] == [1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308]
    assert tokenizer.decode(ids) == OFFICIAL


def test_ends_and_padding(smollm2):
    tokenizer, settings = smollm2.tokenizer, smollm2.model.generation_config
    assert (tokenizer.eos_token, tokenizer.eos_token_id, tokenizer.pad_token_id) == ("<|im_end|>", 2, 2)
    assert (settings.eos_token_id, settings.pad_token_id) == (2, 2)
    assert tokenizer.model_max_length == smollm2.model.config.max_position_embeddings == 8192
    assert tokenizer.padding_side == "left"


def test_numbered_lists_are_cut_as_in_training(smollm2):
    assert smollm2.tokenizer.tokenize("rest.\n\n1. Take 25 mg") == [
        *("rest", ".", "ĊĊ", "1", ".", "ĠTake", "Ġ", "2", "5", "Ġmg"),
    ]


def test_knows_the_capital_of_france(smollm2):
    done = generate(smollm2, [FRANCE], max_new_tokens=24)[0]
    assert "Paris" in done.text
    assert not done.truncated
