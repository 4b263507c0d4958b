import json
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.data import atomic_write, read_jsonl, sha256_bytes, sha256_file, write_jsonl
from lawgiver.data.files import numbered_jsonl, read_text
from lawgiver.outcome import ConfigurationError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_writing_makes_the_folders_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a/b/c.txt"
    atomic_write(path, "old")
    atomic_write(path, b"new\x00\xff")
    assert path.read_bytes() == b"new\x00\xff"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_full_disk_leaves_the_old_content(tmp_path):
    """The limit on a file's size fails a write half-way, as a full disk does."""
    path = tmp_path / "file.txt"
    atomic_write(path, "old")
    code = (
        "import resource, sys; from pathlib import Path; from lawgiver.data import atomic_write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "try: atomic_write(Path(sys.argv[1]), 'x' * 100_000)\n"
        "except OSError as error: print(error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "27", done.stderr  # EFBIG
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_killed_while_writing_leaves_whole_content(tmp_path):
    path = tmp_path / "file.txt"
    code = (
        "import sys; from pathlib import Path; from lawgiver.data import atomic_write\n"
        "n = 0\n"
        "while True:\n  n += 1\n  atomic_write(Path(sys.argv[1]), f'{n % 10}' * 1_000_000)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    while not path.exists():
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    content = path.read_text()
    assert len(content) == 1_000_000
    assert len(set(content)) == 1


def test_an_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    atomic_write(tmp_path / "file.txt", "old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "file.txt", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@given(rows=st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=4))
def test_what_is_written_is_read_again(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write_jsonl(path, rows)
    assert read_jsonl(path) == rows


@pytest.mark.parametrize(
    "text", ["a\u2028b", "a\u2029b", "a\x85b", "a\x0bb\x1cc", "\ud800", "back\\\ud800slash", "line\nfeed"]
)
def test_odd_line_breaks_and_half_characters_stay_inside_their_row(tmp_path, text):
    write_jsonl(tmp_path / "rows.jsonl", [{"text": text}, {"text": "next"}])
    assert read_jsonl(tmp_path / "rows.jsonl") == [{"text": text}, {"text": "next"}]
    assert (tmp_path / "rows.jsonl").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"a": 1', r"rows\.jsonl:3: not JSON \(.*column"),
        ("[1, 2]", r"rows\.jsonl:3: a line holds one object, not a list"),
        ("null", r"rows\.jsonl:3: a line holds one object, not a NoneType"),
        ('{"a": 1} {"b": 2}', r"rows\.jsonl:3: not JSON \(Extra data"),
        ('{"a": ' + "[" * 100_000, r"rows\.jsonl:3: not JSON \(maximum recursion"),
        ('{"a": ' + "9" * 5000 + "}", r"rows\.jsonl:3: not JSON \(Exceeds the limit"),
    ],
)
def test_a_malformed_line_is_named_by_file_and_line(tmp_path, line, says):
    (tmp_path / "rows.jsonl").write_text('{"fine": 1}\n\n' + line + "\n")
    with pytest.raises(ConfigurationError, match=says):
        read_jsonl(tmp_path / "rows.jsonl")


def test_blank_lines_and_windows_line_ends_are_passed_over(tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(b'\n{"a": 1}\r\n  \r\n{"b": 2}')
    assert read_jsonl(tmp_path / "rows.jsonl") == [{"a": 1}, {"b": 2}]
    assert numbered_jsonl(tmp_path / "rows.jsonl") == [(2, {"a": 1}), (4, {"b": 2})]


def test_what_is_no_text_file_is_named(tmp_path):
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with pytest.raises(ConfigurationError, match="latin: not UTF-8 at byte 3; save it as UTF-8"):
        read_text(tmp_path / "latin")
    with pytest.raises(ConfigurationError, match="is a folder"):
        read_text(tmp_path)
    for missing in (tmp_path / "gone", tmp_path / "latin/below"):
        with pytest.raises(ConfigurationError, match="no such file"):
            read_text(missing)


def test_hashes_agree(tmp_path):
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)
    assert sha256_file(tmp_path / "file") == sha256_bytes(content)
    assert sha256_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_rows_that_cannot_be_written_leave_the_old_file(tmp_path):
    write_jsonl(tmp_path / "rows.jsonl", [{"a": 1}])
    with pytest.raises(TypeError):
        write_jsonl(tmp_path / "rows.jsonl", [{"a": 2}, {"a": object()}])
    assert json.loads((tmp_path / "rows.jsonl").read_text()) == {"a": 1}
