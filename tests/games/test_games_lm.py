"""A language model that plays and learns: shared prefixes change nothing, adapters survive saving and merging."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from lawgiver.games.catalogue import game
from lawgiver.games.lm.learner import LMLearner
from lawgiver.games.lm.policy import LMPolicy
from lawgiver.games.prompts.layout import Layout, sample_layout
from lawgiver.games.prompts.question import Question
from lawgiver.games.prompts.render import grid
from lawgiver.models.load import LoadedModel, load
from lawgiver.models.score import score
from lawgiver.outcome import ConfigurationError

IPD = game("ipd").seen_by("row")


def questions(count=2, stage=IPD):
    """Prompts of several words and layouts: 4 histories each."""
    rng = np.random.default_rng(0)
    words = [("red", "blue"), ("action1", "action2"), ("owl", "owlet")][:count]
    return [q for pair in words for q in grid(stage, [pair], [sample_layout(stage, rng)])]


@pytest.fixture(scope="module")
def base(tiny):
    """The tiny model in fp32, with room for long prompts (its positions are rotary); only to be read."""
    loaded = load(str(tiny), dtype=torch.float32)
    loaded.model.config.max_position_embeddings = 4096
    return loaded


def learner(base, seed=0, **changes):
    """A learner on a copy of the model, its adapter moved away from nothing by a few steps."""
    loaded = LoadedModel(base.name, copy.deepcopy(base.model), base.tokenizer, base.resolved)
    settings = {"learning_rate": 0.02, "rank": 4, "alpha": 8, "seed": seed}
    return LMLearner(loaded, **settings | changes)


def steps(policy, asked, count, seed=0, rate=1.0):
    """Ascend along random directions; returns the scores seen on the way."""
    rng, seen = np.random.default_rng(seed), []
    for _ in range(count):
        logp_NA = policy.forward(asked)
        policy.ascend(rng.normal(size=logp_NA.shape), rate)
        seen.append(logp_NA)
    return seen


def alone(loaded, asked):
    """Every answer scored by itself, without any tree."""
    pairs = [(question.conversation, word) for question in asked for word in question.answers]
    scores = score(loaded, [conversation for conversation, _ in pairs], [word for _, word in pairs], batch_size=1)
    return np.array([each.total for each in scores]).reshape(len(asked), -1)


def test_tree_scores_equal_scoring_each_answer_by_itself(base):
    asked = questions(3)  # of "owl" and "owlet" one begins the other: the end of the turn tells them apart
    policy = LMPolicy(base)
    assert policy.action_logprobs(asked) == pytest.approx(alone(base, asked), abs=1e-4)
    assert 0 < policy.tokens < policy.plain_tokens / 3
    assert policy.cost() == {"tokens": policy.tokens, "plain_tokens": policy.plain_tokens}


def test_groups_orders_and_repeats_change_nothing(base):
    asked = questions(2)
    whole = LMPolicy(base).action_logprobs(asked)
    policy = LMPolicy(base, nodes=700)
    order = np.random.default_rng(1).permutation(len(asked))
    twice = [asked[n] for n in order] + [asked[order[0]]]
    split = policy.action_logprobs(twice)
    assert policy.tokens > LMPolicy(base).nodes / 2
    assert split[:-1] == pytest.approx(whole[order], abs=1e-4)
    assert split[-1] == pytest.approx(whole[order[0]], abs=1e-4)
    assert LMPolicy(base).action_logprobs(asked[3:4]) == pytest.approx(whole[3:4], abs=1e-4)


def test_gradients_equal_those_of_separate_sequences(base):
    asked, weights = questions(1), torch.from_numpy(np.random.default_rng(2).normal(size=(4, 2))).float()
    gradients = []
    for nodes in (10_000, 500, 1):  # one tree, several, and each sequence by itself
        model = copy.deepcopy(base.model)
        policy = LMPolicy(LoadedModel(base.name, model, base.tokenizer), nodes)
        (weights * policy.scores(asked)).sum().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
    plain = copy.deepcopy(base.model)
    total = torch.zeros(())
    policy = LMPolicy(base)
    for n, question in enumerate(asked):  # and by the plain forward pass of the library
        for a, word in enumerate(question.answers):
            prompt, answer = list(policy.prompt(question)), policy.answer(word)
            logits_TV = plain(torch.tensor([prompt + answer])).logits[0, :-1].log_softmax(-1)
            chosen = logits_TV[range(len(prompt) - 1, len(prompt) + len(answer) - 1), answer]
            total = total + weights[n, a] * chosen.sum()
    total.backward()
    expected = torch.cat([p.grad.flatten() for p in plain.parameters() if p.grad is not None])
    for each in gradients:
        assert torch.allclose(each, expected, atol=1e-4 * float(expected.abs().max()))


def test_answers_are_probabilities(base):
    p_NA = np.exp(LMPolicy(base).action_logprobs(questions(3)))
    assert (p_NA > 0).all()
    assert (p_NA.sum(axis=1) < 1).all()


def test_questions_with_unlike_numbers_of_answers_are_refused(base):
    wide = Question(0, questions(1)[0].conversation, ("a", "b", "c"))
    with pytest.raises(ValueError, match=r"\[2, 3\] answers"):
        LMPolicy(base).action_logprobs([*questions(1), wide])


def test_a_template_that_refuses_is_said_so(base):
    tokenizer = copy.deepcopy(base.tokenizer)
    tokenizer.chat_template = "{{ raise_exception('no') }}"
    with pytest.raises(ConfigurationError, match="chat template refuses"):
        LMPolicy(LoadedModel(base.name, base.model, tokenizer)).action_logprobs(questions(1))


@pytest.fixture(scope="module")
def trained(base):
    """A learner after four steps, with an anchor from after two; only to be read."""
    policy = learner(base)
    steps(policy, questions(1), 2)
    policy.begin_phase(["anchor"])
    steps(policy, questions(1), 2, seed=1)
    return policy


def test_an_untrained_adapter_changes_nothing_and_learning_goes_where_it_is_told(base):
    asked, policy = questions(1), learner(base)
    before = policy.action_logprobs(asked)
    assert before == pytest.approx(LMPolicy(base).action_logprobs(asked), abs=1e-5)
    assert policy.forward(asked) == pytest.approx(before, abs=1e-5)
    weights_NA = np.array([[1.0, -1.0]] * 4)
    assert policy.ascend(weights_NA) > 0
    after = policy.action_logprobs(asked)
    assert ((after - before) * weights_NA).sum() > 0.01
    with pytest.raises(AssertionError, match="forward first"):
        policy.ascend(weights_NA)
    policy.forward(asked)
    policy.ascend(weights_NA, rate=0.0)
    assert np.array_equal(policy.action_logprobs(asked), after)


def test_the_exported_adapter_loads_and_scores_the_same(trained, tiny, base, tmp_path):
    trained.export(tmp_path / "adapter")
    loaded = load(str(tmp_path / "adapter"), dtype=torch.float32)
    loaded.model.config.max_position_embeddings = 4096
    asked = questions(2)
    own = trained.action_logprobs(asked)
    assert np.abs(own - LMPolicy(base).action_logprobs(asked)).max() > 0.1
    assert LMPolicy(loaded).action_logprobs(asked) == pytest.approx(own, abs=1e-4)
    assert alone(loaded, asked) == pytest.approx(own, abs=1e-4)
    again = LMPolicy(load(str(tiny), dtype=torch.float32, adapter=tmp_path / "adapter"))
    assert again.action_logprobs(asked) == pytest.approx(own, abs=1e-4)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_restored_learner_goes_on_to_the_bit(base, tmp_path, dropout):
    asked = questions(1)
    through, before, after = (learner(base, seed=1, dropout=dropout) for _ in range(3))
    for policy in (through, before):
        steps(policy, asked, 2)
        policy.begin_phase(["anchor"])
        steps(policy, asked, 1, seed=1)
    before.save(tmp_path)
    torch.manual_seed(99)  # nothing may hang on the state of the process
    after.restore(tmp_path)
    assert after.cost() == through.cost()
    assert np.array_equal(after.reference(asked), through.reference(asked))
    expected, seen = steps(through, asked, 2, seed=2, rate=0.5), steps(after, asked, 2, seed=2, rate=0.5)
    assert np.array_equal(seen, expected)
    for one, other in zip(through.masters, after.masters, strict=True):
        assert torch.equal(one, other)
    assert np.array_equal(after.action_logprobs(asked), through.action_logprobs(asked))


def test_dropout_is_drawn_anew_in_each_pass(base):
    policy = learner(base, dropout=0.5)
    steps(policy, questions(1), 1)
    assert np.abs(policy.forward(questions(1)) - policy.forward(questions(1))).max() > 1e-4


def test_a_forgotten_optimiser_starts_like_a_new_one(base, tmp_path):
    asked = questions(1)
    policy, fresh = learner(base, seed=1), learner(base, seed=1)
    steps(policy, asked, 3)
    policy.begin_phase(["optimiser"])
    policy.save(tmp_path)
    fresh.restore(tmp_path)
    steps(fresh, asked, 1)
    steps(policy, asked, 1)
    for one, other in zip(policy.masters, fresh.masters, strict=True):
        assert torch.equal(one, other)


def test_the_reference_is_the_base_until_a_phase_anchors_the_policy(base):
    asked, policy = questions(1), learner(base)
    untrained = LMPolicy(base).action_logprobs(asked)
    steps(policy, asked, 2)
    assert policy.reference(asked) == pytest.approx(untrained, abs=1e-5)
    here = policy.action_logprobs(asked)
    policy.begin_phase([])
    assert policy.reference(asked) == pytest.approx(untrained, abs=1e-5)
    policy.begin_phase(["anchor"])
    steps(policy, asked, 2, seed=1)
    assert np.array_equal(policy.reference(asked), here)
    assert np.abs(policy.action_logprobs(asked) - here).max() > 0.01


@pytest.mark.parametrize("anchored", [False, True], ids=["base", "phase"])
def test_a_reference_between_forward_and_ascend_disturbs_neither(base, anchored):
    """The loop asks for it there, while a gradient is pending."""
    asked, weights_NA = questions(1), np.array([[1.0, -0.5]] * 4)
    policies = [learner(base, seed=2) for _ in range(2)]
    for policy in policies:
        steps(policy, asked, 1)
        policy.begin_phase(["anchor"] if anchored else [])
        steps(policy, asked, 1, seed=1)
    norms = []
    for ask, policy in zip((True, False), policies, strict=True):
        policy.forward(asked)
        if ask:
            policy.reference(asked)
        norms.append(policy.ascend(weights_NA))
    assert norms[0] == norms[1] > 0
    for one, other in zip(policies[0].masters, policies[1].masters, strict=True):
        assert torch.equal(one, other)


def test_small_steps_in_half_precision_are_not_rounded_away(base):
    half = LoadedModel(base.name, copy.deepcopy(base.model).to(torch.bfloat16), base.tokenizer)
    policy, asked = learner(half, learning_rate=1e-5), questions(1)
    before = [master.clone() for master in policy.masters]
    for _ in range(3):
        policy.forward(asked)
        policy.ascend(np.array([[1.0, -1.0]] * 4))
    assert all(parameter.dtype == torch.bfloat16 for parameter in policy.parameters)
    moved = torch.cat([(one - other).abs().flatten() for one, other in zip(policy.masters, before, strict=True)])
    assert moved.max() == pytest.approx(3e-5, rel=0.2)
    assert all(torch.equal(m.bfloat16(), p) for m, p in zip(policy.masters, policy.parameters, strict=True))


def test_gradients_are_clipped_to_the_norm(base):
    asked = questions(1)
    steps_taken = []
    for most in (1e-3, 1e9):
        policy = learner(base, seed=3, max_grad_norm=most)
        policy.forward(asked)
        norm = policy.ascend(np.full((4, 2), 1.0))
        assert norm > 1e-3
        squares = sum(float((master.grad**2).sum()) for master in policy.masters if master.grad is not None)
        steps_taken.append(squares**0.5)
    assert steps_taken[0] == pytest.approx(1e-3, rel=1e-3)
    assert steps_taken[1] == pytest.approx(norm, rel=1e-5)


def test_longer_histories_and_more_players_are_scored_alike(base):
    for stage, history in ((IPD, 2), (game("public_goods_4").seen_by("any"), 1)):
        asked = grid(stage, [("red", "blue")], [Layout.plain(stage, history)])[:5]
        assert LMPolicy(base).action_logprobs(asked) == pytest.approx(alone(base, asked), abs=1e-4)


def test_skipped_layers_get_no_adapter(base):
    names = [name for name, _ in learner(base, skip=0.5).adapted.named_parameters() if "lora_" in name]
    assert {name.split(".layers.")[1].split(".")[0] for name in names} == {"1"}
    everywhere = [name for name, _ in learner(base).adapted.named_parameters() if "lora_" in name]
    assert len(everywhere) == 2 * len(names)
