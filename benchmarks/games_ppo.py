"""Sampled PPO as arXiv 2410.01639 trains (TRL 0.9.4 with the settings of its code), written anew.

An episode is 5 rounds, one batch. Each answer is drawn token by token over the whole vocabulary; what is not exactly
one of the two words earns −6. Rewards are standardised by their running moments, each token pays for its divergence
from the untrained model, credit is GAE over the tokens of an answer. TRL's 4 epochs see the same weights there, because
gradients are accumulated over all four: one optimiser step an episode. Dropout acts while answers are drawn, from the
second episode on, and not in the passes that learn. `TUNED` says what was changed to give the method its best chance.

What this leaves out of the original's cost: 4-bit weights, logits and values where no answer is, padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from games_prefix import Rows, padded
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model

from lawgiver.games.lm.policy import LMPolicy
from lawgiver.games.markov import Floats, own_last
from lawgiver.games.problem import Problem
from lawgiver.games.prompts import Question
from lawgiver.models.load import LoadedModel


@dataclass(frozen=True)
class Settings:
    """The published ones."""

    learning_rate: float = 1.41e-5
    side_by_side: int = 1
    """Episodes played at the same time."""
    rounds: int = 5
    epochs: int = 4
    reuse: bool = False
    """Take the first epoch's pass for the old log-probabilities too, instead of a pass of its own."""
    cache: bool = False
    """Keep keys and values while drawing an answer."""
    dropout: float = 0.05
    kl: float = 0.2
    kl_target: float = 6.0
    kl_horizon: float = 10_000.0
    clip: float = 0.2
    value_clip: float = 0.2
    value_weight: float = 0.1
    gae_lambda: float = 0.95
    max_grad_norm: float | None = None
    rank: int = 64
    alpha: int = 32
    ended: bool = True
    """An answer must end its turn, as an answer of ours; else the word's tokens alone are drawn, as in the paper."""
    blank_critic: bool = False
    """Begin with a critic that values everything at 0, so that batches without any difference teach nothing."""


TUNED = replace(
    Settings(),
    learning_rate=1e-3,
    side_by_side=2,
    epochs=1,
    reuse=True,
    cache=True,
    dropout=0.0,
    kl=0.0,
    max_grad_norm=1.0,
    ended=False,
    blank_critic=True,
)
"""Larger learning rate; 10 decisions a batch, drawn 2 at a time with a cache; one epoch for four alike, its pass also
that of the old log-probabilities; no dropout; no anchor, which spares another pass; a critic that begins at 0; norms
of gradients clipped at 1; words count without an end of turn, which makes five times as many first answers legal."""


class Batch(NamedTuple):
    """R decisions of answers of up to K tokens."""

    rows: Rows
    tokens: int
    """Of all prompts and answers, without padding."""
    score_R: NDArray[np.float64]


class PPO:
    """The model, the optimiser and everything that runs along."""

    def __init__(
        self, loaded: LoadedModel, problem: Problem, questions: Sequence[Question], settings: Settings, seed: int
    ) -> None:
        """Put an adapter on the model and a critic beside it, both in the hands of an optimiser in fp32."""
        torch.manual_seed(seed)
        self.settings, self.problem = settings, problem
        self.tokenizer = loaded.tokenizer
        sizes: dict[str, Any] = {"r": settings.rank, "lora_alpha": settings.alpha, "lora_dropout": settings.dropout}
        lora = LoraConfig(**sizes, target_modules="all-linear", task_type="CAUSAL_LM")
        self.model = cast("Any", get_peft_model(loaded.model, lora, autocast_adapter_dtype=False)).eval()
        self.judge = LMPolicy(LoadedModel(loaded.name, self.model, loaded.tokenizer))
        self.value = torch.nn.Linear(int(loaded.model.config.hidden_size), 1, device=loaded.model.device)
        if settings.blank_critic:
            self.value.load_state_dict({name: torch.zeros_like(p) for name, p in self.value.state_dict().items()})
        self.parameters = [p for p in (*self.model.parameters(), *self.value.parameters()) if p.requires_grad]
        self.masters = [p.detach().float().clone() for p in self.parameters]  # bf16 would round small steps away
        self.optimiser = torch.optim.Adam(self.masters, lr=settings.learning_rate)
        self.prompts = {h: [self.judge.prompt(q) for q in questions if q.state == h] for h in range(problem.histories)}
        self.words = questions[0].answers
        self.longest = max(len(self.spell(word)) for word in self.words)
        self.rng = np.random.default_rng([seed, 1])
        self.history_E = self._starts()
        self.tokens, self.updates, self.kl = 0, 0, settings.kl
        self.moments = (1e-24, 0.0, 1.0)

    def update(self) -> dict[str, float]:
        """Play, then learn from what was played."""
        self.model.train(self.updates > 0)
        batch = self.play()
        self.model.eval()
        stats = self.learn(batch)
        self.updates += 1
        return {"score": float(batch.score_R.mean()), **stats}

    def play(self) -> Batch:
        """Episodes from states drawn uniformly; the orders in each prompt are drawn anew."""
        problem = self.problem
        own_H = own_last(*problem.reward_HAB.shape)
        self.history_E = self._starts()
        prompts, answers, scores = [], [], []
        for _ in range(self.settings.rounds):
            asked = [self.prompts[int(h)][int(self.rng.integers(len(self.prompts[int(h)])))] for h in self.history_E]
            said = self.draw(asked)
            for seat, answer in enumerate(said):
                h, a = int(self.history_E[seat]), self.read(answer)
                made = int(own_H[h]) if a is None else a  # an illegal move leaves the last one standing
                b = int(self.rng.choice(problem.q_HB.shape[1], p=problem.q_HB[h]))
                scores.append(problem.illegal if a is None else float(problem.reward_HAB[h, made, b]))
                self.history_E[seat] = problem.next_HAB[h, made, b]
            prompts += asked
            answers += said
        pad = int(self.tokenizer.pad_token_id)
        tokens = sum(map(len, prompts)) + sum(map(len, answers))
        return Batch(padded(prompts, answers, pad, self.model.device), tokens, np.array(scores))

    @torch.no_grad()
    def draw(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """Answers at temperature 1 over the whole vocabulary, to the end of the turn or the longest word's length."""
        end, pad, device = int(self.tokenizer.eos_token_id), int(self.tokenizer.pad_token_id), self.model.device
        said: list[list[int]] = [[] for _ in prompts]
        start = padded(prompts, [[end] for _ in prompts], pad, device)
        ids_RT, mask_RT, cache = start.ids_RT[:, :-1], start.mask_RT[:, :-1], None
        fresh = ids_RT
        for _ in range(self.longest):
            positions_RT = (mask_RT.cumsum(-1) - 1).clamp(min=0)[:, -fresh.shape[1] :]
            output = self.model(
                input_ids=fresh,
                attention_mask=mask_RT,
                position_ids=positions_RT,
                past_key_values=cache,
                use_cache=self.settings.cache,
                logits_to_keep=1,
            )
            self.tokens += len(prompts) if cache is not None else int(mask_RT.sum())
            next_R1 = torch.multinomial(output.logits[:, -1].float().softmax(-1), 1)
            for answer, token in zip(said, next_R1[:, 0].tolist(), strict=True):
                if not answer or answer[-1] != end:
                    answer.append(token)
            if all(answer[-1] == end for answer in said):
                break
            ids_RT, mask_RT = torch.cat([ids_RT, next_R1], 1), torch.cat([mask_RT, torch.ones_like(next_R1)], 1)
            cache = output.past_key_values if self.settings.cache else None
            fresh = next_R1 if self.settings.cache else ids_RT
        return said

    def spell(self, word: str) -> list[int]:
        """The tokens of a whole answer."""
        return self.judge.answer(word)[: None if self.settings.ended else -1]

    def read(self, answer: Sequence[int]) -> int | None:
        """The action whose word the whole answer is, blanks around it apart; None if there is none."""
        if self.settings.ended and answer[-1] != self.tokenizer.eos_token_id:
            return None
        text = str(self.tokenizer.decode(list(answer), skip_special_tokens=True)).strip()
        return self.words.index(text) if text in self.words else None

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probability of each token of the answers, and the value before it, `(R, K)`."""
        rows = batch.rows
        self.tokens += batch.tokens
        output = self.model(**rows.forward, use_cache=False, output_hidden_states=True)
        logs_RK = output.logits[:, :-1].float().log_softmax(-1).gather(-1, rows.answers_RK[..., None])[..., 0]
        hidden_RKD = output.hidden_states[-1][:, -rows.answers_RK.shape[1] - 1 : -1]
        return logs_RK, self.value(hidden_RKD.float())[..., 0]

    def learn(self, batch: Batch) -> dict[str, float]:
        """One PPO update."""
        settings, said_RK = self.settings, batch.rows.said_RK
        with torch.set_grad_enabled(settings.reuse):
            first = self.forward(batch)
        old_RK, value_RK = (each.detach() for each in first)
        base_RK = old_RK
        if settings.kl:
            with torch.no_grad(), self.model.disable_adapter():
                base_RK, _ = self.forward(batch)
        divergence_RK = (old_RK - base_RK) * said_RK
        advantage_RK, return_RK = self.credit(divergence_RK, value_RK * said_RK, batch)
        for epoch in range(settings.epochs):
            logs_RK, now_RK = first if settings.reuse and epoch == 0 else self.forward(batch)
            ratio_RK = (logs_RK - old_RK).exp()
            near_RK = value_RK + (now_RK - value_RK).clamp(-settings.value_clip, settings.value_clip)
            wrong_RK = torch.maximum((now_RK - return_RK) ** 2, (near_RK - return_RK) ** 2)
            clipped_RK = ratio_RK.clamp(1 - settings.clip, 1 + settings.clip)
            policy_RK = torch.maximum(-advantage_RK * ratio_RK, -advantage_RK * clipped_RK)
            loss = (policy_RK + settings.value_weight * 0.5 * wrong_RK)[said_RK].mean()
            (loss / settings.epochs).backward()  # type: ignore[no-untyped-call]
        self.ascend()
        spent = float(divergence_RK.sum(-1).mean())
        off = float(np.clip(spent / settings.kl_target - 1, -0.2, 0.2))
        self.kl *= 1 + off * len(batch.score_R) / settings.kl_horizon
        return {"kl": spent, "legal_drawn": float((batch.score_R > self.problem.illegal).mean())}

    def ascend(self) -> None:
        """One optimiser step along the gradients that have been summed up."""
        for master, parameter in zip(self.masters, self.parameters, strict=True):
            master.grad, parameter.grad = (None if (g := parameter.grad) is None else g.float()), None
        if self.settings.max_grad_norm:
            torch.nn.utils.clip_grad_norm_(self.masters, self.settings.max_grad_norm)
        self.optimiser.step()
        with torch.no_grad():
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                parameter.copy_(master)

    def credit(self, divergence_RK: torch.Tensor, value_RK: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, ...]:
        """Whitened advantages and the returns: GAE with γ = 1 over the tokens of each answer."""
        said_RK = batch.rows.said_RK
        reward_RK = -self.kl * divergence_RK
        score_R = torch.as_tensor(self.normalised(batch.score_R)).to(reward_RK)
        rows_R, last_R = torch.arange(len(score_R), device=score_R.device), said_RK.sum(-1) - 1
        reward_RK[rows_R, last_R] += score_R
        advantage_RK, ahead_R = torch.zeros_like(reward_RK), torch.zeros_like(score_R)
        for k in range(reward_RK.shape[1] - 1, -1, -1):
            after_R = value_RK[:, k + 1] if k + 1 < reward_RK.shape[1] else torch.zeros_like(score_R)
            surprise_R = reward_RK[:, k] + after_R - value_RK[:, k]
            ahead_R = (surprise_R + self.settings.gae_lambda * ahead_R) * said_RK[:, k]
            advantage_RK[:, k] = ahead_R
        return_RK = advantage_RK + value_RK
        kept = advantage_RK[said_RK]
        return (advantage_RK - kept.mean()) * torch.rsqrt(kept.var() + 1e-8), return_RK

    def normalised(self, score_R: Floats) -> Floats:
        """Standardise by the running moments of all scores so far, these included."""
        count, mean, variance = self.moments
        total = count + len(score_R)
        delta = float(score_R.mean()) - mean
        spread = variance * count + float(score_R.var()) * len(score_R) + delta**2 * count * len(score_R) / total
        self.moments = total, mean + delta * len(score_R) / total, spread / total
        return (score_R - self.moments[1]) / (self.deviation + 1e-7)

    @property
    def deviation(self) -> float:
        """Of all scores so far."""
        count, _, variance = self.moments
        return float(np.sqrt(variance * count / max(count - 1, 1.0)))

    def _starts(self) -> NDArray[np.intp]:
        return self.rng.choice(self.problem.histories, size=self.settings.side_by_side, p=self.problem.weight_H)
