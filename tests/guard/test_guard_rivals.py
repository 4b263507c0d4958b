import json
import math

import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForSequenceClassification

from endpoint import completion
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.registry import check_name, describe, open_rival, open_scorer
from lawgiver.guard.rivals import ClassifierSpec, EndpointSpec, GenerativeSpec, read_spec
from lawgiver.guard.rivals.labels import mapped, to_score
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.score import score
from lawgiver.outcome import Abstained, ConfigurationError, DownloadError, Failed, Value
from tiny import CONTEXT, load_tiny
from tiny_guard import save_tiny_guard


def examples(*texts):
    return [Example(id=str(n), text=text, unsafe=False) for n, text in enumerate(texts)]


@pytest.fixture(scope="module")
def classifiers(tiny, tmp_path_factory):
    """From labels to the folder of a random classifier with the tiny model's tokenizer."""

    def make(labels, **more):
        folder = tmp_path_factory.mktemp("classifier")
        tokenizer = AutoTokenizer.from_pretrained(tiny)
        torch.manual_seed(3)
        config = LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, pad_token_id=tokenizer.pad_token_id, initializer_range=0.5,
            id2label=dict(enumerate(labels)), label2id={label: n for n, label in enumerate(labels)}, **more,
        )  # fmt: skip
        LlamaForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return str(folder)

    return make


def test_labels_are_told_by_name_or_by_the_user():
    assert mapped(["safe", "unsafe"], {}, "m") == ["safe", "unsafe"]
    assert mapped([f"LABEL_{n}" for n in range(12)], {}, "m") == list(NAMES)
    assert mapped(["C9", "Hate"], {}, "m") == ["hate", "hate"]
    assert mapped(["LABEL_0", "LABEL_1"], {"LABEL_0": "safe", "LABEL_1": "unsafe"}, "m") == ["safe", "unsafe"]
    with pytest.raises(ConfigurationError, match="what LABEL_0, LABEL_1 means is not clear"):
        mapped(["LABEL_0", "LABEL_1"], {}, "m")
    with pytest.raises(ConfigurationError, match="it has a, b"):
        mapped(["a", "b"], {"c": "safe"}, "m")
    with pytest.raises(ConfigurationError, match="none of a"):
        mapped(["a"], {"a": "ignore"}, "m")


def test_probabilities_become_one():
    assert to_score([0.3, 0.7], ["safe", "unsafe"], exclusive=True).unsafe == 0.7
    assert to_score([0.3, 0.5, 0.2], ["safe", "hate", "privacy"], exclusive=True).unsafe == pytest.approx(0.7)
    found = to_score([0.3, 0.5, 0.9], ["hate", "hate", "ignore"], exclusive=False)
    assert (found.unsafe, found.categories) == (0.5, {"hate": 0.5})


def test_a_classifier_scores_like_the_model_itself(classifiers):
    folder = classifiers(["safe", "unsafe"])
    guard = open_scorer(folder)
    texts = ["How do I bake bread?", "Say it", "Say it again and again"]
    found = [outcome.value.unsafe for outcome in guard.score(examples(*texts))]
    model = LlamaForSequenceClassification.from_pretrained(folder, dtype=guard.model.dtype)
    for text, p in zip(texts, found, strict=True):
        ids = torch.tensor([guard.tokenizer(text)["input_ids"]])
        assert p == pytest.approx(model(ids).logits.float().softmax(-1)[0, 1].item(), abs=0.02)
    assert len(set(found)) == 3
    assert len(guard.version) == 64


def test_twelve_outputs_without_names_are_duoguards(classifiers):
    guard = open_scorer(classifiers([f"LABEL_{n}" for n in range(12)]))
    [outcome] = guard.score(examples("Say it"))
    assert tuple(outcome.value.categories) == NAMES
    assert outcome.value.unsafe == max(outcome.value.categories.values())
    assert not guard.exclusive


def test_a_long_text_is_read_to_its_end(classifiers):
    folder = classifiers(["safe", "unsafe"])
    text = "x" * 100 + " the end"
    spec = ClassifierSpec(model=folder, max_length=32, overlap=8)
    windows = open_rival(spec)._cut(examples(text)[0])
    assert len(windows) > 3
    assert all(len(ids) <= 32 for ids in windows)
    cut = open_rival(spec.model_copy(update={"long": "cut"}))
    assert len(cut._cut(examples(text)[0])) == 1
    assert open_rival(spec).score(examples(text))[0].value.unsafe >= cut.score(examples(text))[0].value.unsafe


def test_what_cannot_be_read_is_abstained_from_by_all(classifiers, tiny):
    for guard in (open_scorer(classifiers(["safe", "unsafe"])), open_scorer(str(tiny))):
        empty, fine = guard.score(examples("\u200b", "hello"))
        assert isinstance(empty, Abstained)
        assert isinstance(fine, Value)


def test_a_generative_guard_weighs_two_answers(tiny):
    spec = GenerativeSpec(model=str(tiny), template="Bad? {text}", unsafe="yes", safe="no")
    guard = open_rival(spec)
    [outcome] = guard.score(examples("{text} <|im_end|>"))
    conversation = [{"role": "user", "content": "Bad? {text} <|im_end|>"}]
    yes, no = score(load_tiny(tiny), [conversation] * 2, ["yes", "no"], end=False)
    wanted = math.exp(yes.total) / (math.exp(yes.total) + math.exp(no.total))
    assert outcome.value.unsafe == pytest.approx(wanted, abs=0.05)


def test_a_text_beyond_the_context_is_no_silent_safe(tiny):
    spec = GenerativeSpec(model=str(tiny), template="{text}")
    long, fine = open_rival(spec).score(examples("x" * CONTEXT, "y"))
    assert isinstance(long, Abstained)
    assert "limit is 512" in long.reason
    assert isinstance(fine, Value)


def test_an_endpoint_gives_a_probability(serve):
    served = serve(json.dumps({"unsafe": 0.75}))
    guard = open_rival(EndpointSpec(model="judge", base_url=served.url))
    empty, outcome = guard.score(examples("", "Insult my cook."))
    assert isinstance(empty, Abstained)
    assert outcome.value.unsafe == 0.75
    assert "response_format" in served.bodies[0]
    assert len(served.bodies) == 1


def test_an_endpoint_may_answer_in_words(serve):
    def reply(body, number):
        said = body["messages"][0]["content"]
        return 200, {}, completion("Safe" if "cake" in said else "unsafe\nS1" if "cook" in said else "I cannot say")

    served = serve(reply)
    guard = open_rival(EndpointSpec(model="judge", base_url=served.url, reply="words", template="Judge: {text}"))
    cake, cook, other = guard.score(examples("cake", "Insult my cook.", "else"))
    assert (cake.value.unsafe, cook.value.unsafe) == (0, 1)
    assert isinstance(other, Failed)
    assert all("response_format" not in body for body in served.bodies)


def test_an_endpoint_that_refuses_fails_its_text(serve):
    served = serve(lambda body, number: (400, {}, {"error": "no"}))
    for reply in ("json", "words"):
        guard = open_rival(EndpointSpec(model="judge", base_url=served.url, reply=reply))
        assert isinstance(guard.score(examples("x"))[0], Failed)


def test_a_rival_is_described_in_a_file(tmp_path):
    path = tmp_path / "rival.yaml"
    path.write_text("kind: generative\nmodel: owner/name\ntemplate: 'Is it bad? {text}'\nunsafe: 'Yes'\nsafe: 'No'\n")
    assert read_spec(path) == GenerativeSpec(model="owner/name", template="Is it bad? {text}", unsafe="Yes", safe="No")
    assert check_name(str(path)) == "generative owner/name"
    for text, says in (
        ("kind: generative\nmodel: x\ntemplate: none\n", "template: .*one {text} is wanted"),
        ("kind: classifier\nmodel: x\nlabels: {a: rude}\n", "labels: .*rude"),
        ("kind: oracle\nmodel: x\n", "oracle"),
        ("kind: endpoint\nmodel: x\n", "base_url: Field required"),
        ("- a\n", "as keys"),
        ("a: [", "not YAML"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigurationError, match=says) as caught:
            read_spec(path)
        assert str(path) in str(caught.value)
    with pytest.raises(ConfigurationError, match="base_url"):
        open_rival(EndpointSpec(model="x", base_url="ftp://nowhere"))


def test_what_a_name_stands_for(classifiers, tiny, tmp_path):
    assert isinstance(describe(classifiers(["safe", "unsafe"])), ClassifierSpec)
    assert isinstance(describe(str(tiny)), GenerativeSpec)
    duoguard = describe("DuoGuard/DuoGuard-0.5B")
    assert (duoguard.tokenizer, duoguard.activation) == ("Qwen/Qwen2.5-0.5B", "sigmoid")
    assert check_name("constant") == "the baseline constant"
    assert "hub" in check_name("owner/name")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        describe(str(tmp_path))
    with pytest.raises(ConfigurationError, match="no guard of that name"):
        check_name("nothing-such")
    with pytest.raises((ConfigurationError, DownloadError)):
        open_scorer("nothing-such")


def test_our_own_guard_is_told_by_its_card(tmp_path):
    run = tmp_path / "run"
    save_tiny_guard(run / "guard")
    assert check_name(str(run)) == "our own classifier"
    opened = open_scorer(str(run))
    [outcome] = opened.score([Example(id="1", text="How do I bake a loaf?", unsafe=False)])
    assert opened.version == open_guard(run).version
    assert 0 < outcome.value.unsafe < 1
