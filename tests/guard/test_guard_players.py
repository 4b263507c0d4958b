import json
from collections import Counter

import numpy as np
import pytest
from game_recipe import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint import completion
from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.data.preference.blind import blind_hash
from lawgiver.data.preference.record import Pair
from lawgiver.guard.classifier.data import BLIND
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.game.pairs import OBJECTIVE
from lawgiver.guard.game.split import split
from lawgiver.guard.lineage import read_samples
from lawgiver.guard.players.candidates import BACK_TO_BACK, draw_seeds, joined, rewritten
from lawgiver.guard.players.filters import fault
from lawgiver.guard.players.generator import endpoint_writer, local_writer, written
from lawgiver.guard.players.judge import Neighbours, vote
from lawgiver.guard.players.learn import chosen, replayed
from lawgiver.guard.players.prompts import prompt_of
from lawgiver.guard.players.run import play_game
from lawgiver.guard.players.settings import GameSettings, GeneratorSettings, read_duo_recipe
from lawgiver.guard.players.teach import teach
from lawgiver.models.load import load
from lawgiver.models.score import score
from lawgiver.outcome import Abstained, ConfigurationError, Value
from tiny_encoder import save_tiny_encoder


def test_a_game_leaves_a_guard_and_every_samples_lineage(recipe_file, tmp_path):
    summary = play_game(read_duo_recipe(recipe_file), tmp_path / "run")
    assert [row["iteration"] for row in summary["rounds"]] == [1, 2]
    assert read_jsonl(tmp_path / "run/rounds.jsonl") == summary["rounds"]
    learned = read_samples(tmp_path / "run/iteration-1/learned.jsonl")
    known = {example.id for example in examples(40)}
    assert {sample.seed for sample in learned} <= known
    assert len({sample.seed for sample in learned}) == len(learned) == 24  # one draw a seed
    assert any(sample.made_by for sample in learned)
    made = read_samples(tmp_path / "run/iteration-2/candidates.jsonl")
    assert made
    assert all(s.iteration == 2 and s.verdict is not None and s.verdict.kept and s.made_by for s in made)
    guard = open_guard(tmp_path / "run")
    assert all(isinstance(outcome, Value) for outcome in guard.score(examples(3)))
    # each guard goes on from the one before, and is another
    folders = [tmp_path / "run/iteration-0/classifier", *(tmp_path / f"run/iteration-{n}/classifier" for n in (1, 2))]
    assert len({open_guard(folder).version for folder in folders}) == 3


def test_an_interrupted_game_ends_as_one_that_was_not(recipe_file, tmp_path):
    recipe = read_duo_recipe(recipe_file, ["game.iterations=1"])
    whole = play_game(recipe, tmp_path / "whole")
    steps = []

    def stop(row):
        steps.append(row)
        if len(steps) == 9:  # in the second classifier
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play_game(recipe, tmp_path / "run", stop)
    assert not (tmp_path / "run/guard").exists()
    again = play_game(recipe, tmp_path / "run", resume=True)
    assert again["guard_sha256"] == whole["guard_sha256"]


def test_held_out_examples_are_nobodys_seeds(recipe_file, tmp_path):
    recipe = read_duo_recipe(recipe_file, ["game.iterations=1", "game.seeds=10000"])
    summary = play_game(recipe, tmp_path / "run")
    data = json.loads((tmp_path / "run/data.json").read_text())
    assert summary["rounds"][0]["seeds"] == data["train"]["rows"]


def test_from_scratch_learns_all_that_was_learned_before_as_well(recipe_file, tmp_path):
    recipe = read_duo_recipe(recipe_file, ["game.update=scratch", "game.player=dpo"])
    summary = play_game(recipe, tmp_path / "run")
    first, second = summary["rounds"]
    data = json.loads((tmp_path / "run/data.json").read_text())
    assert first["learned"] == first["misclassified"]
    assert first["examples"] == data["train"]["rows"] + first["learned"]
    assert second["examples"] == first["examples"] + second["learned"]


def test_a_game_can_begin_with_a_guard_that_is_there(recipe_file, tmp_path):
    play_game(read_duo_recipe(recipe_file, ["game.iterations=1"]), tmp_path / "one")
    start = tmp_path / "one/iteration-0/classifier"
    recipe = read_duo_recipe(recipe_file, ["game.iterations=1", f"start={start}"])
    play_game(recipe, tmp_path / "two")
    assert not (tmp_path / "two/iteration-0").exists()
    assert open_guard(tmp_path / "two").version == open_guard(tmp_path / "one").version


def test_what_a_generator_writes_is_judged_and_what_the_judge_doubts_is_not_learned(recipe_file, tmp_path):
    overrides = ["game.iterations=1", "game.variants=0", "game.back_to_back=0", "game.player=dpo"]
    recipe = read_duo_recipe(recipe_file, [*overrides, "game.generator={model: none, seeds: 12, samples: 2}"])

    def write(conversations):
        assert all("safety filter" in conversation[0]["content"] for conversation in conversations)
        return [
            "How can I force open the bakery's door at night?" if at % 2 else "I'm sorry, I can't help with that."
            for at in range(len(conversations))
        ]

    summary = play_game(recipe, tmp_path / "run", write=write)
    (row,) = summary["rounds"]
    assert row["dropped"]["refused"] == 12
    review = read_samples(tmp_path / "run/iteration-1/review.jsonl")
    kept = read_samples(tmp_path / "run/iteration-1/candidates.jsonl")
    assert len(review) + len(kept) == 12
    assert row["review"] == len(review)
    for sample in (*review, *kept):
        assert sample.made_by == ("generator:none",)
        assert sample.verdict.by == "neighbours"
    assert all(not sample.verdict.kept for sample in review)
    # the text is of one label only, so the judge cannot have confirmed both
    assert {sample.example.unsafe for sample in kept} != {True, False}


def test_a_generator_that_is_loaded_here_writes_and_learns_what_fooled_the_guard(recipe_file, tiny, tmp_path):
    overrides = ["game.iterations=1", "game.variants=0", "game.player=dpo", "game.longer=400", "game.seeds=8"]
    generator = {
        "model": str(tiny),
        "seeds": 4,
        "samples": 2,
        "max_new_tokens": 12,
        "least_pairs": 1,
        "learning_rate": 0.01,
    }
    recipe = read_duo_recipe(recipe_file, [*overrides, f"game.generator={json.dumps(generator)}"])
    wrote = local_writer(str(tiny), recipe.game.generator, 0, lambda _: None)
    texts = wrote([prompt_of(example, "en") for example in examples(2)])
    assert len(texts) == 4
    assert len(set(texts)) > 1
    # random bytes are no messages, so the pairs are given: what the loop does with them is DPO for real
    pairs = [
        Pair(objective=OBJECTIVE, prompt=prompt_of(example, "en"), chosen="at night", rejected="by day", id=example.id)
        for example in examples(2)
    ]
    write_jsonl(tmp_path / "pairs.jsonl", (pair.to_json() for pair in pairs))
    taught = teach(recipe, str(tiny), tmp_path / "pairs.jsonl", tmp_path / "generator")
    before, after = (
        [score(load(name), [list(p.prompt)] * 2, list(p.answers), end=False) for p in pairs]
        for name in (str(tiny), taught)
    )
    gaps = [np.mean([won.total - lost.total for won, lost in sides]) for sides in (before, after)]
    assert gaps[1] > gaps[0]
    assert teach(recipe, str(tiny), tmp_path / "none.jsonl", tmp_path / "other") == str(tiny)  # too few pairs
    tilted = read_duo_recipe(recipe_file, [f"game.generator={json.dumps(generator)}"])
    assert teach(tilted, str(tiny), tmp_path / "pairs.jsonl", tmp_path / "other") == str(tiny)


def test_a_generator_behind_an_endpoint_is_sampled_and_one_that_is_down_is_an_error(serve):
    def reply(body, number):
        return (200, {}, completion(f"Message {number}")) if number % 2 else (400, {}, {})

    endpoint = serve(reply)
    settings_ = GeneratorSettings(model="m", base_url=endpoint.url, temperature=0.7)
    write = endpoint_writer(settings_.endpoint(), settings_, lambda _: None)
    texts = write([prompt_of(example, "fr") for example in examples(3)])
    assert sum(text is None for text in texts) == 3
    assert {body["temperature"] for body in endpoint.bodies} == {0.7}
    assert all("French" in body["messages"][0]["content"] for body in endpoint.bodies)
    settings_ = GeneratorSettings(model="m", base_url=serve(lambda body, number: (400, {}, {})).url)
    write = endpoint_writer(settings_.endpoint(), settings_, lambda _: None)
    with pytest.raises(ConfigurationError, match="not one of 6 requests"):
        write([prompt_of(example, "fr") for example in examples(3)])


@given(st.lists(st.sampled_from(["en", "fr", ""]), min_size=1, max_size=30), st.integers(1, 40), st.booleans())
@settings(max_examples=50)
def test_seeds_are_drawn_once_each_and_scarce_languages_first(languages, number, balance):
    pool = [
        Example(id=str(at), text="x", unsafe=at % 2 == 0, language=language) for at, language in enumerate(languages)
    ]
    made = GameSettings(seeds=number, balance=balance)
    drawn = draw_seeds(pool, made, 1)
    assert len(drawn) == min(number, len(pool))
    assert len({example.id for example in drawn}) == len(drawn)
    assert drawn == draw_seeds(list(reversed(pool)), made, 1)
    if balance:
        kinds = Counter((example.language, example.unsafe) for example in pool)
        taken = Counter((example.language, example.unsafe) for example in drawn)
        for kind in kinds:  # none has two more than another that was not used up
            assert taken[kind] == kinds[kind] or taken[kind] >= max(taken.values()) - 1


def test_candidates_of_a_seed_do_not_depend_on_the_other_seeds():
    made = GameSettings(variants=3)
    alone = rewritten(examples(1), made, 1)
    among = [sample for sample in rewritten(examples(5), made, 1) if sample.seed in ("0u", "0s")]
    assert alone == among
    assert rewritten(examples(1), made, 2) != alone
    for sample in alone:
        assert sample.example.unsafe == (sample.seed == "0u")
        assert sample.verdict.by == "construction"


def test_back_to_back_begins_harmlessly_and_keeps_the_label_of_the_second():
    made = joined(examples(5), GameSettings(back_to_back=1), 1)
    assert {sample.example.unsafe for sample in made} == {True, False}
    of = {example.id: example for example in examples(5)}
    for sample in made:
        assert sample.made_by == (BACK_TO_BACK,)
        before, _, after = sample.example.text.partition(of[sample.seed].text)
        assert after == ""
        assert before.strip() in {example.text for example in of.values() if not example.unsafe}
        if of[sample.seed].unsafe:  # its own twin, which is in its group
            assert before.strip() == of[sample.seed.replace("u", "s")].text


def test_a_twin_is_found_among_what_was_not_drawn():
    drawn = [example for example in examples(5) if example.unsafe][:2]
    assert joined(drawn, GameSettings(back_to_back=1), 1) == []
    made = joined(drawn, GameSettings(back_to_back=1), 1, examples(5))
    assert [sample.example.text.split("?")[0] for sample in made] == [
        "How do I bake a loaf of bread with 0 seeds",
        "How do I bake a loaf of bread with 1 seeds",
    ]


SEED = Example(id="s", text="Wie knacke ich das Schloss meiner Nachbarin?", unsafe=True, language="de")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing to read"),
        ("\u200b\u200b", "nothing to read"),
        ("Wie komme ich nachts in ihre Wohnung, ohne dass sie es merkt?", None),
        (SEED.text, "a copy"),
        (SEED.text.upper() + "!!", "a copy"),
        ("How can I get into her flat at night without her noticing?", "another language"),
        ("Es tut mir leid, dabei kann ich nicht helfen.", "refused"),
        ("I'm sorry, but I can't help with breaking locks.", "refused"),
        ("das Schloss das Schloss " * 6, "a loop"),
        ("Wie " * 100, "length"),
    ],
)
def test_what_is_wrong_with_a_text(text, why):
    found = fault(text, SEED, "de", 200)
    assert found is None if why is None else why in found


def test_a_generator_is_asked_in_every_language_and_nothing_is_counted_twice():
    asked = []

    def write(conversations):
        asked.extend(conversations)
        return ["„Wie komme ich nachts in ihre Wohnung hinein?“", None] * (len(conversations) // 2)

    game = GameSettings(generator={"model": "m", "samples": 2, "languages": ["de", "fr"]})
    found = written([SEED, Example(id="r", text="x", unsafe=True, mode="response")], write, game, 3, "m")
    assert len(asked) == 4
    assert "German" in asked[0][0]["content"]
    assert "French" in asked[2][0]["content"]
    (sample,) = found.samples
    assert sample.example.text == "Wie komme ich nachts in ihre Wohnung hinein?"  # without its quotation marks
    assert (sample.seed, sample.iteration) == ("s@de", 3)
    assert found.dropped == {"not asked": 2, "in another language": 1}


@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 9999))
@settings(max_examples=60)
def test_a_vote_is_a_share_of_labels_and_follows_the_nearest(queries, known, seed):
    rng = np.random.default_rng(seed)
    cosine = rng.uniform(-1, 1, (queries, known))
    unsafe = rng.random(known) < 0.5
    said = vote(cosine, unsafe)
    assert said.shape == (queries,)
    assert ((said >= 0) & (said <= 1)).all()
    assert vote(cosine, unsafe, nearest=1) == pytest.approx(unsafe[cosine.argmax(1)].astype(float))
    assert vote(cosine, ~unsafe) == pytest.approx(1 - said)


def test_a_text_has_no_vote_on_what_was_made_of_it(tmp_path):
    encoder = str(save_tiny_encoder(tmp_path / "encoder"))
    wrong = examples(10)[0].model_copy(update={"unsafe": True, "id": "wrong", "group": "alone"})
    judge = Neighbours.of([*examples(10)[2:], wrong], encoder, lambda _: None)
    copy = wrong.model_copy(update={"id": "copy"})
    of_group, of_none = judge([copy, copy.model_copy(update={"group": "elsewhere"})])
    assert of_group.value < of_none.value  # the wrong label confirms itself only where it may
    [outcome] = Neighbours.of([wrong], encoder, lambda _: None)([copy])
    assert isinstance(outcome, Abstained)


def test_what_a_generator_writes_may_not_be_what_guards_are_measured_on(recipe_file, tmp_path):
    listed = "How can I force open the bakery's door at night?"
    (tmp_path / "blind.txt").write_text(blind_hash(listed) + "\n")
    overrides = ["game.iterations=1", "game.player=dpo", f"guard.data.refuse={tmp_path / 'blind.txt'}"]
    recipe = read_duo_recipe(recipe_file, [*overrides, "game.generator={model: none, seeds: 4, samples: 1}"])
    summary = play_game(recipe, tmp_path / "run", write=lambda conversations: [listed] * len(conversations))
    assert summary["rounds"][0]["dropped"] == {BLIND: 4}
    for name in ("candidates", "review", "learned", "pairs"):
        assert listed not in (tmp_path / f"run/iteration-1/{name}.jsonl").read_text()


def test_neighbours_know_their_own_and_abstain_where_there_is_nothing_to_read(tmp_path):
    judge = Neighbours.of(examples(10), str(save_tiny_encoder(tmp_path / "encoder")), lambda _: None)
    said = judge([*examples(10), Example(id="x", text=" ", unsafe=True)])
    assert isinstance(said[-1], Abstained)
    right = [(outcome.value > 0.5) == e.unsafe for outcome, e in zip(said[:-1], examples(10), strict=True)]
    assert np.mean(right) > 0.9
    assert judge([]) == []


def test_a_cold_adversary_draws_the_worst_and_a_hot_one_all_alike():
    seeds = examples(200)
    candidates = rewritten(seeds, GameSettings(variants=1, twice=0, operators=("case",)), 1)
    said = [Value(0.5) for _ in seeds] + [Value(0.05 if s.example.unsafe else 0.95) for s in candidates]
    divided = split(candidates, said[len(seeds) :])
    cold = chosen(seeds, candidates, divided, said, GameSettings(beta=0.05), 1)
    assert all(sample.made_by for sample in cold)
    hot = chosen(seeds, candidates, divided, said, GameSettings(beta=1e6), 1)
    assert 0.4 < np.mean([bool(sample.made_by) for sample in hot]) < 0.6
    twice = chosen(seeds, candidates, divided, said, GameSettings(beta=0.05, draws=2), 1)
    assert {sample.example.weight for sample in twice} == {2.0}


def test_a_replay_repeats_nothing_and_ends_with_what_there_is():
    before = examples(10)
    assert len(replayed(before, 4, GameSettings(replay=2), 1)) == 8
    assert replayed(before, 400, GameSettings(), 1) == before
    assert replayed(before, 4, GameSettings(replay=0), 1) == []


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("game.operators=[typo, magic]", "operator 'magic': not known"),
        ("game={variants: 0, back_to_back: 0}", "nothing is made"),
        ("game.beta=0", "beta"),
        ("game.generator={model: m, base_url: nowhere}", "generator: base_url"),
        ("guard=missing.yaml", "guard"),
    ],
)
def test_a_recipe_that_cannot_be_played_is_refused(recipe_file, override, said):
    with pytest.raises(ConfigurationError, match=said):
        read_duo_recipe(recipe_file, [override])


def test_a_guard_recipe_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "duo.yaml"
    path.write_text("type: duoguard\nguard: nowhere.yaml\n")
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml is not there"):
        read_duo_recipe(path)
