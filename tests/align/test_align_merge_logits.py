"""Mixing at decoding: exact on tables, and one model at either end."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LogitsProcessorList

from lawgiver.models.generate import generate
from lawgiver.models.load import load
from lawgiver.models.logit_merge import LogitMerge, logit_merge, mixed_logprobs
from lawgiver.models.score import score
from lawgiver.outcome import ConfigurationError
from merging import change_json, relative

ASKED = [[{"role": "user", "content": text}] for text in ("A?", "What is it then?", "Tell me about b.")]


def tables(seed, tokens=3, length=2):
    """Over all answers of `length` tokens: a reference policy, a reward and a cost, fp64."""
    generator = torch.Generator().manual_seed(seed)
    shape = (tokens,) * length
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(3)]


def normal(logits):
    return logits.flatten().log_softmax(0).view(logits.shape)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1.5), st.floats(0.1, 5), st.floats(0.05, 1))
def test_mixing_whole_answers_is_training_at_a_share_of_lambda(seed, q, strongest, beta):
    reference, reward, safety = tables(seed)
    helpful = normal(reference + reward / beta)
    safe = normal(helpful + strongest * safety / beta)
    mixed = mixed_logprobs(helpful.flatten(), safe.flatten(), q)
    wanted = normal(helpful + q * strongest * safety / beta)
    torch.testing.assert_close(mixed, wanted.flatten(), rtol=1e-9, atol=1e-9)


def by_token(joint):
    """A joint table over two tokens as log-probabilities of the first and of the second given the first."""
    first = joint.logsumexp(1)
    return first, joint - first[:, None]


def test_mixing_token_by_token_is_exact_for_one_token_and_approximate_for_two():
    reference, _, safety = tables(0)
    helpful, safe = normal(reference), normal(reference + 3 * safety)
    (first, second), (safe_first, safe_second) = by_token(helpful), by_token(safe)
    joint = mixed_logprobs(first, safe_first, 0.5)[:, None] + mixed_logprobs(second, safe_second, 0.5)
    wanted = normal(reference + 1.5 * safety)
    assert float(joint.exp().sum()) == pytest.approx(1)
    assert float((joint - wanted).abs().max()) > 1e-3
    near_safe = normal(reference + 1e-6 * safety)
    alone, alone_safe = by_token(near_safe)
    small = mixed_logprobs(first, alone, 0.5)[:, None] + mixed_logprobs(second, alone_safe, 0.5)
    torch.testing.assert_close(small, normal(reference + 0.5e-6 * safety), rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def pair(tiny, tmp_path_factory):
    one = load(str(tiny), dtype=torch.float32)
    other = load(str(relative(tiny, tmp_path_factory.mktemp("other") / "b", 1)), dtype=torch.float32)
    return one, other


def texts(loaded, **more):
    return [c.ids for c in generate(loaded, ASKED, max_new_tokens=24, **more)]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_either_end_says_what_the_model_there_says(pair, temperature):
    said = [texts(loaded, temperature=temperature, seed=3) for loaded in pair]
    assert said[0] != said[1]
    assert texts(logit_merge(*pair, 0.0), temperature=temperature, seed=3) == said[0]
    assert texts(logit_merge(*pair, 1.0), temperature=temperature, seed=3) == said[1]


def test_decoding_with_caches_is_scoring_without(pair):
    mixed = logit_merge(*pair, 0.4)
    model, tokenizer = mixed.model, mixed.tokenizer
    for conversation, ids in zip(ASKED, texts(mixed), strict=True):
        prompt = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, return_dict=False)
        row = torch.tensor([prompt + list(ids)])
        with torch.inference_mode():
            logits = model(input_ids=row, attention_mask=torch.ones_like(row)).logits[0, len(prompt) - 1 : -1]
        assert logits.argmax(-1).tolist() == list(ids)
        torch.testing.assert_close(logits.exp().sum(-1), torch.ones(len(ids)))


def test_scores_of_the_mixture_are_mixed_scores(pair):
    answers = ["It is.", "No", "b"]
    at_ends = [score(loaded, ASKED, answers) for loaded in pair]
    for end, q in zip(at_ends, (0.0, 1.0), strict=True):
        for one, two in zip(score(logit_merge(*pair, q), ASKED, answers), end, strict=True):
            assert one.total == pytest.approx(two.total, abs=1e-4)
    for between, one, two in zip(score(logit_merge(*pair, 0.5), ASKED, answers), *at_ends, strict=True):
        # normalising a geometric mean can only add
        assert between.total >= (one.total + two.total) / 2 - 1e-4


def test_it_is_a_processor_for_any_generate_call(pair):
    one, other = pair
    batch = one.tokenizer(["ab", "c"], padding=True, return_tensors="pt")
    processor = LogitMerge(other.model, batch["attention_mask"], 1.0)
    mixed = one.model.generate(
        **batch, max_new_tokens=8, do_sample=False, logits_processor=LogitsProcessorList([processor])
    )
    assert torch.equal(mixed, other.model.generate(**batch, max_new_tokens=8, do_sample=False))


def test_models_that_do_not_mix_are_refused(pair, tiny, tmp_path):
    with pytest.raises(ConfigurationError, match="q: is nan"):
        logit_merge(*pair, float("nan"))
    folder = relative(tiny, tmp_path / "c", 2)
    tokenizer = (folder / "tokenizer.json").read_text()
    assert '"!"' in tokenizer
    (folder / "tokenizer.json").write_text(tokenizer.replace('"!"', '"!!"'))
    change_json(folder / "tokenizer_config.json", name="other")
    with pytest.raises(ConfigurationError, match="logits of different tokenizers do not mix"):
        logit_merge(pair[0], load(str(folder)), 0.5)
