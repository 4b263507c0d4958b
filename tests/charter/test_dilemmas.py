"""The charter of moral frameworks that ships, and what a charter that decides moves may and may not leave out."""

import re
import shutil

import pytest
import yaml

from lawgiver.charter import Charter
from lawgiver.charter.check import check_charter, require_sound
from lawgiver.charter.explain import explain_exchange
from lawgiver.charter.files import policy_data, policy_modules
from lawgiver.charter.moves import framework_titles, plain_move
from lawgiver.outcome import ConfigurationError
from lawgiver.policy import run_tests
from small import edit, said

SHIPPED = Charter.open("dilemmas")


@pytest.fixture
def dilemmas(tmp_path):
    """The folder of a copy, free to be changed."""
    return shutil.copytree(SHIPPED.root, tmp_path / "dilemmas")


def compose(folder, **frameworks):
    path = folder / "charter.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"frameworks": frameworks}))


def refused(folder, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        Charter.open(folder)
    assert "\n" not in str(caught.value)


# --- as it ships


def test_it_is_sound():
    report = check_charter("dilemmas")
    assert report.findings == []
    assert report.remarks == []
    assert report.counts == {"policies": 20, "tests": 20, "frameworks": 21}


def test_its_rules_pass_their_tests_and_every_line_is_reached():
    result = run_tests(policy_modules(SHIPPED.root, tests=True), policy_data(SHIPPED.root))
    assert [test for test in result.results if test.outcome != "pass"] == []
    assert {file: left.not_covered for file, left in result.coverage.items() if left.not_covered} == {}


def test_one_framework_a_file_each_with_a_title_of_its_own():
    modules = policy_modules(SHIPPED.root, tests=False)
    titles = framework_titles("dilemmas", modules)
    files = {file.removeprefix("policies/").removesuffix(".rego") for file in modules}
    assert files - {"norms", "decision"} == set(titles)
    everything = [*titles.values(), *(each.title for each in SHIPPED.spec.frameworks.values())]
    assert len(set(everything)) == len(everything) == 21
    for source in modules.values():
        assert "# " in source


def test_it_says_what_a_plain_move_is_worth():
    decision = SHIPPED.engine.evaluate(SHIPPED.move_input(plain_move(SHIPPED.parameters)))
    assert decision["action"] == "allow"
    assert decision["rewards"]["game"] == 4
    assert decision["rewards"]["de"] == -3
    assert decision["values"] == {}


def test_exchanges_are_nothing_for_it():
    message = "decides moves of games and has no principles to judge an exchange by"
    for use in (require_sound, lambda charter: charter.judge([]), lambda charter: explain_exchange(charter, said("x"))):
        with pytest.raises(ConfigurationError, match=message):
            use(SHIPPED)
    assert SHIPPED.engine.evaluate(SHIPPED.policy_input(said("x"), {}))["action"] == "block"


# --- the check


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("reward := 1", r"policies/mine\.rego: the framework mine has no title"),
        ('title := "T"\n\nreward := "much"', "cannot decide a plain move: .*rewards.mine is a text"),
        ('title := "T"\n\nreward := 1 / 0', r"cannot decide a plain move: .*mine\.rego:5:.*divide by zero"),
    ],
)
def test_a_framework_that_does_not_do_is_found(dilemmas, body, says):
    (dilemmas / "policies/mine.rego").write_text(f"package charter.dilemmas.frameworks.mine\n\n{body}\n")
    findings = check_charter(dilemmas).findings
    assert any(re.search(says, finding) for finding in findings), findings


def test_a_framework_that_is_silent_is_remarked_on(dilemmas):
    path = dilemmas / "policies/mine.rego"
    path.write_text('package charter.dilemmas.frameworks.mine\n\ntitle := "Mine"\n\naward := 1\n')
    assert check_charter(dilemmas).remarks == [
        "framework mine says nothing of a D after CC in the prisoner's dilemma",
    ]


def test_unknown_parts_and_clashes_are_found(dilemmas):
    compose(dilemmas, de={"title": "T", "sum": {"game": 1}}, top={"title": "T", "lexicographic": ["game", "gmae"]})
    first, second = check_charter(dilemmas).findings
    assert "frameworks.de: policies define a framework of that name too" in first
    assert "frameworks.top: there is no framework 'gmae'; there are: altruist, " in second


def test_a_policy_that_blocks_moves_is_found(dilemmas):
    edit(dilemmas / "policies/decision.rego", 'input.phase == "move"', 'input.phase == "response"')
    assert any("the policies block a plain move" in finding for finding in check_charter(dilemmas).findings)


def test_a_reward_that_no_policy_defines_is_found(dilemmas):
    edit(dilemmas / "policies/decision.rego", '"rewards": rewards', '"rewards": {"other": 1}')
    assert any("the decision rewards 'other', which no" in finding for finding in check_charter(dilemmas).findings)


@pytest.mark.parametrize("value", ["three", "true", "[3]", "null"])
def test_parameters_are_numbers(dilemmas, value):
    edit(dilemmas / "policies/data.yaml", "xi: 3", f"xi: {value}")
    [finding] = check_charter(dilemmas).findings
    assert re.search(r"policies/data\.yaml: parameters\.xi: .* is not a finite number", finding)


def test_parameters_are_a_mapping(dilemmas):
    (dilemmas / "policies/data.yaml").write_text("parameters: [3]\n")
    [finding] = check_charter(dilemmas).findings
    assert "parameters: a mapping of names to numbers is wanted, not list" in finding


def test_a_charter_of_moves_without_a_framework_is_found(dilemmas):
    compose(dilemmas)
    for path in (dilemmas / "policies").glob("*.rego"):
        if path.stem != "decision":
            path.unlink()
    [finding] = check_charter(dilemmas).findings
    assert "no framework; write one in a package charter.dilemmas.frameworks.<name>" in finding


# --- what `charter.yaml` may say


@pytest.mark.parametrize(
    ("composition", "says"),
    [
        ({"sum": {"game": 1}}, r"frameworks\.top\.title: Field required"),
        ({"title": "", "sum": {"game": 1}}, r"frameworks\.top\.title: "),
        ({"title": "T"}, r"frameworks\.top: .*one of: sum; lexicographic; maximise with subject_to"),
        ({"title": "T", "sum": {"game": 1}, "lexicographic": ["a", "b"]}, "one of: sum; lexicographic; maximise with"),
        ({"title": "T", "maximise": "game"}, "one of: sum; lexicographic; maximise with subject_to"),
        ({"title": "T", "sum": {"game": 1}, "subject_to": {"de": 1}}, "one of: sum; lexicographic; maximise with"),
        ({"title": "T", "sum": {}}, r"frameworks\.top\.sum: "),
        ({"title": "T", "sum": {"game": 0}}, r"sum\.game: a weight of 0 adds nothing"),
        ({"title": "T", "sum": {"game": float("nan")}}, r"frameworks\.top\.sum\.game: .*finite"),
        ({"title": "T", "sum": {"game": "much"}}, r"frameworks\.top\.sum\.game: "),
        ({"title": "T", "sum": {"Game": 1}}, r"frameworks\.top\.sum\.Game"),
        ({"title": "T", "lexicographic": ["game"]}, r"frameworks\.top\.lexicographic: "),
        ({"title": "T", "lexicographic": ["game", "game"]}, "lexicographic: 'game' is listed twice"),
        ({"title": "T", "maximise": "game", "subject_to": {}}, r"frameworks\.top\.subject_to: "),
        ({"title": "T", "sum": {"game": 1}, "weight": 1}, r"frameworks\.top\.weight: unknown key"),
        ({"title": "T", "sum": {"top": 1}}, "frameworks: one is made of itself: top → top"),
    ],
)
def test_a_wrong_composition_is_named(dilemmas, composition, says):
    compose(dilemmas, top=composition)
    refused(dilemmas, says)


def test_a_chain_of_compositions_that_ends_in_itself_is_named(dilemmas):
    compose(
        dilemmas,
        a={"title": "A", "sum": {"game": 1, "b": 1}},
        b={"title": "B", "lexicographic": ["de", "c"]},
        c={"title": "C", "maximise": "game", "subject_to": {"a": 1}},
    )
    refused(dilemmas, "made of itself: (a → b → c → a|b → c → a → b|c → a → b → c)")


def test_an_empty_list_of_compositions_will_do(dilemmas):
    compose(dilemmas)
    assert Charter.open(dilemmas).spec.decides_moves
    assert check_charter(dilemmas).findings == []


# --- an ordinary charter is as strict as ever


@pytest.mark.parametrize("key", ["principles", "evidence"])
@pytest.mark.parametrize("emptied", [True, False])
def test_an_ordinary_charter_needs_principles_and_evidence(small, key, emptied):
    path = small / "charter.yaml"
    document = yaml.safe_load(path.read_text())
    empty = {"principles": [], "evidence": {}}[key]
    path.write_text(
        yaml.safe_dump(document | {key: empty} if emptied else {k: document[k] for k in document if k != key})
    )
    refused(small, f"{key}: at least one is needed; a charter that decides moves of games has frameworks")


@pytest.mark.parametrize("left_out", ["principles", "evidence"])
def test_a_charter_of_both_needs_what_each_needs(small, left_out):
    path = small / "charter.yaml"
    document = yaml.safe_load(path.read_text()) | {"frameworks": {}}
    del document[left_out]
    path.write_text(yaml.safe_dump(document))
    refused(small, f"{left_out}: at least one is needed$")


def test_an_ordinary_charter_gives_no_rewards(small):
    edit(small / "policies/small.rego", '"values": values,', '"values": values, "rewards": {"game": 1},')
    charter = Charter.open(small)
    [judgement] = charter.judge([said("Two words")])
    assert judgement.action == "block"
    assert "rewards, but charter.yaml has no frameworks" in judgement.score.error
    with pytest.raises(ConfigurationError, match=r"rewards, but charter\.yaml has no frameworks"):
        require_sound(charter)


def test_a_charter_may_judge_exchanges_and_decide_moves(small):
    edit(small / "policies/small.rego", '"values": values,', '"values": values, "rewards": rewards,')
    edit(small / "policies/small.rego", "package charter.small\n", "package charter.small\n" + REWARDS)
    (small / "policies/own.rego").write_text(
        'package charter.small.frameworks.own\n\ntitle := "Own"\n\nreward := input.context.payoff.own\n'
    )
    compose(small, twice={"title": "Twice", "sum": {"own": 2}})
    report = check_charter(small)
    assert report.findings == []
    assert report.counts["principles"] == 2
    assert report.counts["frameworks"] == 2
    [judgement] = Charter.open(small).judge([said("Two words")])
    assert judgement.values["brevity"].value > 0


REWARDS = "\nrewards := {name: f.reward | some name, f in data.charter.small.frameworks}\n"
