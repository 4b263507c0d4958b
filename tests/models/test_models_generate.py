"""Answers come in the order asked, whatever the batches, the order and the neighbours."""

import random

import pytest
import torch

from lawgiver.models.generate import generate
from lawgiver.models.prompt import encode
from lawgiver.outcome import ConfigurationError


def ask(text):
    return [{"role": "user", "content": text}]


TEXTS = ["a", "why?", "tell me more", "x" * 40, "Who are you?", "why?", "1 2 3", "ünï", "", "what is it that you do?"]
CONVERSATIONS = [ask(text) for text in TEXTS]


def one_by_one(loaded, conversation, new):
    """Greedy decoding without padding, cache or batches."""
    ids = encode(loaded.tokenizer, conversation)
    answer = []
    with torch.inference_mode():
        while len(answer) < new:
            logits = loaded.model(torch.tensor([ids + answer])).logits[0, -1]
            answer.append(int(logits.argmax()))
            if answer[-1] == loaded.tokenizer.eos_token_id:
                break
    return answer


def test_greedy_equals_naive_decoding(loaded):
    done = generate(loaded, CONVERSATIONS, max_new_tokens=12, batch_size=4)
    for conversation, completion in zip(CONVERSATIONS, done, strict=True):
        naive = one_by_one(loaded, conversation, 12)
        assert completion.tokens == len(naive)
        assert completion.text == loaded.tokenizer.decode(naive, skip_special_tokens=True)
        assert completion.truncated == (naive[-1] != loaded.tokenizer.eos_token_id)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_order_and_batch_size_change_nothing(loaded, temperature):
    settings = {"max_new_tokens": 10, "temperature": temperature, "seed": 3}
    distinct = list({text: ask(text) for text in TEXTS}.values())
    straight = generate(loaded, distinct, batch_size=4, **settings)
    places = list(range(len(distinct)))
    random.Random(0).shuffle(places)
    shuffled = generate(loaded, [distinct[i] for i in places], batch_size=3, **settings)
    assert shuffled == [straight[i] for i in places]


def test_a_subset_is_answered_alike(loaded):
    settings = {"max_new_tokens": 10, "temperature": 1.0, "seed": 3}
    whole = generate(loaded, CONVERSATIONS, **settings)
    assert generate(loaded, CONVERSATIONS[:5], **settings) == whole[:5]


def test_repeats_of_a_conversation_are_drawn_anew(loaded):
    answers = generate(loaded, [ask("why?")] * 8, max_new_tokens=10, temperature=1.0)
    assert len({answer.text for answer in answers}) > 4


def test_seed_decides(loaded):
    first, again, other = (
        generate(loaded, CONVERSATIONS, max_new_tokens=10, temperature=1.0, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_global_random_state_is_left_alone(loaded):
    before = torch.random.get_rng_state()
    generate(loaded, CONVERSATIONS[:2], max_new_tokens=4, temperature=1.0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_tiny_nucleus_is_greedy(loaded):
    greedy = generate(loaded, CONVERSATIONS, max_new_tokens=8)
    assert generate(loaded, CONVERSATIONS, max_new_tokens=8, temperature=1.0, top_p=1e-6) == greedy


def test_nothing_asked_nothing_answered(loaded):
    assert generate(loaded, [], max_new_tokens=4) == []


def test_progress_adds_up(loaded):
    told = []
    generate(loaded, CONVERSATIONS, max_new_tokens=2, batch_size=4, on_progress=told.append)
    assert told == [4, 4, 2]


def test_stops_at_the_end_token(loaded, monkeypatch):
    """With the first token of the greedy answer declared an end, the answer is that token alone."""
    first = one_by_one(loaded, CONVERSATIONS[3], 1)[0]
    monkeypatch.setattr(loaded.model.generation_config, "eos_token_id", [first])
    done = generate(loaded, [CONVERSATIONS[3]], max_new_tokens=9)[0]
    assert (done.tokens, done.truncated) == (1, False)


def test_a_models_own_settings_do_not_leak_in(loaded, monkeypatch):
    plain = generate(loaded, CONVERSATIONS, max_new_tokens=12)
    settings = loaded.model.generation_config
    for name, value in {"do_sample": True, "temperature": 2.0, "repetition_penalty": 3.0, "max_length": 3}.items():
        monkeypatch.setattr(settings, name, value)
    assert generate(loaded, CONVERSATIONS, max_new_tokens=12) == plain


def test_oversized_prompt_is_refused_by_its_index(loaded):
    with pytest.raises(ConfigurationError, match=r"conversation 1 has \d+ tokens.*512"):
        generate(loaded, [ask("short"), ask("long " * 200)], max_new_tokens=8)


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_new_tokens", 0), ("temperature", -1.0), ("top_p", 0.0), ("seed", -1), ("batch_size", 0)],
)
def test_arguments_out_of_range(loaded, name, value):
    with pytest.raises(ConfigurationError, match=name):
        generate(loaded, CONVERSATIONS[:1], **{"max_new_tokens": 4, name: value})
