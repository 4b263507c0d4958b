import pytest

from lawgiver.charter import Charter
from lawgiver.charter.check import check_charter
from lawgiver.charter.explain import explain_exchange
from lawgiver.charter.files import policy_data, policy_modules
from lawgiver.charter.new import new_charter
from lawgiver.outcome import ConfigurationError
from lawgiver.policy import run_tests
from small import edit, said


@pytest.fixture
def mine(tmp_path):
    new_charter(tmp_path / "mine")
    return tmp_path / "mine"


def test_a_new_charter_is_sound_and_passes_its_own_tests(mine):
    report = check_charter(mine)
    assert report.findings == []
    assert all("near-duplicates" in remark for remark in report.remarks)  # of the prompts to be replaced
    assert report.counts["tests"] == 4
    result = run_tests(policy_modules(mine, tests=True), policy_data(mine))
    assert result.passed
    assert {file: coverage.ratio for file, coverage in result.coverage.items()} == {"policies/mine.rego": 1.0}


def test_every_written_file_is_reported_and_there(tmp_path):
    written = new_charter(tmp_path / "mine")
    assert sorted(written) == sorted(path for path in (tmp_path / "mine").rglob("*") if path.is_file())
    assert set(Charter.open(tmp_path / "mine").splits()) == {"train", "dev", "test"}


def test_its_tests_can_fail(mine):
    edit(mine / "policies/mine.rego", 'some violation in violations\n\tviolation.severity == "major"', "false")
    findings = check_charter(mine).findings
    assert len(findings) == 1
    assert "test_refusing_in_scope_blocks: fail" in findings[0]


@pytest.mark.parametrize("name", ["Mine", "my-charter", "1st", "ümlaut", "a b"])
def test_a_name_that_is_no_package_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="is no charter name"):
        new_charter(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_folder_with_content_is_left_alone(mine):
    edit(mine / "charter.yaml", "version: 0.1.0", "version: 0.2.0")
    with pytest.raises(ConfigurationError, match="not empty"):
        new_charter(mine)
    assert Charter.open(mine).spec.version == "0.2.0"


def test_explain_names_the_rules_that_fired_with_file_and_line(small):
    charter = Charter.open(small)
    source = (small / "policies/small.rego").read_text().splitlines()
    explanation = explain_exchange(charter, said("I'm sorry, but I can't help with that."))
    [refused] = explanation.rules_for("costs.over_refusal")
    assert refused.file == "policies/small.rego"
    assert source[refused.line - 1] == refused.source == 'costs["over_refusal"] := 1 if {'
    assert len(explanation.rules_for("violations")) == 1
    [answered] = explain_exchange(charter, said("Two words")).rules_for("costs.over_refusal")
    assert source[answered.line - 1] == 'costs["over_refusal"] := 0 if {'
    assert explain_exchange(charter, said("Two words", "out")).rules_for("costs.over_refusal") == []
    assert {"path": "costs.over_refusal", "file": refused.file, "line": refused.line, "source": refused.source} in (
        explanation.to_json()["fired"]
    )
