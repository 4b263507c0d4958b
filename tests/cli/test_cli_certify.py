"""`lawgiver certify`, on runs as evaluate writes them."""

import json
import re
from html.parser import HTMLParser

import pytest

from certifiable_runs import GOOD, costs, write_charter, write_run
from lawgiver.outcome import ConfigurationError
from lawgiver.report.certificate import write_certificate
from small import edit


@pytest.fixture
def charter(tmp_path):
    return write_charter(tmp_path / "kitchen")


@pytest.fixture
def run(charter, tmp_path):
    return write_run(tmp_path / "runs/a-test", charter, costs(1, 400, **GOOD))


def test_a_run_that_passes_is_status_0(lawgiver, run):
    said = lawgiver("certify", run)
    assert said.status == 0, said
    assert "PASS: higher cost is worse" in said.out
    assert (run / "certificate.html").is_file()
    assert json.loads((run / "certificate.json").read_text())["outcome"] == "PASS"


@pytest.mark.parametrize(("rate", "n", "outcome"), [(0.4, 200, "FAIL"), (0.0, 20, "NO SOLUTION")])
def test_one_that_does_not_is_status_1_and_says_what_would_settle_it(lawgiver, charter, tmp_path, rate, n, outcome):
    run = write_run(tmp_path / "runs/b", charter, costs(1, n, **(GOOD | {"unsafe": rate})))
    said = lawgiver("certify", run, "--constraint", "unsafe", "--format", "json", "--run", tmp_path / "certificate")
    assert said.status == 1, said
    document = json.loads(said.out)
    assert document["outcome"] == outcome
    assert (document["constraints"][0]["settles"] or {}).get("n") == (59 if n == 20 else None)
    assert (tmp_path / "certificate/certificate.html").is_file()
    assert (run / "certified.json").is_file()


def test_a_second_time_is_status_2(lawgiver, refuses, run):
    assert lawgiver("certify", run).status == 0
    assert "certified on before" in refuses("certify", run)
    assert "certified on before" in refuses("certify", run, "--dry-run")


def test_a_dry_run_tells_and_records_nothing(lawgiver, run):
    said = lawgiver("certify", run, "--dry-run")
    assert said.status == 0
    assert said.out.startswith("fine: rude, unsafe, long, refused on 400 exchanges of test")
    assert {path.name for path in run.parent.iterdir()} == {"a-test"}
    assert not (run / "certificate.json").exists()


def test_choosing_and_certifying(lawgiver, refuses, run, charter, tmp_path):
    dev = write_run(tmp_path / "runs/a-dev", charter, costs(2, 300, **GOOD), split="dev")
    assert "used for selection" in refuses("certify", run, "--selected-on", run)
    said = lawgiver("certify", run, "--select", dev, "--format", "json")
    assert said.status == 0, said
    assert json.loads(said.out)["selection"]["chosen"] == "a-dev"


@pytest.mark.parametrize("confidence", ["nan", "1", "0.4", "high"])
def test_a_confidence_that_is_none_is_status_2(lawgiver, run, confidence):
    assert lawgiver("certify", run, "--confidence", confidence).status == 2


def test_what_a_user_may_get_wrong_is_one_sentence(refuses, run, charter, tmp_path):
    assert "no finished evaluation" in refuses("certify", tmp_path)
    assert "--constraint kind" in refuses("certify", run, "--constraint", "kind")
    assert "no such file" in refuses("certify", run, "--constraint", "rude", "--confusion", tmp_path / "none.json")
    edit(charter.root / "charter.yaml", "threshold: 0.05", "threshold: 0.5")
    assert "was judged under charter" in refuses("certify", run)
    assert not (run.parent / "certified.jsonl").exists()


class Page(HTMLParser):
    """Tags and their attributes; refuses tags that do not nest."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


HOSTILE = "<script>alert(1)</script>\u202e\x00 {{ 7*7 }} $\\frac{1}{$"


def test_the_page_says_it_and_runs_nothing(lawgiver, run):
    lawgiver("certify", run)
    source = (run / "certificate.html").read_text()
    page = Page(source)
    assert "✓ PASS" in page.text
    assert "the share of violations is at most 0.0075 with 95\N{NO-BREAK SPACE}% confidence" in " ".join(page.texts)
    assert "Higher cost is worse" in page.text
    assert source.startswith("<!doctype html>")
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "http://" not in source
    assert "https://" not in source
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert write_certificate(run).read_text() == source


def test_hostile_texts_are_texts(lawgiver, run):
    lawgiver("certify", run)
    document = json.loads((run / "certificate.json").read_text())
    for found in document["constraints"]:
        found |= {"name": HOSTILE, "title": HOSTILE, "notes": [HOSTILE], "settles": {"words": HOSTILE}}
    document["run"] |= {"name": HOSTILE, "policy": {HOSTILE: HOSTILE, "model": HOSTILE}}
    document["split"]["name"] = document["charter"]["name"] = HOSTILE
    document["notes"] = document["holds_for"] = [HOSTILE]
    (run / "certificate.json").write_text(json.dumps(document))
    source = write_certificate(run).read_text()
    assert "script" not in {tag for tag, _ in Page(source).tags}
    assert "{{ 7*7 }}" in source
    assert not re.search("[\x00-\x08\u202a-\u202e]", source)


@pytest.mark.parametrize("text", ["{}", "[]", '{"outcome": "PASS"}', '{"constraints": [{}]}'])
def test_a_document_that_is_none_makes_no_page(run, text):
    (run / "certificate.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"certificate\.json"):
        write_certificate(run)
