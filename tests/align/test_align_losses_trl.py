"""Our losses are TRL's: its trainers' loss on one batch, against ours on log-probabilities computed by hand."""

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

from lawgiver.align.losses import PairLogps, batch_divergence, dpo, ipo, kto

PROMPTS = ["Hi", "What is it?", "Why so?", "Say it."]
CHOSEN = ["Hello there.", "It is this one.", "Because.", "It"]
REJECTED = ["No.", "I do not know at all.", "So", "Never again, friend."]


def models(tiny):
    """A policy, and a reference that is somewhat off."""
    policy, reference = (AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32) for _ in range(2))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in reference.parameters():
            weight += 0.02 * torch.randn(weight.shape, generator=generator)
    return policy, reference


def settings(folder, kind, **more):
    return kind(
        output_dir=str(folder),
        per_device_train_batch_size=4,
        beta=0.3,
        bf16=False,
        use_cpu=True,
        gradient_checkpointing=False,
        disable_dropout=True,
        report_to=[],
        **more,
    )


def summed(model, ids, attention, mask):
    """Log-probabilities of whole answers, by the plain forward."""
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1]
    tokens = logits.log_softmax(-1).gather(2, ids[:, 1:, None]).squeeze(2)
    return (tokens * mask[:, 1:]).sum(1)


@pytest.mark.parametrize("kind", ["sigmoid", "ipo"])
def test_the_losses_of_pairs(tiny, tmp_path, kind):
    policy, reference = models(tiny)
    rows = {"prompt": PROMPTS, "chosen": CHOSEN, "rejected": REJECTED}
    trainer = DPOTrainer(
        model=policy,
        ref_model=reference,
        args=settings(tmp_path, DPOConfig, loss_type=[kind]),
        train_dataset=Dataset.from_dict(rows),
        processing_class=AutoTokenizer.from_pretrained(tiny),
    )
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = trainer.compute_loss(trainer.model, batch)
    parts = batch["input_ids"], batch["attention_mask"], batch["completion_mask"]
    logps = [summed(model, *parts).chunk(2) for model in (policy, reference)]
    pairs = PairLogps(*logps[0], *logps[1])
    assert pairs.gap_B.abs().min() > 1e-3
    lengths = batch["completion_mask"].sum(1).chunk(2)
    ours = (
        dpo(pairs, temperature=0.3)
        if kind == "sigmoid"
        else ipo(pairs, temperature=0.3, chosen_tokens_B=lengths[0], rejected_tokens_B=lengths[1])
    )
    assert ours.mean().item() == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parametrize("drift", [1.0, -1.0], ids=["policy off", "reference off"])
def test_the_loss_of_labelled_answers(tiny, tmp_path, drift):
    policy, reference = models(tiny) if drift > 0 else reversed(models(tiny))
    rows = {"prompt": PROMPTS, "completion": CHOSEN, "label": [True, False, False, True]}
    trainer = KTOTrainer(
        model=policy,
        ref_model=reference,
        args=settings(tmp_path, KTOConfig, desirable_weight=1.0, undesirable_weight=1.7),
        train_dataset=Dataset.from_dict(rows),
        processing_class=AutoTokenizer.from_pretrained(tiny),
    )
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = trainer.compute_loss(trainer.model, batch)
    mismatched = batch["KL_input_ids"], batch["KL_attention_mask"], batch["KL_completion_mask"]
    divergence = batch_divergence(*(summed(model, *mismatched) for model in (policy, reference)))
    own = batch["input_ids"], batch["attention_mask"], batch["completion_mask"]
    ours = kto(
        *(summed(model, *own) for model in (policy, reference)),
        torch.as_tensor(batch["label"]),
        divergence,
        temperature=0.3,
        undesirable_weight=1.7,
    )
    assert ours.mean().item() == pytest.approx(theirs.item(), rel=1e-5)
