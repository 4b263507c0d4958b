"""Every framework's table against the same formula written in numpy, and how frameworks are put together."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lawgiver.charter import Charter
from lawgiver.games.algebra import framework
from lawgiver.games.catalogue import game
from lawgiver.games.frameworks import MAX_OUTCOMES, tabulate
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame, public_goods
from lawgiver.outcome import ConfigurationError, PolicyError

DILEMMAS = Charter.open("dilemmas")
XI, ENVY, GUILT, SHARE = 3.0, 0.85, 0.315, 0.5
IPD = game("ipd").seen_by()


def everyone_NAB(stage):
    return np.concatenate([stage.own_AB[None], np.moveaxis(stage.others_ABN, -1, 0)])


def apart_AB(stage):
    x_NAB = everyone_NAB(stage)
    n = len(x_NAB)
    gaps_AB = sum(abs(x_NAB[i] - x_NAB[j]) for i in range(n) for j in range(i))
    size_AB = (n - 1) * abs(x_NAB).sum(0)
    return np.divide(gaps_AB, size_AB, out=np.zeros_like(gaps_AB), where=size_AB > 0)


def kind_B(stage):
    """Share of the others who play C in each situation."""
    return np.array([situation.count("C") / len(situation) for situation in stage.situations])


def defects_A(stage):
    return np.array([action == "D" for action in stage.actions], float)


def after_others_SAB(stage, by_situation_B, by_action_A):
    """Something that depends on what the others did before and what one does now."""
    a, b = stage.own_AB.shape
    before_S = np.tile(by_situation_B, a)
    return before_S[:, None, None] * by_action_A[None, :, None] * np.ones(b)


def goodness(effects):
    spread = np.ptp(effects)
    return (effects - effects.min()) / spread if spread > 1e-9 * abs(effects).max() else None


def norm_by_payoffs_SAB(stage):
    good_A = goodness(stage.others_ABN.sum(-1).mean(1))
    if stage.players == 2:
        good_B = goodness(stage.own_AB.mean(0))
    elif good_A is not None:
        good_B = np.array([np.mean([good_A[stage.actions.index(o)] for o in each]) for each in stage.situations])
    if good_A is None or good_B is None:
        return after_others_SAB(stage, np.zeros(len(stage.situations)), np.zeros(len(stage.actions)))
    return after_others_SAB(stage, good_B, -XI * (1 - good_A))


def universal_AB(stage):
    payoff_A = [
        stage.own_AB[a, next(b for b, each in enumerate(stage.situations) if set(each) == {action})]
        for a, action in enumerate(stage.actions)
    ]
    return np.repeat(np.array(payoff_A)[:, None], len(stage.situations), axis=1)


def fair_AB(stage):
    other_ABN = stage.others_ABN - stage.own_AB[..., None]
    cost_ABN = ENVY * np.maximum(other_ABN, 0) + GUILT * np.maximum(-other_ABN, 0)
    return stage.own_AB - cost_ABN.mean(-1)


def betrayal_SAB(stage):
    cost_SAB = after_others_SAB(stage, kind_B(stage), defects_A(stage))
    cost_SAB[np.tile(kind_B(stage), len(stage.actions)) == 0] = np.nan
    return cost_SAB


EXPECTED = {
    "game": lambda s: s.own_AB,
    "de": lambda s: -XI * after_others_SAB(s, kind_B(s), defects_A(s)),
    "malicious_de": lambda s: XI * after_others_SAB(s, kind_B(s), defects_A(s)),
    "betrayal": betrayal_SAB,
    "ut": lambda s: everyone_NAB(s).sum(0),
    "anti_ut": lambda s: -everyone_NAB(s).sum(0),
    "altruist": lambda s: s.others_ABN.sum(-1),
    "anti_altruist": lambda s: -s.others_ABN.sum(-1),
    "virtue_equality": lambda s: 1 - apart_AB(s),
    "virtue_inequality": apart_AB,
    "virtue_kindness": lambda s: np.broadcast_to(XI * (1 - defects_A(s))[:, None], s.own_AB.shape),
    "virtue_aggression": lambda s: np.broadcast_to(XI * defects_A(s)[:, None], s.own_AB.shape),
    "virtue_mixed": lambda s: SHARE * (1 - apart_AB(s)) + (1 - SHARE) * (1 - defects_A(s))[:, None],
    "rawls": lambda s: everyone_NAB(s).min(0),
    "nash_product": lambda s: np.maximum(everyone_NAB(s), 0).prod(0),
    "fehr_schmidt": fair_AB,
    "universalisation": universal_AB,
    "payoff_aware_de": norm_by_payoffs_SAB,
}
OF_PAYOFFS = [
    "game", "ut", "anti_ut", "altruist", "anti_altruist", "rawls", "nash_product", "fehr_schmidt", "virtue_equality",
    "virtue_inequality", "payoff_aware_de",
]  # fmt: skip


def expected_SAB(name, stage):
    a, b = stage.own_AB.shape
    return np.broadcast_to(EXPECTED[name](stage), (a * b, a, b))


def reward_SAB(name, stage, **parameters):
    return tabulate(DILEMMAS, name, stage, parameters).reward_SAB


# --- tables


def test_every_shipped_framework_is_compared():
    shipped = {path.stem for path in (DILEMMAS.root / "policies").glob("*.rego")}
    assert shipped - {"norms", "decision", "dilemmas_test"} == set(EXPECTED)


STAGES = {
    **{name: game(name).seen_by() for name in ("ipd", "defective_coordination", "chicken", "public_goods_4")},
    **{name: game(name).seen_by() for name in ("volunteer_4", "stag_hunt_4")},
    "bos, row": game("bos").seen_by("row"),
    "bos, column": game("bos").seen_by("column"),
    "ipd of three": public_goods(3).seen_by(),
    "all alike, of three": SymmetricGame("alike", "All alike", 3, np.array([[1.0, 0, 0], [0, 0, 1]])).seen_by(),
    "ipd in debt": game("ipd").affine(1.5, -4).seen_by(),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_tables_are_the_formula(name):
    for stage in STAGES.values():
        np.testing.assert_allclose(reward_SAB(name, stage), expected_SAB(name, stage), atol=1e-12, err_msg=stage.name)


# states CC CD DC DD by moves CC CD DC DD, own first, written out by hand
def test_the_prisoners_dilemma_by_hand():
    def rows(name):
        return reward_SAB(name, IPD).reshape(4, 4).tolist()

    assert rows("game") == [[3, 0, 4, 1]] * 4
    assert rows("ut") == [[6, 4, 4, 2]] * 4
    assert rows("de") == [[0, 0, -3, -3], [0] * 4, [0, 0, -3, -3], [0] * 4]
    assert rows("virtue_equality") == [[1, 0, 0, 1]] * 4
    assert rows("virtue_mixed") == [[1, 0.5, 0, 0.5]] * 4
    assert rows("nash_product") == [[9, 0, 0, 1]] * 4
    assert rows("universalisation") == [[3, 3, 1, 1]] * 4
    assert rows("payoff_aware_de") == rows("de")
    assert not np.signbit(reward_SAB("de", IPD)[1]).any()  # a plain zero, which prints as one
    cost = reward_SAB("betrayal", IPD).reshape(4, 4)
    assert cost[[0, 2]].tolist() == [[0, 0, 1, 1]] * 2
    assert np.isnan(cost[[1, 3]]).all()


def test_the_payoff_aware_norm_flips_in_defective_coordination():
    stage = game("defective_coordination").seen_by()
    assert reward_SAB("payoff_aware_de", stage).reshape(4, 4).tolist() == [
        [0] * 4, [-3, -3, 0, 0], [0] * 4, [-3, -3, 0, 0],
    ]  # fmt: skip
    assert reward_SAB("de", stage).reshape(4, 4)[0].tolist() == [0, 0, -3, -3]


def test_four_players_share_the_fine():
    stage = game("public_goods_4").seen_by()
    de_ABAB = reward_SAB("de", stage).reshape(2, 4, 2, 4)
    assert de_ABAB[:, :, 0].max() == de_ABAB[:, :, 0].min() == 0
    np.testing.assert_allclose(de_ABAB[0, :, 1, 0], [-3, -2, -1, 0])


def test_parameters_override_the_defaults():
    assert reward_SAB("de", IPD, xi=5).min() == -5
    assert reward_SAB("fehr_schmidt", IPD, envy=0, guilt=0).tolist() == reward_SAB("game", IPD).tolist()
    assert reward_SAB("nash_product", IPD, disagreement=1)[0].ravel().tolist() == [4, 0, 0, 0]
    for name, value in [("xii", 3), ("xi", "3"), ("xi", float("nan")), ("xi", True)]:
        with pytest.raises(ConfigurationError, match=rf"parameters\.{name}: "):
            reward_SAB("de", IPD, **{name: value})


# --- properties, over random payoffs

QUARTER = st.integers(-40, 40).map(lambda n: n / 4)
PAYOFF = QUARTER | st.floats(-1e6, 1e6)


@st.composite
def two_player_stages(draw, payoff=PAYOFF):
    shape = draw(st.sampled_from([(2, 2, 2), (2, 2, 3), (2, 3, 2)]))
    made = MatrixGame("random", "Random", draw(arrays(float, shape, elements=payoff)))
    return made.seen_by(draw(st.sampled_from(["row", "column"])))


@st.composite
def many_player_stages(draw):
    n = draw(st.integers(2, 4))
    return SymmetricGame("random", "Random", n, draw(arrays(float, (2, n), elements=PAYOFF))).seen_by()


@settings(max_examples=12, deadline=None)
@given(two_player_stages() | many_player_stages())
def test_frameworks_of_payoffs_on_random_games(stage):
    table = {name: reward_SAB(name, stage) for name in OF_PAYOFFS}
    for name in OF_PAYOFFS:
        # a spread of effects near rounding magnifies it
        atol = 1e-5 if name == "payoff_aware_de" else 1e-7
        np.testing.assert_allclose(table[name], expected_SAB(name, stage), rtol=1e-9, atol=atol, err_msg=name)
    assert np.array_equal(table["game"], expected_SAB("game", stage))  # nothing is lost on the way to the engine
    assert np.all(table["ut"] + table["anti_ut"] == 0)
    assert np.all(table["altruist"] + table["anti_altruist"] == 0)
    np.testing.assert_allclose(table["ut"], table["game"] + table["altruist"], rtol=1e-9, atol=1e-7)
    assert np.all(table["rawls"] <= everyone_NAB(stage).mean(0) + 1e-7)
    assert np.all(table["fehr_schmidt"] <= table["game"])
    for name in ("virtue_equality", "virtue_inequality"):
        assert table[name].min() >= -1e-12
        assert table[name].max() <= 1 + 1e-12
    assert table["payoff_aware_de"].max() <= 0
    assert table["payoff_aware_de"].min() >= -XI - 1e-12


@settings(max_examples=12, deadline=None)
@given(many_player_stages())
def test_frameworks_of_moves_on_random_games(stage):
    for name in ("de", "virtue_kindness", "virtue_mixed", "universalisation"):
        np.testing.assert_allclose(reward_SAB(name, stage), expected_SAB(name, stage), rtol=1e-9, atol=1e-9)
    assert np.all(reward_SAB("de", stage) + reward_SAB("malicious_de", stage) == 0)
    assert np.all(reward_SAB("virtue_kindness", stage) + reward_SAB("virtue_aggression", stage) == XI)


@settings(max_examples=10, deadline=None)
@given(two_player_stages(QUARTER), st.floats(0.1, 10), st.floats(-10, 10))
def test_the_payoff_aware_norm_does_not_depend_on_units(stage, scale, shift):
    payoffs_2AB = np.stack([stage.own_AB, stage.others_ABN[..., 0]])
    moved = MatrixGame("random", "Random", payoffs_2AB, stage.actions, tuple(s[0] for s in stage.situations))
    np.testing.assert_allclose(
        reward_SAB("payoff_aware_de", moved.affine(scale, shift).seen_by()),
        reward_SAB("payoff_aware_de", stage),
        atol=1e-9,
    )


# --- games that some frameworks cannot read

IPD_PAYOFFS = np.stack([IPD.own_AB, IPD.others_ABN[..., 0]])


def test_norms_of_moves_refuse_games_with_other_moves():
    stage = MatrixGame("trust", "Trust", IPD_PAYOFFS, ("share", "keep"), ("share", "keep")).seen_by()
    assert reward_SAB("payoff_aware_de", stage).tolist() == reward_SAB("de", IPD).tolist()
    with pytest.raises(ConfigurationError, match="framework de on trust: no number for any state and move"):
        reward_SAB("de", stage)


def test_universalisation_refuses_a_game_without_common_moves():
    stage = MatrixGame("mixed", "Mixed", IPD_PAYOFFS, ("C", "D"), ("C", "E")).seen_by()
    with pytest.raises(ConfigurationError, match="framework universalisation on mixed, state CC, move DC: no number"):
        framework(DILEMMAS, "universalisation", stage)


def test_a_game_too_large_is_refused():
    with pytest.raises(ConfigurationError, match=f"40000 pairs of state and joint move, more than the {MAX_OUTCOMES}"):
        tabulate(DILEMMAS, "game", public_goods(100).seen_by())


# --- a user's own framework


def own(tmp_path, body, name="mine", package="charter.dilemmas.frameworks.mine"):
    path = tmp_path / f"{name}.rego"
    path.write_text(
        f'package {package}\n\nimport data.charter.dilemmas.norms\n\ntitle := "Mine: \\"all\\""\n\n{body}\n'
    )
    return path


def test_a_file_of_ones_own(tmp_path):
    path = own(tmp_path, "reward := norms.own - (norms.parameters.toll * norms.defects)")
    made = framework(DILEMMAS, path, IPD, {"toll": 2})
    assert (made.name, made.title) == ("mine", 'Mine: "all"')
    assert made.reward_SAB.reshape(4, 4).tolist() == [[3, 0, 2, -1]] * 4
    assert not made.then
    assert not made.limits
    twice = own(tmp_path, "reward := 2 * data.charter.dilemmas.frameworks.game.reward", "twice")
    assert tabulate(DILEMMAS, str(twice), IPD).reward_SAB[0].ravel().tolist() == [6, 0, 8, 2]
    half = own(tmp_path, "everything := data.charter.dilemmas.frameworks\n\nreward := 1", "half")
    with pytest.raises(PolicyError, match="recursion"):  # it would look at itself
        tabulate(DILEMMAS, half, IPD)
    half.write_text(
        "package charter.dilemmas.frameworks.half\n\nimport data.charter.dilemmas.frameworks.ut as sum_of_all\n\n"
        'title := "Half"\n\nreward := sum_of_all.reward / 2\n'
    )
    assert tabulate(DILEMMAS, half, IPD).reward_SAB[0].ravel().tolist() == [3, 2, 2, 1]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('reward := "much"', "framework mine on ipd, state CC, move CC: .*rewards.mine is a text"),
        ("reward := true", "rewards.mine is a boolean"),
        ("reward := (norms.own * 1e308) * 10", "framework mine on ipd, state CC, move CC: .*could not serialize"),
        ("reward := 12 / norms.own", r"framework mine on ipd, state CC, move CD: .*mine\.rego:7:.*divide by zero"),
        ("reward := norms.own\n\nreward := sum(norms.others)", "framework mine on ipd, state CC, move CD: "),
        ("reward := 1 if norms.own > 2", "framework mine on ipd, state CC, move CD: no number; define `reward` for"),
        ("award := 1", "framework mine on ipd: no number for any state and move"),
        ("reward := norms.parameters.toll", "framework mine on ipd: no number for any state and move"),
        ("reward := input.context.payoff[", r"mine\.rego:\d+: error \[parse\]"),
        ("f(x) := f(x)\n\nreward := f(1)", r"mine\.rego:7: error \[recursion\]"),
        ("reward := data.charter.dilemmas.decision.rewards.game", r"error \[recursion\]"),
    ],
)
def test_a_framework_that_gives_no_number_is_named(tmp_path, body, says):
    with pytest.raises(ConfigurationError, match=says):
        framework(DILEMMAS, own(tmp_path, body), IPD)


def test_what_is_no_framework_file_is_refused(tmp_path):
    def refuses(source, says):
        with pytest.raises(ConfigurationError, match=says):
            tabulate(DILEMMAS, source, IPD)

    refuses("nothing", "no policy defines a framework 'nothing'; there are altruist, .*virtue_mixed")
    refuses("game_de", "no policy defines a framework 'game_de'")  # composed: that is the algebra's
    refuses(tmp_path / "none.rego", r"none\.rego: no such file")
    refuses(own(tmp_path, "reward := 1", package="charter.mine"), r"its package is to be charter\.dilemmas\.frameworks")
    refuses(own(tmp_path, "reward := 1", package="charter.dilemmas.frameworks.Mine"), "'Mine' is no framework's name")
    for taken in ("de", "game_de"):
        package = f"charter.dilemmas.frameworks.{taken}"
        refuses(own(tmp_path, "reward := 1", package=package), f"has a framework {taken} already")
    path = tmp_path / "untitled.rego"
    path.write_text("package charter.dilemmas.frameworks.mine\n\nreward := 1\n")
    refuses(path, r"untitled\.rego: the framework mine has no title")


def test_a_charter_of_exchanges_has_no_frameworks(medical):
    with pytest.raises(ConfigurationError, match="charter medical has no frameworks"):
        tabulate(medical, "game", IPD)


# --- the hash


def test_the_hash_changes_with_all_that_decides_and_nothing_else(tmp_path):
    def sha256(name="de", stage=IPD, charter=DILEMMAS, **parameters):
        return tabulate(charter, name, stage, parameters).sha256

    different = [
        sha256(),
        sha256("malicious_de"),
        sha256(xi=5),
        sha256(stage=game("chicken").seen_by()),
        sha256(stage=game("ipd").seen_by("column")),
        sha256(stage=game("ipd").affine(2, 0).seen_by()),
        sha256(own(tmp_path, "reward := 1")),
        sha256(own(tmp_path, "reward := 2")),
    ]
    assert len(set(different)) == len(different)
    root = tmp_path / "dilemmas"
    shutil.copytree(DILEMMAS.root, root)
    (root / "policies/ut.rego").write_text((root / "policies/ut.rego").read_text() + "\n# more\n")
    assert sha256(charter=Charter.open(root)) == sha256(xi=3) == sha256()
    assert sha256("ut", charter=Charter.open(root)) != sha256("ut")
    (root / "policies/norms.rego").write_text((root / "policies/norms.rego").read_text() + "\n# more\n")
    assert sha256(charter=Charter.open(root)) != sha256()


def test_another_frameworks_mistake_is_not_this_ones(tmp_path):
    root = tmp_path / "dilemmas"
    shutil.copytree(DILEMMAS.root, root)
    own(root / "policies", "reward := 1 / 0")
    charter = Charter.open(root)
    assert tabulate(charter, "game", IPD).kind == "reward"
    with pytest.raises(ConfigurationError, match=r"framework mine on ipd, state CC, move CC: .*divide by zero"):
        tabulate(charter, "mine", IPD)


# --- putting together


def composed(tmp_path, frameworks):
    root = tmp_path / "dilemmas"
    shutil.copytree(DILEMMAS.root, root, dirs_exist_ok=True)
    titled = {name: {"title": name} | declared for name, declared in frameworks.items()}
    spec = {"name": "dilemmas", "version": "1.0.0", "summary": "", "system_prompt": "", "frameworks": titled}
    (root / "charter.yaml").write_text(json.dumps(spec))
    return Charter.open(root)


def test_shipped_compositions():
    both = framework(DILEMMAS, "game_de", IPD)
    assert both.reward_SAB.reshape(4, 4).tolist() == [[3, 0, 1, -2], [3, 0, 4, 1]] * 2
    assert (both.then, both.limits) == ((), ())
    ordered = framework(DILEMMAS, "de_then_game", IPD)
    assert np.array_equal(ordered.reward_SAB, reward_SAB("de", IPD))
    [then] = ordered.then
    assert then.name == "game"
    assert np.array_equal(then.reward_SAB, reward_SAB("game", IPD))
    within = framework(DILEMMAS, "game_within_de", IPD)
    assert np.array_equal(within.reward_SAB, reward_SAB("game", IPD))
    [limit] = within.limits
    assert (limit.name, limit.limit) == ("betrayal", 0.05)
    assert np.array_equal(limit.cost_SAB, reward_SAB("betrayal", IPD), equal_nan=True)
    assert len({each.title for each in (both, ordered, within)} - {"", "game"}) == 3


def test_sums_of_sums_are_one_sum(tmp_path):
    charter = composed(
        tmp_path,
        {
            "inner": {"sum": {"game": 2, "de": 1}},
            "outer": {"sum": {"inner": 0.5, "game": 1, "ut": -1}},
            "same": {"sum": {"ut": -1, "de": 0.5, "game": 2}},
            "nothing": {"sum": {"inner": 1, "game": -2, "de": -1}},
        },
    )
    outer = framework(charter, "outer", IPD)
    assert [weight for weight, _ in outer.terms] == [2, 0.5, -1]
    game_SAB, de_SAB, ut_SAB = (reward_SAB(name, IPD) for name in ("game", "de", "ut"))
    np.testing.assert_allclose(outer.reward_SAB, 2 * game_SAB + 0.5 * de_SAB - ut_SAB)
    assert outer.sha256 == framework(charter, "same", IPD).sha256  # the same want, however written
    assert outer.sha256 != framework(charter, "inner", IPD).sha256
    assert framework(charter, "outer", IPD, {"xi": 4}).sha256 != outer.sha256
    with pytest.raises(ConfigurationError, match=r"frameworks\.nothing: sum: the weights cancel out"):
        framework(charter, "nothing", IPD)


def test_orders_and_limits_are_flattened(tmp_path):
    charter = composed(
        tmp_path,
        {
            "mix": {"sum": {"game": 1, "ut": 1}},
            "inner": {"lexicographic": ["de", "mix"]},
            "outer": {"lexicographic": ["rawls", "inner", "game"]},
            "kept": {"maximise": "outer", "subject_to": {"betrayal": 0.1}},
            "kept_more": {"maximise": "kept", "subject_to": {"mix": 2}},
        },
    )
    made = framework(charter, "kept_more", IPD)
    assert (made.name, [each.name for each in made.then]) == ("kept_more", ["de", "mix", "game"])
    assert np.array_equal(made.reward_SAB, reward_SAB("rawls", IPD))
    assert [(each.name, each.limit) for each in made.limits] == [("betrayal", 0.1), ("mix", 2)]
    assert np.array_equal(made.limits[1].cost_SAB, reward_SAB("game", IPD) + reward_SAB("ut", IPD))
    hashes = [framework(charter, name, IPD).sha256 for name in ("inner", "outer", "kept", "kept_more")]
    assert len(set(hashes)) == 4


@pytest.mark.parametrize(
    ("frameworks", "says"),
    [
        ({"top": {"sum": {"game": 1, "gmae": 1}}}, r"charter\.yaml: frameworks\.top: there is no framework 'gmae'"),
        ({"top": {"lexicographic": ["game", "x"]}}, r"frameworks\.top: there is no framework 'x'; there are: altruist"),
        ({"top": {"sum": {"game": 1}}, "de": {"sum": {"game": 1}}}, r"frameworks\.de: policies define a framework of"),
        ({"top": {"sum": {"low": 1}}, "low": {"lexicographic": ["de", "ut"]}}, r"top: sum\.low: is a lexical order"),
        (
            {"top": {"sum": {"low": 1}}, "low": {"maximise": "ut", "subject_to": {"betrayal": 0}}},
            r"frameworks\.top: sum\.low: has limits, which has no single number",
        ),
        (
            {"top": {"maximise": "ut", "subject_to": {"low": 1}}, "low": {"lexicographic": ["de", "ut"]}},
            r"frameworks\.top: subject_to\.low: is a lexical order",
        ),
        (
            {"top": {"lexicographic": ["de", "low"]}, "low": {"maximise": "ut", "subject_to": {"betrayal": 0}}},
            r"frameworks\.top: lexicographic: low: has limits",
        ),
        (
            {
                "top": {"maximise": "low", "subject_to": {"betrayal": 0.5}},
                "low": {"maximise": "ut", "subject_to": {"betrayal": 0}},
            },
            r"frameworks\.top: subject_to\.betrayal: low limits it already",
        ),
        ({"top": {"sum": {"game": 1, "betrayal": -1}}}, "framework betrayal on ipd, state CD, move CC: no number; "),
        ({"top": {"lexicographic": ["game", "betrayal"]}}, "framework betrayal on ipd, state CD, move CC: no number; "),
        (
            {"top": {"maximise": "betrayal", "subject_to": {"de": 1}}},
            "framework betrayal on ipd, state CD, move CC: no number; ",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, frameworks, says):
    with pytest.raises(ConfigurationError, match=says):
        framework(composed(tmp_path, frameworks), "top", IPD)


def test_a_cost_is_no_reward():
    assert tabulate(DILEMMAS, "betrayal", IPD).kind == "cost"
    with pytest.raises(ConfigurationError, match="only as the cost of a limit"):
        framework(DILEMMAS, "betrayal", IPD)


def test_tables_cannot_be_written_to():
    made = framework(DILEMMAS, "game_within_de", IPD)
    for array in (made.terms[0][1], made.limits[0].cost_SAB, made.reward_SAB):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
