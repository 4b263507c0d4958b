"""The file of a fitted judge may be missing, damaged or hostile: that is one error, and nothing of it is run."""

import random
import zipfile

import pytest

from lawgiver.evidence import FittedJudge
from lawgiver.outcome import ConfigurationError


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(ConfigurationError, match=r"judges\.npz: missing; `lawgiver charter fit` makes it"):
        FittedJudge.load(tmp_path / "judges.npz")


def damaged(content, how, rng):
    match how:
        case "cut":
            return content[: rng.randrange(len(content))]
        case "flipped":
            at = rng.randrange(len(content))
            return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
        case "shuffled":
            at = rng.randrange(len(content) - 100)
            return content[:at] + rng.randbytes(100) + content[at + 100 :]


@pytest.mark.parametrize("how", ["cut", "flipped", "shuffled"])
def test_a_damaged_file_is_refused_in_one_error_or_is_no_different(judge, saved, tmp_path, how):
    path = tmp_path / "judges.npz"
    rng = random.Random(how)
    refused = []
    for _ in range(40):
        path.write_bytes(damaged(saved.read_bytes(), how, rng))
        try:
            assert FittedJudge.load(path).fields == judge.fields  # an unused byte of the archive, then
        except ConfigurationError as error:
            refused.append(str(error))
    assert len(refused) > 30
    assert all("lawgiver charter fit" in message for message in refused)


def npy(header):
    """The beginning of an array's file with a header of one's own."""
    return b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header.encode() + b"\n"


@pytest.mark.parametrize(
    "members",
    [
        {"header.json": b"[]"},
        {"header.json": b"{}"},
        {"header.json": b'{"features": "0"}'},
        {"header.json": b"[" * 100_000},
        {"overclaim.bias.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000000,)}")},
        {"overclaim.bias.npy": npy("{'descr': ((((")},
        {"overclaim.weight.npy": b"\x80\x04."},
    ],
    ids=["list", "empty", "old", "deep", "huge", "unclosed", "pickle"],
)
def test_a_hostile_file_is_refused_in_one_error(saved, tmp_path, members):
    path = tmp_path / "judges.npz"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as sink:
        for name in source.namelist():
            sink.writestr(name, members.get(name, source.read(name)))
    with pytest.raises(ConfigurationError, match=r"judges\.npz: "):
        FittedJudge.load(path)
