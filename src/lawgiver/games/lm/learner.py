"""A language model that learns: LoRA on a causal LM, one AdamW step per update."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from lawgiver.data.files import atomic_write
from lawgiver.games.learn.policy import Reset
from lawgiver.games.learn.reasoned import Said
from lawgiver.games.lm.policy import LMPolicy
from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question
from lawgiver.models.generate import generate
from lawgiver.models.load import LoadedModel

OPTIMISER = "optimiser.safetensors"
ANCHOR = "anchor.safetensors"
MASTERS = "weights.safetensors"
COUNTS = "counts.json"


class LMLearner(LMPolicy):
    """An `LMPolicy` whose adapter is trained."""

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        learning_rate: float,
        rank: int,
        alpha: int,
        dropout: float = 0.0,
        target_modules: str | list[str] = "all-linear",
        skip: float = 0.0,
        max_grad_norm: float = 1.0,
        seed: int = 0,
    ) -> None:
        """Put an adapter on the model, in the model's own precision, but for the share `skip` of its lower layers."""
        torch.manual_seed(seed)
        config = LoraConfig(
            r=rank,
            lora_alpha=alpha,
            lora_dropout=dropout,
            target_modules=target_modules,
            exclude_modules=_lower_layers(int(skip * loaded.model.config.num_hidden_layers)),
            task_type="CAUSAL_LM",
        )
        self.adapted: PeftModel = get_peft_model(loaded.model, config, autocast_adapter_dtype=False)
        self.adapted.eval()  # new adapters would drop out even where nothing is trained
        model = cast("PreTrainedModel", self.adapted)  # it passes everything on
        super().__init__(LoadedModel(loaded.name, model, loaded.tokenizer, loaded.resolved, loaded.adapters))
        self.parameters = [p for p in self.adapted.parameters() if p.requires_grad]
        # small steps would be rounded away in bf16, so they are summed up in fp32
        self.masters = [p.detach().float().clone() for p in self.parameters]
        self.learning_rate = learning_rate
        self.max_grad_norm = max_grad_norm
        self.optimiser = self._fresh()
        self.seed, self.passes = seed, 0
        self._anchor: list[torch.Tensor] | None = None
        self._scores: torch.Tensor | None = None

    def forward(self, questions: Sequence[Question]) -> Floats:
        """See `Learner`."""
        self._begin_pass()
        self._scores = self.scores(questions)
        self.adapted.eval()
        return self._scores.detach().double().numpy(force=True)

    def speak(self, questions: Sequence[Question], samples: int, max_new_tokens: int, seed: int) -> list[list[Said]]:
        """See `Speaker`."""
        conversations = [question.conversation for question in questions for _ in range(samples)]
        answers = generate(self.loaded, conversations, max_new_tokens=max_new_tokens, temperature=1.0, seed=seed)
        self.tokens += sum(answer.tokens for answer in answers)
        said = [Said(answer.text, answer.ids) for answer in answers]
        return [said[start : start + samples] for start in range(0, len(said), samples)]

    def forward_said(self, questions: Sequence[Question], said: Sequence[Sequence[Said]]) -> Floats:
        """See `Speaker`."""
        prompts = [self.prompt(question) for question in questions]
        self._begin_pass()
        self._scores = self.sequence_logprobs(prompts, [[one.ids for one in answers] for answers in said])
        self.adapted.eval()
        return self._scores.detach().double().numpy(force=True)

    def ascend(self, weights_NA: Floats, rate: float = 1.0) -> float:
        """See `Learner`."""
        assert self._scores is not None, "forward first"
        weights = torch.from_numpy(weights_NA).to(self._scores)
        (-(weights * self._scores).sum()).backward()  # type: ignore[no-untyped-call]
        self._scores = None
        for master, parameter in zip(self.masters, self.parameters, strict=True):
            master.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = torch.nn.utils.clip_grad_norm_(self.masters, self.max_grad_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * self.learning_rate
        self.optimiser.step()
        self._publish()
        return float(norm)

    def reference(self, questions: Sequence[Question]) -> Floats:
        """See `Learner`; the anchor is the untrained model until a phase makes it the policy of its beginning."""
        with self._anchored():
            return self.action_logprobs(questions)

    def begin_phase(self, reset: Sequence[Reset]) -> None:
        """See `Learner`."""
        if "optimiser" in reset:
            self.optimiser = self._fresh()
        if "anchor" in reset:
            self._anchor = [parameter.detach().clone() for parameter in self.parameters]

    def save(self, folder: Path) -> None:
        """See `Learner`."""
        save_file({str(index): master for index, master in enumerate(self.masters)}, folder / MASTERS)
        state = self.optimiser.state_dict()["state"]
        flat = {f"{index}.{name}": value for index, kept in state.items() for name, value in kept.items()}
        save_file({name: tensor.contiguous() for name, tensor in flat.items()}, folder / OPTIMISER)
        if self._anchor is not None:
            save_file({str(index): tensor for index, tensor in enumerate(self._anchor)}, folder / ANCHOR)
        counts = {"passes": self.passes, "tokens": self.tokens, "plain_tokens": self.plain_tokens}
        atomic_write(folder / COUNTS, json.dumps(counts))

    def restore(self, folder: Path) -> None:
        """See `Learner`."""
        kept = load_file(folder / MASTERS)
        for index, master in enumerate(self.masters):
            master.copy_(kept[str(index)])
        self._publish()
        self.optimiser = self._fresh()
        document = self.optimiser.state_dict()
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, tensor in load_file(folder / OPTIMISER).items():
            number, _, name = key.partition(".")
            state.setdefault(int(number), {})[name] = tensor
        self.optimiser.load_state_dict({**document, "state": state})
        anchor = load_file(folder / ANCHOR, str(self.loaded.model.device)) if (folder / ANCHOR).exists() else {}
        self._anchor = [anchor[str(index)] for index in range(len(anchor))] or None
        counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
        self.passes, self.tokens, self.plain_tokens = (counts[key] for key in ("passes", "tokens", "plain_tokens"))

    def export(self, folder: Path) -> None:
        """Write the adapter as PEFT does, for any command that takes a model, and the tokenizer beside it."""
        self.adapted.save_pretrained(str(folder))
        self.loaded.tokenizer.save_pretrained(str(folder))

    def cost(self) -> dict[str, Any]:
        """See `Learner`."""
        return super().cost()

    def _fresh(self) -> torch.optim.AdamW:
        return torch.optim.AdamW(self.masters, lr=self.learning_rate, betas=(0.9, 0.99), weight_decay=0.0)

    def _begin_pass(self) -> None:
        """Dropout is drawn anew in each pass, but must not depend on when the process began."""
        self.passes += 1
        torch.manual_seed(self.seed + 1_000_003 * self.passes)
        self.adapted.train()

    def _publish(self) -> None:
        """Give the adapter the present weights, in its own precision."""
        with torch.no_grad():
            for master, parameter in zip(self.masters, self.parameters, strict=True):
                parameter.copy_(master)

    @contextmanager
    def _anchored(self) -> Iterator[None]:
        if self._anchor is None:
            with self.adapted.disable_adapter():
                yield
            return
        # exchanged, not copied over: a forward pass that still waits for its gradient needs its weights as they were
        present = [parameter.data for parameter in self.parameters]
        try:
            for parameter, tensor in zip(self.parameters, self._anchor, strict=True):
                parameter.data = tensor
            yield
        finally:
            for parameter, tensor in zip(self.parameters, present, strict=True):
                parameter.data = tensor


def _lower_layers(count: int) -> str | None:
    """A pattern of the modules in the first `count` layers, as causal LMs name them; None for none."""
    return rf".*\.(layers|h|blocks)\.({'|'.join(map(str, range(count)))})\..*" if count else None
