"""A two-layer random BERT with a SentencePiece-like tokenizer of 300 pieces, made in a moment."""

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors, trainers
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
    words = Tokenizer(Unigram())
    words.normalizer = normalizers.NFKC()
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=SPECIALS, unk_token="<unk>", show_progress=False)
    words.train_from_iterator(sentences * 4, trainer)
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
