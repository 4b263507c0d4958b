"""Files of every kind, malformed rows, and what an offline machine says."""

import contextlib
import gzip
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from preference_rows import MESSAGES, PAIR, SAFERLHF, read, write

from lawgiver.data.preference import HELPFUL, SAFE, PreferenceSource, read_preferences
from lawgiver.data.preference import source as source_module
from lawgiver.data.preference.hub import hub_source
from lawgiver.data.preference.schemas.registry import SCHEMAS
from lawgiver.outcome import ConfigurationError


def rows(number):
    return [PAIR | {"id": f"r{i}", "prompt": f"Name river number {i}."} for i in range(number)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json"])
def test_files_of_every_kind_say_the_same(tmp_path, name):
    source = PreferenceSource(source=write(tmp_path / name, *rows(3)), objective=HELPFUL)
    assert [record.id for record in read_preferences([source]).records] == ["r0", "r1", "r2"]


def test_parquet_and_folders_and_splits_are_read(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    folder.mkdir()
    write(folder / "train.jsonl", *[SAFERLHF | {"prompt": f"Question {i}?", "extra": None} for i in range(3)])
    write(folder / "test.jsonl", SAFERLHF)
    table = datasets.Dataset.from_list([SAFERLHF, SAFERLHF | {"prompt": None}])
    table.to_parquet(tmp_path / "rows.parquet")

    def read_one(source):
        return read_preferences([PreferenceSource(source=source, objective=SAFE)])

    assert len(read_one(str(folder)).records) == 3
    assert read_one(f"{folder}:test").records[0].prompt[0]["content"] == SAFERLHF["prompt"]
    with pytest.raises(ConfigurationError, match="set:dev: no such split; there are: test, train"):
        read_one(f"{folder}:dev")
    with pytest.raises(ConfigurationError, match=r"rows\.parquet\[1\]: prompt: a text or a list of messages is wanted"):
        read_one(str(tmp_path / "rows.parquet"))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ConfigurationError, match=r"bad\.parquet: no parquet file that can be read"):
        read_one(str(tmp_path / "bad.parquet"))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "a.txt").write_text("words")
    with pytest.raises(ConfigurationError, match="kind text; this reads arrow, csv, json, parquet"):
        read_one(str(pictures))


def test_a_data_set_that_cannot_be_had_is_one_clear_error(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ConfigurationError, match=r"nobody/nothing:train: the data set cannot be had .*HF_HUB_OFFLINE"):
        read_preferences([PreferenceSource(source="nobody/nothing", objective=SAFE)])


def test_hub_ids_are_told_from_paths():
    assert hub_source("owner/name") == ("owner/name", None, None, "train")
    assert hub_source("owner/name:test") == ("owner/name", None, None, "test")
    assert hub_source("owner/name/folder/in@abc123:test") == ("owner/name", "folder/in", "abc123", "test")
    for no in ("name", "../name", "/owner/name", "owner/../name", "owner/name:", "owner/na me", "https://owner/name"):
        assert hub_source(no) is None, no


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": None}, "prompt: a text or a list of messages is wanted, not nothing"),
        ({"prompt": "  "}, "prompt: no prompt"),
        ({"prompt": []}, "prompt: 0 messages"),
        (
            {"prompt": [*MESSAGES, {"role": "assistant", "content": "Oh."}]},
            "prompt: ends with a message of role assistant",
        ),
        ({"prompt": [{"role": "owl", "content": "Hu"}]}, r"prompt\.0\.role: 'owl' is no role"),
        ({"prompt": [{"role": "user", "content": 3}]}, r"prompt\.0\.content: a text is wanted, not a int"),
        ({"prompt": ["Hu"]}, r"prompt\.0: a message with role and content is wanted"),
        ({"chosen": None}, "chosen: a message with role and content is wanted, not nothing"),
        ({"chosen": 1}, "chosen: a message"),
        ({"chosen": MESSAGES}, "chosen: has the role user"),
        ({"rejected": "half \ud800"}, "rejected: holds half of a surrogate pair"),
        ({"rejected": "x" * 1_000_001}, "rejected: 1000001 characters"),
        ({"margin": "big"}, "margin: a number is wanted"),
        ({"margin": float("nan")}, "margin: the number is not finite"),
        ({"id": []}, "id: a name is wanted"),
        ({"chosen_safe": "yes"}, "chosen_safe: true or false is wanted"),
    ],
)
def test_a_malformed_row_is_named_by_file_line_and_key(tmp_path, change, says):
    with pytest.raises(ConfigurationError, match=rf"rows\.jsonl:2: {says}"):
        read(tmp_path, PAIR, PAIR | change, objective=HELPFUL)


def test_a_choice_out_of_range_is_malformed_and_none_is_no_preference(tmp_path):
    with pytest.raises(ConfigurationError, match=r"rows\.jsonl:1: better_response_id: '2'; 0 or 1 is wanted"):
        read(tmp_path, SAFERLHF | {"better_response_id": 2}, objective=HELPFUL)
    assert read(tmp_path, SAFERLHF | {"better_response_id": -1}, objective=HELPFUL).records == ()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b"", "no rows"),
        ("a.jsonl", b'{"a": 1}\n{', r"a\.jsonl:2: not JSON"),
        ("a.jsonl", b"[1]", r"a\.jsonl:1: a line holds one object, not a list"),
        ("a.jsonl", b"[" * 100_000, r"a\.jsonl:1: not JSON"),
        ("a.jsonl", b'{"a": "\xff"}', r"a\.jsonl:1: not UTF-8 at byte 7"),
        ("a.json", b"{}", r"a\.json: a list of objects is wanted"),
        ("a.json", b"[1]", r"a\.json\[0\]: an object is wanted, not a int"),
        ("a.jsonl.gz", b"plain", r"a\.jsonl\.gz: damaged archive"),
        ("a.jsonl.gz", gzip.compress(json.dumps(PAIR).encode(), mtime=0)[:-12], r"a\.jsonl\.gz: damaged archive"),
    ],
)
def test_a_damaged_file_is_one_clear_error(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=says):
        read_preferences([PreferenceSource(source=str(tmp_path / name), objective=HELPFUL)])


def test_sources_that_are_nothing_are_refused(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"")
    for source, says in [
        (str(tmp_path / "no.jsonl"), "no such file"),
        (str(tmp_path / "a.pkl"), "convert it to one of them"),
        ("nothing", "no file or folder, and no owner/name"),
    ]:
        with pytest.raises(ConfigurationError, match=says):
            read_preferences([PreferenceSource(source=source, objective=HELPFUL)])
    with pytest.raises(ConfigurationError, match="no sources"):
        read_preferences([])


def test_a_small_archive_that_unpacks_to_an_endless_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "MAX_LINE_BYTES", 1 << 20)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b" " * (5 << 20)))
    with pytest.raises(ConfigurationError, match=r"a\.jsonl\.gz:1: a line of more than 1 MiB"):
        read_preferences([PreferenceSource(source=str(tmp_path / "a.jsonl.gz"), objective=HELPFUL)])


def test_separators_inside_a_text_end_no_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(PAIR | {"chosen": "one\u2028two\x85three"}, ensure_ascii=False) + "\r\n\r\n")
    [record] = read_preferences([PreferenceSource(source=str(path), objective=HELPFUL)]).records
    assert record.chosen == "one\u2028two\x85three"


def test_only_rows_with_one_of_the_values_of_a_column_are_read(tmp_path):
    rows = [SAFERLHF | {"prompt": f"{kind} {at}", "kind": kind} for at in range(3) for kind in ("a", "b", "c")]
    some = read(tmp_path, *rows, objective=SAFE, where={"kind": ["a", "b"]})
    assert {pair.prompt[0]["content"][0] for pair in some.records} == {"a", "b"}
    assert (some.accounts[0].rows, some.accounts[0].left_out, some.accounts[0].used) == (9, 3, 6)
    with pytest.raises(ConfigurationError, match="none of 9 rows has kind d and prompt a 0"):
        read(tmp_path, *rows, objective=SAFE, where={"kind": ["d"], "prompt": ["a 0"]})


def test_a_share_takes_the_same_groups_and_a_limit_the_first_rows(tmp_path):
    many = rows(400)
    half = read(tmp_path, *many, objective=HELPFUL, share=0.5)
    assert 150 < len(half.records) < 250
    [account] = half.accounts
    assert account.made == account.used + account.left_out == 400
    few = read(tmp_path, *many[:50], objective=HELPFUL, share=0.5)
    assert [record.id for record in few.records] == [r.id for r in half.records if int(r.id[1:]) < 50]
    assert {r.id for r in read(tmp_path, *many, objective=HELPFUL, share=0.2).records} < {r.id for r in half.records}
    assert read(tmp_path, *many, objective=HELPFUL, limit=7).accounts[0].rows == 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(MESSAGES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "from"]), inner),
    max_leaves=6,
)
KEYS = sorted(
    [
        "id",
        "group",
        "objective",
        "prompt",
        "chosen",
        "rejected",
        "completion",
        "desirable",
        "label",
        "messages",
        "conversations",
        "kto_tag",
        "response",
        "is_safe",
        "response_0",
        "response_1",
        "better_response_id",
        "safer_response_id",
        "is_response_0_safe",
        "instruction",
        "input",
        "history",
        "system",
        "tree",
        "rank_chosen",
        "rank_rejected",
        "margin",
        "meta",
        "response_0_harm_category",
        "response_0_severity_level",
    ]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SCHEMAS)), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12))
def test_no_row_does_worse_than_a_clear_error(tmp_path, schema, row):
    speaks = SCHEMAS[schema].speaks
    with contextlib.suppress(ConfigurationError):  # anything else is a traceback in a user's face
        read(tmp_path, row, objective=speaks[0] if speaks else HELPFUL, schema=schema)


def test_reading_preferences_brings_neither_torch_nor_datasets():
    code = (
        "import sys, lawgiver.data.preference, lawgiver.align.preferences\n"
        "heavy = {'torch', 'datasets', 'pyarrow', 'pandas', 'sklearn', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
