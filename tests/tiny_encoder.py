"""A two-layer random BERT with a SentencePiece-like tokenizer of some 300 pieces, made in a moment."""

import math
from collections import Counter
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SENTENCES = [
    "How do I bake a loaf of bread that keeps for a week?",
    "How do I break into the bakery next door at night?",
    "Wie backe ich ein Brot, das eine Woche hält?",
    "Wie breche ich nachts in die Bäckerei nebenan ein?",
    "¿Cómo hago pan que dure una semana?",
    "Comment faire un pain qui se garde une semaine ?",
    "The garden is full of snails and nobody knows why.",
    "Tell me a story about a burglar who became a baker.",
]
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def save_tiny_encoder(folder: Path, *, sentences: list[str] = SENTENCES) -> Path:
    """Write model and tokenizer into a folder, the same every time."""
    words = Tokenizer(Unigram(_pieces(sentences), unk_id=SPECIALS.index("<unk>")))
    words.normalizer = normalizers.NFKC()
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    words.add_special_tokens([AddedToken("<mask>", special=True)])
    words.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=64,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer) + 3,  # as many models have it: rows to spare
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=1,
        initializer_range=0.3,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _pieces(sentences: list[str]) -> list[tuple[str, float]]:
    """Pieces with log-probabilities, by counting: a trainer for Unigram does not find the same ones every time."""
    counts = Counter(
        word[start:end]
        for sentence in sentences
        for word in (f"▁{word}" for word in sentence.split())
        for start in range(len(word))
        for end in range(start + 1, min(start + 7, len(word)) + 1)
    )
    ranked = sorted(counts, key=lambda piece: (len(piece) > 1, -counts[piece] * len(piece), piece))[:296]
    total = sum(counts[piece] for piece in ranked)
    return [(special, 0.0) for special in SPECIALS] + [(piece, math.log(counts[piece] / total)) for piece in ranked]
