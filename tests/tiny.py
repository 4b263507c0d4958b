"""A two-layer random Llama with a byte tokenizer: real in every part, made in a moment, nothing to download."""

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lawgiver.align import Recipe
from lawgiver.models.load import LoadedModel, load

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTEXT = 512


def save_tiny(folder: Path) -> Path:
    """Write model and tokenizer into a folder, the same every time."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_ = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    bytes_.add_special_tokens([AddedToken(token, special=True) for token in specials])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_, eos_token="<|im_end|>", pad_token="<|pad|>", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        initializer_range=0.3,  # wide enough for greedy decoding to have no near-ties
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def load_tiny(folder: Path) -> LoadedModel:
    """Load it in single precision, whatever this machine likes best: training then repeats to the bit."""
    loaded = load(str(folder))
    loaded.model.float()
    return loaded


def recipe(model: Path, charter: Path, **changes) -> Recipe:
    """A recipe that trains it in seconds: 2 prompts × 3 completions a step."""
    settings = {
        "model": str(model),
        "charter": str(charter),
        "steps": 4,
        "prompts_per_step": 2,
        "generations": 3,
        "max_new_tokens": 20,
        "micro_batch": 3,
        "save_every": 2,
        "learning_rate": 1e-2,
        "warmup_steps": 0,
        "lora": {"rank": 4, "alpha": 8},
        "lagrangian": {"delay": 0},
        "weighting": {"strategy": "target_weighted", "smoothing": 0.3},
    }
    return Recipe.model_validate(settings | changes)
