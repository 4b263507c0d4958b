"""What the page holds, and what it must never hold."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from synthetic_runs import HOSTILE, LABELS, write_demo

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report import write_report

VOID = {"meta", "link", "br", "img", "hr"}
TAGS = {
    "a", "article", "body", "br", "caption", "code", "dd", "defs", "desc", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "g", "h1", "h2", "h3", "head", "header", "html", "li", "link", "main", "meta", "nav", "p",
    "path", "pre", "rect", "clippath", "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td",
    "text", "th", "thead", "title", "tr", "ul", "use",
}  # fmt: skip


class Page(HTMLParser):
    """Reads a page and keeps what the tests ask about; refuses tags that do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parents: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.parents.append(tuple(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.parents.append(tuple(self.open))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style"} & set(self.open):
            self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:60]!r}")

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def read(folder):
    return Page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(demo):
    return read(demo)


@pytest.fixture
def copy(demo, tmp_path):
    """A demo run of one's own to spoil."""
    return shutil.copytree(demo, tmp_path / "demo")


def test_hostile_texts_add_no_tag_no_attribute_and_no_address(page):
    assert {tag for tag, _ in page.tags} <= TAGS
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")], tag
        for name in ("href", "src", "xlink:href", "action", "data", "srcset"):
            assert name not in attrs or attrs[name].startswith("#") or (tag, attrs[name]) == ("link", "data:,")
        assert not re.search(r"url\((?!#)|@import|expression", attrs.get("style") or "")


def test_hostile_texts_are_shown_as_they_are(demo, page):
    texts = {
        side["response"]
        for e in json.loads((demo / "compare.json").read_text())["comparisons"][0]["gains"]
        for side in (e["before"], e["after"])
    }
    shown = [text for text in texts if text in HOSTILE[:3]]
    assert all(text in page.text for text in shown)
    assert "<script>" not in "".join(f"<{tag}>" for tag, _ in page.tags)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_hostile_text_is_harmless_in_every_place(copy, text):
    document = json.loads((copy / "compare.json").read_text())
    document["title"] = text or "?"
    document["runs"]["base"]["label"] = document["comparisons"][0]["before"] = text or "?"
    for metric in document["comparisons"][0]["metrics"]:
        metric["title"] = text
    example = document["comparisons"][0]["gains"][0]
    example |= {"prompt": text, "id": text, "before": {**example["before"], "response": text, "action": text}}
    example["after"]["violations"] = [{"rule": text, "severity": text, "message": text}]
    (copy / "compare.json").write_text(json.dumps(document))
    for name in ("config.json", "environment.json", "charter.json"):
        (copy / "base" / name).write_text(json.dumps({text: text, "commit": text, "sha256": text, "charter": text}))
    step = json.loads((copy / "align" / "metrics.jsonl").read_text().splitlines()[0])
    step |= {"alarms": [text], "values": {text: 0.5, "b": 0.3}, "costs": {text: 0.5}, "lambda": {text: 1, "$": 2}}
    (copy / "align" / "metrics.jsonl").write_text(json.dumps(step) + "\n")
    found = read(copy)
    assert {tag for tag, _ in found.tags} <= TAGS
    source = (copy / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source)


def test_the_page_is_alone_in_the_world(demo, page):
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    source = (demo / "report.html").read_text(encoding="utf-8")
    visible = "".join(page.texts)
    # an address may be quoted by a hostile text, which then is text
    assert source.count("http://") + source.count("https://") == visible.count("http://") + visible.count("https://")


def test_all_sections_are_there_and_linked(page):
    sections = [attrs["id"] for attrs in page.all("section")]
    assert sections == [
        "headline", "results", "asked", "training", "scopes", "examples", "slices", "provenance",
    ]  # fmt: skip
    links = [attrs["href"] for attrs in page.all("a")]
    assert links == [f"#{name}" for name in sections]


def test_ids_are_unique_and_every_reference_is_met(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for target in (attrs.get("aria-labelledby") or "").split():
            assert target in ids
        if (href := attrs.get("href") or "").startswith("#"):
            assert href[1:] in ids
        for target in re.findall(r"url\(#([^)]+)\)", attrs.get("clip-path") or ""):
            assert target in ids


def test_tables_and_pictures_can_be_heard(page):
    assert all("scope" in attrs for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) > 5
    pictures = page.all("svg")
    assert len(pictures) == 6  # forest, values, costs, λ, words, repetition
    assert all(p["role"] == "img" and p["aria-labelledby"] for p in pictures)
    assert all("role" in attrs and "tabindex" in attrs for attrs in page.all("div") if attrs.get("class") == "scroll")
    for (tag, _), parents in zip(page.tags, page.parents, strict=True):
        assert tag != "table" or parents[-1] == "div"
    assert page.all("html")[0]["lang"] == "en"


def test_the_numbers_are_those_of_the_run(demo, page, charter):
    comparison = json.loads((demo / "compare.json").read_text())["comparisons"][0]
    score = comparison["metrics"][0]
    assert f"rose from {score['before']:.2f} (untrained) to {score['after']:.2f} (aligned)" in page.text
    assert f"+{score['difference']['estimate']:.2f}" in page.text
    summary = json.loads((demo / "aligned" / "summary.json").read_text())
    for metric in summary["metrics"]:
        assert f"{metric['interval']['estimate']:.2f}" in page.text
        if metric["abstained"]:
            assert f"{metric['abstained']} abstained" in page.text
    assert "1 failed" in page.text
    sha256 = json.loads((demo / "aligned" / "charter.json").read_text())["sha256"]
    assert f"sha256 {sha256}" in page.text
    assert "Steps 20–21 words fell to 11.2, below 12" in page.text
    for name, weight in charter.spec.weights.items():  # from the charter that has the runs' hash
        assert f"{name} , from" in page.text
        assert f"{100 * weight:.0f}\N{NO-BREAK SPACE}%" in "".join(page.texts)


def test_weights_of_another_charter_are_not_shown(copy):
    for run in [*LABELS, "align"]:
        identity = RunDirectory(copy / run).read("charter.json") | {"sha256": "f" * 64}
        RunDirectory(copy / run).write("charter.json", identity)
    assert "Weights are not shown" in read(copy).text


def test_the_same_run_gives_the_same_page(demo):
    assert write_report(demo).read_bytes() == write_report(demo).read_bytes()


def test_an_evaluation_and_a_training_run_alone(demo):
    evaluation, training = read(demo / "base"), read(demo / "align")
    assert "has a charter score of" in evaluation.text
    assert [a["id"] for a in evaluation.all("section")] == [
        "headline", "results", "asked", "scopes", "slices", "provenance",
    ]  # fmt: skip
    assert "Over 24 training steps" in training.text
    assert [a["id"] for a in training.all("section")] == ["headline", "asked", "training", "provenance"]
    for folder in (demo / "base", demo / "align"):
        (folder / "report.html").unlink()


def test_two_runs_that_lie_elsewhere(demo, tmp_path):
    document = json.loads((demo / "compare.json").read_text())
    runs = {key: {"label": key, "path": str(demo / name)} for key, name in (("old", "base"), ("new", "aligned"))}
    comparison = document["comparisons"][0] | {"before": "old", "after": "new"}
    (tmp_path / "compare.json").write_text(json.dumps({"title": "t", "runs": runs, "comparisons": [comparison]}))
    found = read(tmp_path)
    assert "(old) to" in found.text
    assert "training" not in [a["id"] for a in found.all("section")]


def test_missing_parts_leave_a_sentence(copy):
    shutil.rmtree(copy / "align")
    (copy / "refuse" / "summary.json").unlink()
    found = read(copy)
    assert "holds no training run" in found.text
    assert "“refuses everything” is left out: refuse holds no finished evaluation" in found.text
    (copy / "base" / "environment.json").unlink()
    (copy / "base" / "config.json").unlink()
    read(copy)


def test_nothing_at_all_was_scored(copy):
    for key in LABELS:
        run = RunDirectory(copy / key)
        summary = run.read("summary.json")
        for metric in summary["metrics"]:
            metric |= {"interval": None, "abstained": 60}
        summary["monitors"] = {"words": None}
        summary["slices"]["scope"]["S0"] |= {"score": float("nan"), "dharma": None}
        run.write("summary.json", summary | {"tables": {}})
    document = json.loads((copy / "compare.json").read_text())
    for comparison in document["comparisons"]:
        heads = ("kind", "name", "title", "higher_is_better")
        comparison["metrics"] = [
            {key: metric[key] for key in heads} | {"unscored": "none of 60 pairs has both sides scored"}
            for metric in comparison["metrics"]
        ]
        comparison |= {"gains": [], "losses": []}
    (copy / "compare.json").write_text(json.dumps(document))
    blank = {"step": 1, "score": None, "values": {"dharma": None}, "costs": {}, "monitors": {"words": float("nan")}}
    (copy / "align" / "metrics.jsonl").write_text(json.dumps(blank) + "\n")
    found = read(copy)
    assert "could not be compared: nothing was scored" in found.text
    assert "No scenario gained." in found.text
    assert not re.search(r"\b(nan|None|inf)\b", found.text)


def test_no_step_yet(copy):
    (copy / "align" / "metrics.jsonl").unlink()
    assert "No training step has been logged yet" in read(copy / "align").text
    assert "No training step has been logged yet" in read(copy).text


def test_agreement_of_the_judges_is_shown_where_it_was_kept(copy):
    assert "not recorded in this run" in read(copy).text
    (copy / "agreement.json").write_text(json.dumps({"heads": {"harm": {"accuracy": 0.8765, "n": 40}}}))
    assert "heads › harm › accuracy 0.876" in read(copy).text


def test_a_folder_without_a_run_is_a_users_mistake(tmp_path):
    with pytest.raises(ConfigurationError, match="no run to report on"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("compare.json", "[]"),
        ("compare.json", '{"runs": {"base": 3}}'),
        ("compare.json", "{"),
        ("base/summary.json", '{"metrics": 3}'),
        ("base/summary.json", '{"metrics": [3]}'),
        ("base/config.json", "[]"),
        ("align/metrics.jsonl", "[]"),
    ],
)
def test_a_malformed_document_is_named(copy, name, content):
    (copy / "report.html").unlink(missing_ok=True)
    (copy / name).write_text(content)
    with pytest.raises(ConfigurationError, match="demo"):
        write_report(copy)
    assert not (copy / "report.html").exists()


def test_writing_pages_leaves_no_rest(demo, tmp_path, charter):
    folder = write_demo(tmp_path / "plain", charter, n=12, texts=["Drink water."])
    write_report(folder)
    assert not [p.name for p in folder.iterdir() if p.name.startswith(".")]


def test_importing_the_package_is_light():
    code = (
        "import sys, lawgiver.report; "
        "print(sorted({'matplotlib', 'torch', 'jinja2', 'lawgiver.charter', 'lawgiver.evaluate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
