"""A cost model as evidence: two models in one charter, and each where it belongs."""

from dataclasses import replace

import pytest
import torch

from lawgiver.charter import Charter
from lawgiver.data import Exchange
from lawgiver.evidence.preference_model import preference_scorer
from lawgiver.models.head_card import HeadCard, write_card
from lawgiver.models.load import load
from lawgiver.models.score_head import load_preference_model, new_head, save_head
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value
from small import edit, said


@pytest.fixture(scope="module")
def models(tiny, tmp_path_factory):
    """A cost model of each role, untrained, its scale 2."""
    folder = tmp_path_factory.mktemp("models")
    for seed, role in enumerate(("training", "evaluation")):
        torch.manual_seed(seed)
        where = folder / f"cost-{role}"
        loaded = load(str(tiny), dtype=torch.float32)
        loaded.model.save_pretrained(where / "model")
        loaded.tokenizer.save_pretrained(where / "model")
        save_head(where, new_head(loaded))
        card = {"objective": "cost", "role": role, "level": "sequence", "base": "tiny", "scale": 2.0}
        write_card(where, HeadCard(**card, base_sha256="0", data_sha256="0"))
    return folder


@pytest.fixture
def charter(small, models):
    """The small charter with the cost of an answer as evidence."""
    field = f"{{scorer: preference_model, training: {models}/cost-training, evaluation: {models}/cost-evaluation}}"
    edit(small / "charter.yaml", "\nevidence:\n", f"\nevidence:\n  unsafe: {field}\n")
    return small


def test_the_score_is_that_of_the_model_and_its_version_names_role_and_files(models):
    scorer = preference_scorer("unsafe", models / "cost-training", "training")
    exchange = said("It is a thing.")
    [fields] = scorer.score([exchange])
    found = fields["unsafe"]
    model = load_preference_model(models / "cost-training", "training")
    [wanted] = model.score([exchange.messages], [exchange.response])
    assert found.outcome == wanted
    assert (found.scorer, found.version[:9]) == ("preference_model", "training-")
    assert found.version != preference_scorer("unsafe", models / "cost-evaluation", "evaluation").version
    unscaled = replace(model, card=model.card.model_copy(update={"scale": 1.0}))
    [raw] = unscaled.score([exchange.messages], [exchange.response])
    assert found.outcome.value == pytest.approx(raw.value / 2)


def test_no_answer_abstains_and_what_cannot_be_read_fails_alone(models):
    scorer = preference_scorer("unsafe", models / "cost-training", "training")
    odd = Exchange(({"role": "user"},), "Yes.")
    outcomes = [each["unsafe"].outcome for each in scorer.score([said(""), said("x" * 600), odd, said("Fine.")])]
    assert [type(each) for each in outcomes] == [Abstained, Failed, Failed, Value]


def test_a_charter_trains_with_one_model_and_judges_with_the_other(charter):
    opened = Charter.open(charter)
    versions = {
        each.role: each.judge([said("It is.")])[0].evidence["unsafe"]["version"].partition("-")[0]
        for each in (opened, opened.for_training())
    }
    assert versions == {"evaluation": "evaluation", "training": "training"}
    assert opened.identity == opened.for_training().identity


def test_a_charter_without_such_a_field_is_the_same_for_training(small):
    opened = Charter.open(small)
    assert opened.for_training() is opened


def test_the_models_may_not_change_places(charter, models):
    text = (charter / "charter.yaml").read_text()
    text = (
        text.replace("cost-training", "x")
        .replace("cost-evaluation", "cost-training")
        .replace("/x,", "/cost-evaluation,")
    )
    (charter / "charter.yaml").write_text(text)
    opened = Charter.open(charter)
    for each, role in ((opened, "evaluation"), (opened.for_training(), "training")):
        with pytest.raises(ConfigurationError, match=f"its scores are wanted for {role}"):
            each.judge([said("It is.")])


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("{scorer: preference_model, training: a}", "needs training and evaluation, the folders of two models"),
        ("{scorer: preference_model, training: a, evaluation: a}", "the one that trains a policy never evaluates it"),
        ("{scorer: lexical.refusal, training: a}", "belong to the scorer preference_model, not to lexical.refusal"),
    ],
)
def test_a_field_that_cannot_be_is_refused(small, field, message):
    edit(small / "charter.yaml", "\nevidence:\n", f"\nevidence:\n  unsafe: {field}\n")
    with pytest.raises(ConfigurationError, match=message):
        Charter.open(small)
