"""What flows through the spine: exchanges, scenarios, and the files they live in."""

from lawgiver.data.exchange import Exchange
from lawgiver.data.files import atomic_write, read_jsonl, sha256_bytes, sha256_file, write_jsonl
from lawgiver.data.scenario import Scenario

__all__ = [
    "Exchange",
    "Scenario",
    "atomic_write",
    "read_jsonl",
    "sha256_bytes",
    "sha256_file",
    "write_jsonl",
]
