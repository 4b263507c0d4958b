"""Which policy exactly: a hash of every weight a model computes with."""

from __future__ import annotations

import hashlib

import torch
from transformers import PreTrainedModel


def policy_sha256(model: PreTrainedModel) -> str:
    """Lower-case hex sha256 over name, type, shape and bytes of every tensor of a model, in order of name.

    Adapters must have been merged: what is hashed is what is computed with. Weights that are tied count once each.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
