"""A reward or cost model: a language model without its vocabulary, and a linear head that scores every token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerBase

from lawgiver.models.head_card import WEIGHTS, HeadCard, Role, read_card
from lawgiver.models.load import LoadedModel, load
from lawgiver.models.prompt import Conversation, answer_ids, encode
from lawgiver.outcome import ConfigurationError, Failed, Outcome, Value


@dataclass(frozen=True)
class PreferenceModel:
    """A preference model that is ready to score."""

    card: HeadCard
    loaded: LoadedModel
    """Whose last hidden states the head reads."""
    head: torch.nn.Linear
    """From H numbers to one score, in fp32."""

    def score(
        self,
        conversations: Sequence[Conversation],
        answers: Sequence[str],
        *,
        batch_size: int = 16,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Outcome[float]]:
        """Rewards or costs of N answers, normalised as the card says. Nothing is cut.

        Args:
            conversations: messages of `role` and `content`, the last one the user's.
            answers: one each.
            batch_size: answers scored at once.
            on_progress: told how many more are done.

        Returns:
            N outcomes, in the order given: `Failed` where the model cannot read an exchange whole.

        Raises:
            ConfigurationError: if the numbers differ.
        """
        if len(conversations) != len(answers):
            raise ConfigurationError(f"{len(answers)} answers for {len(conversations)} conversations; one each")
        outcomes: list[Outcome[float]] = [Failed("not scored")] * len(answers)
        rows: dict[int, list[int]] = {}
        limit = getattr(self.loaded.model.config, "max_position_embeddings", None)
        for index, (conversation, answer) in enumerate(zip(conversations, answers, strict=True)):
            try:
                ids = exchange_ids(self.loaded.tokenizer, conversation, answer)
            except Exception as error:  # whatever a chat template raises stays with its exchange
                outcomes[index] = Failed(f"{type(error).__name__}: {error}")
                continue
            if limit and len(ids) > limit:
                outcomes[index] = Failed(f"prompt and answer have {len(ids)} tokens, the model's limit is {limit}")
            else:
                rows[index] = ids
        order = sorted(rows, key=lambda index: len(rows[index]), reverse=True)
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            for index, raw in zip(chosen, self._raw([rows[index] for index in chosen]), strict=True):
                finite = raw == raw and abs(raw) != float("inf")
                score = (raw - self.card.mean) / self.card.scale
                outcomes[index] = Value(score) if finite else Failed(f"the score is {raw}")
            if on_progress:
                on_progress(len(chosen))
        return outcomes

    def _raw(self, rows: list[list[int]]) -> list[float]:
        ids_BT, mask_BT = padded(rows, int(self.loaded.tokenizer.pad_token_id or 0))
        device = self.loaded.model.device
        with torch.inference_mode():
            scores_BT = token_scores(self.loaded.model.base_model, self.head, ids_BT.to(device), mask_BT.to(device))
        return [float(row[len(ids) - 1]) for row, ids in zip(scores_BT, rows, strict=True)]


def exchange_ids(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, answer: str) -> list[int]:
    """Token ids of a conversation, its answer and the token that ends it, as they are trained on and scored."""
    return [*encode(tokenizer, conversation), *answer_ids(tokenizer, answer), int(tokenizer.eos_token_id)]


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """B rows of ids padded on the right to the longest, and which are real; both (B, T)."""
    longest = max(map(len, rows))
    ids_BT = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    mask_BT = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids_BT, mask_BT


def token_scores(
    backbone: torch.nn.Module, head: torch.nn.Linear, ids_BT: torch.Tensor, mask_BT: torch.Tensor
) -> torch.Tensor:
    """Scores of every token in fp32, shape (B, T); those of padding mean nothing."""
    hidden_BTH = backbone(input_ids=ids_BT, attention_mask=mask_BT, use_cache=False).last_hidden_state
    scores_BT: torch.Tensor = head(hidden_BTH.to(head.weight.dtype)).squeeze(-1)
    return scores_BT


def new_head(loaded: LoadedModel) -> torch.nn.Linear:
    """An untrained head of the width of a model, drawn from torch's generator."""
    return torch.nn.Linear(int(loaded.model.config.get_text_config().hidden_size), 1).to(loaded.model.device)


def save_head(folder: Path, head: torch.nn.Linear) -> None:
    """Write the head's weights beside the adapter or model that it reads from."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.detach().cpu().contiguous() for name, tensor in head.state_dict().items()}, folder / WEIGHTS
    )


def load_preference_model(
    folder: Path, role: Role | None, load_model: Callable[[str], LoadedModel] = load
) -> PreferenceModel:
    """Load a reward or cost model from the folder in which it was trained.

    Args:
        folder: e.g. `runs/preference_models/cost-evaluation`.
        role: what the scores are wanted for; None for looking only, e.g. to measure the model itself.
        load_model: from a folder to a model, its adapters merged.

    Raises:
        ConfigurationError: if there is no such model, it is for the other role, or its head does not fit.
        DownloadError: if the base model has to be fetched and cannot be.
    """
    card = read_card(folder, role)
    loaded = load_model(str(folder))
    head = new_head(loaded)
    try:
        head.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ConfigurationError(f"{folder / WEIGHTS}: does not fit the model: {str(error).splitlines()[0]}") from None
    return PreferenceModel(card, loaded, head.requires_grad_(False))
