"""GRPO under a charter in one file: TRL's own trainer, the charter's rewards, its Lagrangian.

`lawgiver align` adds checkpoints, resuming, adaptive weights, alarms and a run directory; this is the heart of it.
It needs the `train` extra and fetches the default model once:

    python examples/grpo_in_one_file.py
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import numpy as np
import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from lawgiver.align.rewards import SharedJudge
from lawgiver.charter import Charter
from lawgiver.models.load import load
from lawgiver.reward import LagrangianConfig, Multipliers, signed_weights

PROMPTS, COMPLETIONS, STEPS = 4, 4, 6


class Lagrangian(TrainerCallback):
    """Moves λ after every step and writes the reward weights, which TRL reads afresh for every batch."""

    def __init__(self, judge: SharedJudge) -> None:
        self.judge = judge
        self.spec = judge.charter.spec
        thresholds = {constraint.name: constraint.threshold for constraint in self.spec.constraints}
        self.multipliers = Multipliers.start(LagrangianConfig(), thresholds)
        self.trainer: GRPOTrainer | None = None

    def attach(self, trainer: GRPOTrainer) -> None:
        """Take charge of a trainer's reward weights."""
        self.trainer = trainer
        self.set_weights()

    def set_weights(self) -> None:
        """One weight a reward function: plus for principles, minus λ for costs, over 1 + Σλ."""
        assert self.trainer is not None
        weights_K = np.array(list(self.spec.weights.values()))
        lambda_C = np.array(list(self.multipliers.values.values()))
        self.trainer.reward_weights = torch.tensor(signed_weights(weights_K, lambda_C), dtype=torch.float32)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Mean cost of the newest batch → λ → weights."""
        judgements = self.judge.judgements
        costs: dict[str, float | None] = {}
        for name in self.multipliers.values:
            measured = [cost for judgement in judgements if (cost := judgement.cost(name)) is not None]
            costs[name] = sum(measured) / len(measured) if measured else None  # None leaves λ where it is
        self.multipliers = self.multipliers.update(costs)
        self.set_weights()
        blocked = sum(judgement.gated for judgement in judgements)
        print(f"step {state.global_step}: {blocked} of {len(judgements)} blocked, costs {costs}")
        print(f"  λ {self.multipliers.values}")


def main() -> None:
    charter = Charter.open("medical")
    scenarios = charter.scenarios("train")
    loaded = load("smollm2-135m-instruct", on_message=print)

    # one reward function per principle and per constraint; one judge call a batch feeds them all
    judge = SharedJudge(charter, scenarios, generations=COMPLETIONS, neutral=True)
    lagrangian = Lagrangian(judge)
    prompts = [{"prompt": s.messages(charter.spec.system_prompt), "scenario_id": s.id} for s in scenarios]

    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    trainer = GRPOTrainer(
        model=get_peft_model(loaded.model, lora, autocast_adapter_dtype=False),
        reward_funcs=[*judge.functions()],
        args=GRPOConfig(
            output_dir="runs/one-file",
            max_steps=STEPS,
            per_device_train_batch_size=PROMPTS * COMPLETIONS,
            num_generations=COMPLETIONS,
            max_completion_length=56,
            learning_rate=5e-4,
            loss_type="dr_grpo",
            multi_objective_aggregation="sum_then_normalize",
            scale_rewards="batch",
            use_cpu=loaded.model.device.type == "cpu",
            bf16=False,  # the weights are in the precision the machine is good at already
            gradient_checkpointing=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,  # `scenario_id` reaches the reward functions
        ),
        train_dataset=Dataset.from_list(prompts),
        processing_class=loaded.tokenizer,
        callbacks=[lagrangian],
    )
    lagrangian.attach(trainer)
    trainer.train()
    trainer.save_model("runs/one-file/adapter")
    print("next: lawgiver evaluate runs/one-file --charter medical --system-prompt")


if __name__ == "__main__":
    main()
