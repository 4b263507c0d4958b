"""What makes a step quicker on a CPU changes nothing that is computed."""

import pytest
import torch

from lawgiver.align import grpo
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from small import small_charter
from tiny import load_tiny, recipe

PROMPTS = ["Hi", "What is the longest of all these prompts?", "Why so short?"]
ANSWERS = ["Because.", "It is this one, the second.", "So"]


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return Charter.open(small_charter(tmp_path_factory.mktemp("charter") / "small"))


def trainer(charter, tiny, folder, **changes):
    """A trainer whose adapter, if there is one, already does something."""
    settings = recipe(tiny, charter.root, **changes)
    built, _ = grpo.build_trainer(settings, charter, load_tiny(tiny), RunDirectory.create(folder, {}, charter.identity))
    generator = torch.Generator().manual_seed(1)
    for name, weight in built.model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(std=0.1, generator=generator)
    return built


def batch(tokenizer):
    """Three prompts padded on the left and their answers padded on the right, as TRL lays them out."""
    prompts = tokenizer(PROMPTS, return_tensors="pt", padding=True, padding_side="left")
    answers = tokenizer(ANSWERS, return_tensors="pt", padding=True, padding_side="right")
    ids, mask = (torch.cat([prompts[key], answers[key]], dim=1) for key in ("input_ids", "attention_mask"))
    labels = ids.masked_fill(mask == 0, -100)
    count = answers["input_ids"].shape[1]
    labels[:, :-count] = -100
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}, count


def scored(built):
    """Log-probabilities and entropies of the answers, the gradients of their sum, all output, positions at the head."""
    inputs, count = batch(built.processing_class)
    model = built.model.get_base_model() if hasattr(built.model, "get_base_model") else built.model
    widths = []
    model.base_model.register_forward_hook(lambda _m, _a, out: widths.append(out.last_hidden_state.shape[:2].numel()))
    output = built.model(**inputs, fused_lm_head=True)
    log_probs, entropy = output.log_probs[:, -count:], output.entropy[:, -count:]
    (log_probs * inputs["attention_mask"][:, -count:]).sum().backward()
    gradients = {name: weight.grad for name, weight in built.model.named_parameters() if weight.grad is not None}
    return log_probs.detach(), entropy.detach(), gradients, output, widths[0]


@pytest.mark.parametrize("changes", [{}, {"lora": None}], ids=["adapter", "whole"])
def test_log_probabilities_and_gradients_stay_the_same(charter, tiny, tmp_path, monkeypatch, changes):
    quick = scored(trainer(charter, tiny, tmp_path / "quick", **changes))
    monkeypatch.setattr(grpo, "quicken", lambda model: None)
    plain = scored(trainer(charter, tiny, tmp_path / "plain", **changes))
    assert quick[3].log_probs.shape == plain[3].log_probs.shape  # some trainers mask by position
    # it is at work: no prompt and no padding is multiplied by the vocabulary
    assert quick[4] == int((batch(load_tiny(tiny).tokenizer)[0]["labels"] != -100).sum()) + 1 < plain[4]
    torch.testing.assert_close(quick[0], plain[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(quick[1], plain[1], rtol=1e-5, atol=1e-5)
    assert quick[2].keys() == plain[2].keys()
    assert max(gradient.abs().max() for gradient in plain[2].values()) > 0.1
    for name, gradient in plain[2].items():
        torch.testing.assert_close(quick[2][name], gradient, rtol=1e-4, atol=1e-4)


def test_without_gradients_it_is_the_same_too(charter, tiny, tmp_path, monkeypatch):
    results = []
    for cure in (grpo.quicken, lambda model: None):
        monkeypatch.setattr(grpo, "quicken", cure)
        built = trainer(charter, tiny, tmp_path / str(len(results)))
        inputs, count = batch(built.processing_class)
        with torch.no_grad():
            plain_forward = built.model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
            results.append((built.model(**inputs, fused_lm_head=True).log_probs[:, -count:], plain_forward))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(results[0][1], results[1][1], rtol=1e-5, atol=1e-5)


def test_the_log_probabilities_are_those_of_the_bare_model(charter, tiny, tmp_path):
    built = trainer(charter, tiny, tmp_path / "run", temperature=0.7)
    inputs, count = batch(built.processing_class)
    with torch.no_grad():
        logits = built.model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[
            :, -count - 1 : -1
        ]
        wanted = (logits / 0.7).log_softmax(-1).gather(2, inputs["input_ids"][:, -count:, None]).squeeze(2)
        given = built.model(**inputs, fused_lm_head=True).log_probs[:, -count:]
    mask = inputs["attention_mask"][:, -count:].bool()
    torch.testing.assert_close(given[mask], wanted[mask], rtol=1e-4, atol=1e-4)


def test_a_quickened_trainer_takes_the_same_steps(charter, tiny, tmp_path, monkeypatch):
    rows = []
    for cure in (grpo.quicken, lambda model: None):
        monkeypatch.setattr(grpo, "quicken", cure)
        directory = RunDirectory.create(tmp_path / str(len(rows)), {}, charter.identity)
        grpo.align(recipe(tiny, charter.root, steps=2), charter, load_tiny(tiny), directory)
        rows.append(directory.metrics())
    for quick, plain in zip(*rows, strict=True):
        assert quick["values"] == plain["values"]
        assert quick["costs"] == plain["costs"]
        assert quick["entropy"] == pytest.approx(plain["entropy"], rel=1e-3)
        assert quick["grad_norm"] == pytest.approx(plain["grad_norm"], rel=1e-2)
