"""Texts as unit vectors of a pretrained backbone, which is not trained for anything here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lawgiver.models.classifier.backbone import Backbone
from lawgiver.models.classifier.module import by_size, padded, pooled
from lawgiver.models.classifier.windows import Windower

_TOKENS = 8192


def states(
    backbone: Backbone,
    texts: Sequence[str],
    *,
    window: int = 128,
    prefix: str = "",
    on_progress: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Unit vectors of N texts, (N, H), of the first window of each; nothing (0) for a text without a token.

    Args:
        backbone: who reads.
        texts: N.
        window: tokens of each that are read.
        prefix: put in front.
        on_progress: told how many more texts are read.
    """
    windower = Windower(backbone.tokenizer, size=window, overlap=0, prefix=prefix)
    windows = [found[0] if found else None for found in windower(list(texts))]
    some = [one for one in windows if one is not None]
    states_NH = np.zeros((len(texts), int(backbone.model.config.hidden_size)), dtype=np.float32)
    places = [place for place, one in enumerate(windows) if one is not None]
    pad = backbone.tokenizer.pad_token_id
    backbone.model.train(mode=False)
    for group in by_size([len(one.ids) for one in some], _TOKENS):
        ids_WT, mask_WT = padded([some[at] for at in group], int(pad) if isinstance(pad, int) else 0)
        with torch.inference_mode():
            hidden_WTH = backbone.model(input_ids=ids_WT, attention_mask=mask_WT).last_hidden_state
            state_WH = torch.nn.functional.normalize(pooled(hidden_WTH.float(), mask_WT, backbone.pooling), dim=-1)
        states_NH[[places[at] for at in group]] = state_WH.numpy()
        on_progress(len(group))
    return states_NH
