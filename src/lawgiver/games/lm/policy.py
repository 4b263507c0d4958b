"""A causal LM as a player: every answer of every question scored in few forward passes, prefixes shared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from lawgiver.games.lm.tree import PrefixTree, batches, prefix_tree
from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question
from lawgiver.models.load import LoadedModel
from lawgiver.models.prompt import encode

NODES = 2048
"""Tokens of one forward pass: attention among them is quadratic."""


class LMPolicy:
    """Scores answers as whole token sequences, the end of the turn included: what is said is exactly the word."""

    def __init__(self, loaded: LoadedModel, nodes: int = NODES) -> None:
        """Wrap a loaded model; it is not changed."""
        self.loaded = loaded
        self.nodes = nodes
        self.tokens = 0
        self.plain_tokens = 0
        self._encode = lru_cache(maxsize=20_000)(self._encoded)

    def action_logprobs(self, questions: Sequence[Question]) -> Floats:
        """See `Policy`."""
        with torch.inference_mode():
            return self.scores(questions).double().numpy(force=True)

    def scores(self, questions: Sequence[Question]) -> torch.Tensor:
        """`log p` of each question's answers, `(N, A)`, fp32, with gradient where the model has any.

        Raises:
            ConfigurationError: if the model's chat template refuses a conversation.
        """
        prompts = [self.prompt(question) for question in questions]
        answers = [[self.answer(word) for word in question.answers] for question in questions]
        actions = {len(words) for words in answers}
        if len(actions) != 1:
            raise ValueError(f"questions have {sorted(actions)} answers; score those with equally many together")
        flat_NA = self.sequence_logprobs(prompts, answers)
        return flat_NA

    def sequence_logprobs(
        self, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[Sequence[int]]]
    ) -> torch.Tensor:
        """`log p(answer | prompt)` of K token sequences for each of N prompts, `(N, K)`, fp32."""
        width = len(answers[0])
        rows = [(i, k) for i in range(len(prompts)) for k in range(width)]
        sequences = [[*prompts[i], *answers[i][k]] for i, k in rows]
        self.plain_tokens += sum(map(len, sequences))
        totals: dict[int, torch.Tensor] = {}
        for group in batches(sequences, self.nodes):
            tree = prefix_tree([sequences[index] for index in group])
            self.tokens += len(tree.tokens_T)
            starts = [len(prompts[rows[index][0]]) for index in group]
            totals |= dict(zip(group, self._score(tree, starts), strict=True))
        return torch.stack([totals[index] for index in range(len(rows))]).view(len(prompts), width)

    def prompt(self, question: Question) -> tuple[int, ...]:
        """Token ids up to where the answer begins."""
        return self._encode(tuple((m["role"], m["content"]) for m in question.conversation))

    def answer(self, word: str) -> list[int]:
        """Token ids of an answer, the one that ends it included."""
        ids: list[int] = self.loaded.tokenizer(word, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return [*ids, self.loaded.tokenizer.eos_token_id]

    def cost(self) -> dict[str, int]:
        """Forward tokens so far, and what they would have been without shared prefixes."""
        return {"tokens": self.tokens, "plain_tokens": self.plain_tokens}

    def _encoded(self, conversation: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
        messages = [{"role": role, "content": content} for role, content in conversation]
        return tuple(encode(self.loaded.tokenizer, messages))

    def _score(self, tree: PrefixTree, starts: Sequence[int]) -> torch.Tensor:
        """Log-probability of what follows `starts` tokens of each path, `(paths,)`."""
        model = self.loaded.model
        scored = [
            (owner, path[k - 1], path[k])
            for owner, (path, start) in enumerate(zip(tree.paths, starts, strict=True))
            for k in range(start, len(path))
        ]
        owners, before, nodes = (np.array(column) for column in zip(*scored, strict=True))
        kept, column = np.unique(before, return_inverse=True)
        visible_TT = torch.from_numpy(tree.visible_TT).to(model.device)
        mask_TT = torch.zeros(visible_TT.shape, dtype=model.dtype, device=model.device)
        mask_TT = mask_TT.masked_fill_(~visible_TT, torch.finfo(model.dtype).min)
        output = model(
            input_ids=torch.from_numpy(tree.tokens_T)[None].to(model.device),
            position_ids=torch.from_numpy(tree.positions_T)[None].to(model.device),
            attention_mask=mask_TT[None, None],
            logits_to_keep=torch.from_numpy(kept).to(model.device),
            use_cache=False,
        )
        logs_KV = output.logits[0].float().log_softmax(-1)
        token_logs = logs_KV[torch.from_numpy(column), torch.from_numpy(tree.tokens_T[nodes])]
        total = torch.zeros(len(tree.paths), device=token_logs.device)
        return total.index_add(0, torch.from_numpy(owners).to(token_logs.device), token_logs)
