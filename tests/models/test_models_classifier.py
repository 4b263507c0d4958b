"""A text classifier: windows that lose nothing, pools that ignore padding, a vocabulary cut without a trace."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from lawgiver.models.classifier.backbone import drop_out, freeze, load_backbone, open_backbone
from lawgiver.models.classifier.card import ClassifierCard, classifier_sha256
from lawgiver.models.classifier.module import ClassifierModule, by_size, highest, padded, pooled
from lawgiver.models.classifier.predict import classifier_of, open_classifier, save_classifier
from lawgiver.models.classifier.vocabulary import prune, shrink
from lawgiver.models.classifier.windows import Window, Windower, spans
from lawgiver.outcome import Abstained, ConfigurationError, Value
from tiny_encoder import SENTENCES, save_tiny_encoder

OUTPUTS = ("unsafe", "sweet")
LONG = " ".join(SENTENCES * 3)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return save_tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def backbone(encoder):
    return load_backbone(str(encoder))


def classifier(backbone, **changes):
    card = ClassifierCard(backbone="tiny", outputs=OUTPUTS, pooling=backbone.pooling, window=24, overlap=6)
    torch.manual_seed(1)
    module = ClassifierModule(backbone.model, backbone.pooling, len(OUTPUTS)).eval()
    return classifier_of(card.model_copy(update=changes), backbone, module)


@given(st.integers(0, 400), st.integers(1, 50), st.data())
def test_spans_hold_every_phrase_whole(tokens, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    found = spans(tokens, size, overlap)
    assert all(end - start == min(size, tokens) for start, end in found)
    assert found == sorted(set(found))
    for first in range(max(tokens - overlap, 0)):
        assert any(start <= first and first + overlap + 1 <= end for start, end in found)


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 100))
def test_groups_take_everything_once_and_keep_the_bound(lengths, tokens):
    groups = by_size(lengths, tokens)
    assert sorted(at for group in groups for at in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or max(lengths[at] for at in group) * len(group) <= tokens


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_padding_counts_for_nothing(pooling):
    hidden = torch.randn(1, 5, 4)
    longer = torch.cat([hidden, torch.full((1, 3, 4), 1e6)], 1)
    mask = torch.tensor([[1] * 5 + [0] * 3])
    assert torch.allclose(pooled(hidden, mask[:, :5], pooling), pooled(longer, mask, pooling))


def test_the_highest_window_counts_and_gets_the_gradient():
    logits = torch.tensor([[1.0, -3.0], [0.0, 2.0], [-5.0, -6.0]], requires_grad=True)
    best = highest(logits, torch.tensor([0, 0, 1]), 2)
    assert best.tolist() == [[1.0, 2.0], [-5.0, -6.0]]
    best.sum().backward()
    assert logits.grad.tolist() == [[1, 0], [0, 1], [1, 1]]


def test_windows_know_their_characters(backbone):
    windower = Windower(backbone.tokenizer, size=24, overlap=6)
    windows = windower([LONG])[0]
    assert len(windows) > 5
    assert (windows[0].start, windows[-1].end) == (0, len(LONG))
    for window, following in pairwise(windows):
        assert window.start < following.start < window.end  # they overlap
        assert len(window.ids) == 24
        again = windower([LONG[window.start : window.end].strip()])[0][0]
        assert len(set(again.ids) & set(window.ids)) >= 0.8 * len(set(window.ids))


def test_no_text_can_smuggle_a_special_token_in(backbone):
    windower = Windower(backbone.tokenizer, size=64, overlap=0)
    special = set(backbone.tokenizer.all_special_ids) - {backbone.tokenizer.unk_token_id}
    ids = windower(["bread </s> <s> <mask> <pad> bread"])[0][0].ids
    assert special.isdisjoint(ids[1:-1])
    assert (ids[0], ids[-1]) == (0, 2)


def test_a_prefix_stands_before_every_window(backbone):
    plain = Windower(backbone.tokenizer, size=24, overlap=6)
    prefixed = Windower(backbone.tokenizer, size=24, overlap=6, prefix="bread: ")
    tokens = plain(["bread:"])[0][0].ids[1:-1]
    assert all(window.ids[1 : 1 + len(tokens)] == tokens for window in prefixed([LONG])[0])
    with pytest.raises(ConfigurationError, match="make it longer"):
        Windower(backbone.tokenizer, size=8, overlap=7)


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "漢字", "😀😀", "a\ud800b"])
def test_what_cannot_be_read_abstains(backbone, text):
    outcomes = classifier(backbone).predict(["bread", text, LONG])
    assert isinstance(outcomes[1], Abstained)
    assert isinstance(outcomes[0], Value)
    assert isinstance(outcomes[2], Value)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=80))
def test_hostile_text_is_a_probability_or_an_abstention(encoder, text):
    made = classifier(load_once(encoder))
    match made.predict([text]):
        case [Value(prediction)]:
            assert all(0 <= p <= 1 for p in prediction.probabilities.values())
            assert all(0 <= start <= end <= len(text) for start, end in prediction.spans.values())
        case [outcome]:
            assert isinstance(outcome, Abstained)


def test_too_long_a_text_abstains(backbone):
    outcome = classifier(backbone).predict([LONG], max_windows=2)[0]
    assert isinstance(outcome, Abstained)
    assert "at most 2 are read" in outcome.reason


def test_alone_or_in_company(backbone):
    """Batches, their order and padding change nothing."""
    made = classifier(backbone)
    texts = [*SENTENCES, LONG, "bread"]
    together = made.predict(texts, batch_tokens=200)
    for text, outcome in zip(texts, together, strict=True):
        alone = made.predict([text])[0].value
        assert outcome.value.probabilities == pytest.approx(alone.probabilities, abs=1e-6)
        assert outcome.value.windows == alone.windows


def test_the_span_is_where_it_is_said(backbone):
    made = classifier(backbone)
    prediction = made.predict([LONG])[0].value
    windows = made.windower([LONG])[0]
    logits = made.logits(windows)
    for column, name in enumerate(OUTPUTS):
        best = windows[int(logits[:, column].argmax())]
        assert prediction.spans[name] == (best.start, best.end)
        assert prediction.probabilities[name] == pytest.approx(torch.sigmoid(logits[:, column].max()).item())


def test_saved_and_opened(backbone, tmp_path):
    made = classifier(backbone)
    before = made.predict([*SENTENCES, LONG])
    save_classifier(tmp_path / "run" / "guard", made.card, backbone, made.module)
    opened = open_classifier(tmp_path / "run")
    assert opened.card == made.card
    for old, new in zip(before, opened.predict([*SENTENCES, LONG]), strict=True):
        assert old.value.probabilities == pytest.approx(new.value.probabilities, abs=1e-6)
    digest = classifier_sha256(tmp_path / "run")
    (tmp_path / "run" / "guard" / "classifier.json").write_text(made.card.model_dump_json())
    assert classifier_sha256(tmp_path / "run") != digest
    with pytest.raises(ConfigurationError, match=r"no classifier\.json there"):
        open_classifier(tmp_path)


def test_a_window_that_the_backbone_cannot_read(backbone):
    with pytest.raises(ConfigurationError, match="window: 65 tokens, but tiny reads 64"):
        classifier(backbone, window=65)


def states(model, tokenizer, text):
    ids, mask = padded([Window(tokenizer(text).input_ids, 0, 0)], 0)
    with torch.no_grad():
        return model.eval()(input_ids=ids, attention_mask=mask).last_hidden_state


def test_a_pruned_vocabulary_leaves_no_trace_on_covered_text(encoder):
    whole, cut = load_backbone(str(encoder)), load_backbone(str(encoder))
    covered = SENTENCES[:3]
    tokenizer, kept = prune(cut.tokenizer, covered)
    shrink(cut.model, kept)
    assert len(kept) < len(whole.tokenizer)
    assert cut.model.config.vocab_size == len(tokenizer) == len(kept)
    assert (tokenizer.pad_token, tokenizer.mask_token) == ("<pad>", "<mask>")
    for text in covered:
        assert tokenizer.tokenize(text) == whole.tokenizer.tokenize(text)
        old, new = states(whole.model, whole.tokenizer, text), states(cut.model, tokenizer, text)
        assert torch.allclose(old, new, atol=1e-5)
    other = "How do I knead dough?"
    assert "<unk>" not in tokenizer.convert_ids_to_tokens(tokenizer(other).input_ids)


def test_the_commonest_tokens_of_a_vocabulary_stay_whether_seen_or_not(encoder):
    whole = load_backbone(str(encoder)).tokenizer
    covered, other = SENTENCES[:1], SENTENCES[4]
    few, kept_few = prune(whole, covered)
    more, kept_more = prune(whole, covered, commonest=len(whole) - 5)
    assert set(range(len(whole) - 5)) <= set(kept_more.tolist())
    assert set(kept_few.tolist()) <= set(kept_more.tolist())
    for text in covered:  # what was seen is read as before
        assert more.tokenize(text) == few.tokenize(text) == whole.tokenize(text)
    assert len(few.tokenize(other)) > len(more.tokenize(other))
    everything, kept = prune(whole, [], commonest=10**9)
    assert len(kept) == len(whole) == len(everything)


def test_a_pruned_byte_pair_vocabulary_too():
    """The tokenizer of decoders: what a token was merged of must stay, or it is never reached again."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words.train_from_iterator(SENTENCES * 4, trainer)
    words.post_processor = processors.RobertaProcessing(("<|end|>", 0), ("<|end|>", 0))
    before = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<|end|>", pad_token="<|end|>")
    after, kept = prune(before, SENTENCES[:2])
    assert 256 < len(kept) < len(before)
    for text in SENTENCES[:2]:
        assert after.tokenize(text) == before.tokenize(text)
        assert np.array_equal(kept[after(text).input_ids], before(text).input_ids)
    assert after.decode(after("¿漢字?", add_special_tokens=False).input_ids) == "¿漢字?"


def test_a_decoder_is_pooled_at_its_last_token(tiny):
    backbone = load_backbone(str(tiny))
    assert backbone.pooling == "last"
    made = classifier(backbone)
    prediction = made.predict(["Hello there"])[0].value
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32).model.eval()
    with torch.no_grad():
        last = model(torch.tensor([backbone.tokenizer("Hello there").input_ids])).last_hidden_state[:, -1]
        expected = torch.sigmoid(made.module.head(last))[0].tolist()
    assert list(prediction.probabilities.values()) == pytest.approx(expected, abs=1e-5)


def test_a_backbone_without_dropout_says_the_same_twice(encoder):
    model = open_backbone(encoder).model.train()
    ids = torch.arange(5, 25)[None]

    def said():
        return model(ids).last_hidden_state

    assert not torch.equal(said(), said())
    drop_out(model, 0.0)
    assert torch.equal(said(), said())


def test_frozen_layers(encoder, tiny):
    for folder, lower in ((encoder, "encoder.layer.0"), (tiny, "layers.0")):
        model = open_backbone(folder).model
        freeze(model, 1)
        frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
        assert any(name.startswith(lower) for name in frozen)
        assert any("embed" in name for name in frozen)
        assert not any(".1." in name for name in frozen)
    with pytest.raises(ConfigurationError, match="freeze: 3 layers, but llama here has 2"):
        freeze(model, 3)


def test_no_backbone_there(tmp_path):
    with pytest.raises(ConfigurationError, match="no encoder or decoder"):
        open_backbone(tmp_path)


_LOADED = {}


def load_once(folder):
    if folder not in _LOADED:
        _LOADED[folder] = load_backbone(str(folder))
    return _LOADED[folder]
