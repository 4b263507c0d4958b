"""Log-probabilities of the reference, kept: a search for λ, or an interrupted run, does not compute them again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from trl.trainer.dpo_trainer import DPOTrainer

from lawgiver.data import atomic_write, read_jsonl
from lawgiver.outcome import ConfigurationError


class ReferenceCache:
    """A file of log-probabilities by what was scored and who scored it; what a crash cut short is left out."""

    def __init__(self, path: Path, policy_sha256: str) -> None:
        """Read what is there.

        Args:
            path: a JSONL file, which need not exist yet.
            policy_sha256: the hash of the reference's policy; what another one said is not looked at.

        Raises:
            ConfigurationError: for a line that this class did not write.
        """
        self.path = path
        self.policy = policy_sha256
        self._known: dict[str, float] = {}
        if not path.is_file():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            atomic_write(path, whole)
        for row in read_jsonl(path):
            if not isinstance(row.get("key"), str) or not isinstance(row.get("logp"), float):
                raise ConfigurationError(f"{path}: a line without key and logp; remove the file, and it is made anew")
            self._known[row["key"]] = row["logp"]

    def known(self, keys: Sequence[str]) -> list[float] | None:
        """What is kept under all of the keys, in nats; None if any is missing."""
        return [self._known[key] for key in keys] if all(key in self._known for key in keys) else None

    def keep(self, keys: Sequence[str], logps: Sequence[float]) -> None:
        """Add to the file, to stay even if the next batch is never scored."""
        self._known |= dict(zip(keys, logps, strict=True))
        rows = [json.dumps({"key": key, "logp": logp}) for key, logp in zip(keys, logps, strict=True)]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(row + "\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())

    def keys(self, inputs: Mapping[str, Tensor]) -> list[str]:
        """One key a row of TRL's batch: the policy, the tokens, and which of them are the answer."""
        rows = zip(inputs["input_ids"], inputs["attention_mask"], inputs["completion_mask"], strict=True)
        said = [(ids_T[mask_T == 1].tolist(), answer_T[mask_T == 1].tolist()) for ids_T, mask_T, answer_T in rows]
        return [hashlib.sha256(json.dumps([self.policy, *each]).encode()).hexdigest() for each in said]


class CachedReferenceDPO(DPOTrainer):
    """TRL's trainer, by its public hook for the reference: what was scored before is read."""

    def __init__(self, *args: Any, reference: ReferenceCache, **kwargs: Any) -> None:
        """As TRL's, with the cache, which its constructor needs already."""
        self.reference = reference
        super().__init__(*args, **kwargs)

    def compute_ref_log_probs(self, model: Any, inputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Log-probabilities of B chosen and B rejected answers under the reference, each `(B,)`."""
        keys = self.reference.keys(inputs)
        known = self.reference.known(keys)
        if known is not None:
            chosen_B, rejected_B = torch.tensor(known, device=inputs["input_ids"].device).chunk(2)
            return chosen_B, rejected_B
        chosen_B, rejected_B = super().compute_ref_log_probs(model, inputs)  # type: ignore[no-untyped-call]
        self.reference.keep(keys, torch.cat([chosen_B, rejected_B]).tolist())
        return chosen_B, rejected_B
