"""Log-probabilities equal the ones computed the slow way."""

import pytest
import torch

from lawgiver.models.generate import generate
from lawgiver.models.prompt import encode
from lawgiver.models.score import score
from lawgiver.outcome import ConfigurationError

CONVERSATIONS = [[{"role": "user", "content": text}] for text in ("a", "tell me more about it", "why?", "x" * 30)]
ANSWERS = ["yes", "", "because <|im_end|> it is so", "no"]


def naive(loaded, conversation, answer, end):
    prompt = encode(loaded.tokenizer, conversation)
    tokens = (
        loaded.tokenizer(answer, add_special_tokens=False, split_special_tokens=True)["input_ids"] if answer else []
    )
    tokens = [*tokens, loaded.tokenizer.eos_token_id] if end else tokens
    with torch.inference_mode():
        logprobs = torch.log_softmax(loaded.model(torch.tensor([prompt + tokens])).logits[0], -1)
    return [float(logprobs[len(prompt) + i - 1, token]) for i, token in enumerate(tokens)]


@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_equals_the_slow_way(loaded, end, batch_size):
    scores = score(loaded, CONVERSATIONS, ANSWERS, end=end, batch_size=batch_size)
    for conversation, answer, got in zip(CONVERSATIONS, ANSWERS, scores, strict=True):
        wanted = naive(loaded, conversation, answer, end)
        assert got.logprobs == pytest.approx(wanted, abs=1e-4)
        assert got.total == pytest.approx(sum(wanted), abs=1e-3)
        assert len(got.tokens) == len(wanted)


def test_greedy_answer_is_likelier_than_others(loaded):
    answer = generate(loaded, CONVERSATIONS[:1], max_new_tokens=1)[0].text
    best, other = score(loaded, [CONVERSATIONS[0]] * 2, [answer, "Z" if answer != "Z" else "Y"], end=False)
    assert best.total > other.total


def test_nothing_to_score(loaded):
    assert score(loaded, [], []) == []


def test_numbers_must_agree(loaded):
    with pytest.raises(ConfigurationError, match="1 completions for 4 conversations"):
        score(loaded, CONVERSATIONS, ["a"])


def test_oversized_answer_is_refused_by_its_index(loaded):
    with pytest.raises(ConfigurationError, match="conversation 1"):
        score(loaded, CONVERSATIONS[:2], ["a", "b" * 600])
