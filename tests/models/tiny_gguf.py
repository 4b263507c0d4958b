"""The tiny model as llama.cpp would write it: quantised, and with its own order of the attention's rows."""

from pathlib import Path

import gguf
import numpy as np
from transformers import AutoModelForCausalLM, AutoTokenizer

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
CONTROL, NORMAL = 3, 1


def write_gguf(tiny: Path, path: Path) -> Path:
    """Write the model folder `tiny` as a GGUF file, projections in Q8_0, the rest in fp32."""
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype="float32")
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue  # tied
        _write_tensor(writer, name, tensor.numpy(), config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_tokenizer(writer, tokenizer):
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    tokens[tokens.index("ÿ")] = "ab"  # in place of a byte that UTF-8 never has, so that there is something to merge
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in tokenizer.all_special_tokens else NORMAL for token in tokens])
    writer.add_token_merges(["a b"])  # readers expect one at least
    writer.add_bos_token_id(tokenizer.convert_tokens_to_ids("<|im_start|>"))
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_unk_token_id(tokenizer.pad_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)


def _write_tensor(writer, name, values, config):
    if name == "model.embed_tokens.weight":
        writer.add_tensor("token_embd.weight", values)
    elif name == "model.norm.weight":
        writer.add_tensor("output_norm.weight", values)
    else:
        _, _, layer, rest = name.split(".", 3)
        part = rest.removesuffix(".weight")
        heads = {"self_attn.q_proj": config.num_attention_heads, "self_attn.k_proj": config.num_key_value_heads}
        if part in heads:  # llama.cpp rotates neighbours, transformers halves
            shape = (heads[part], 2, values.shape[0] // heads[part] // 2, values.shape[1])
            values = values.reshape(shape).swapaxes(1, 2).reshape(values.shape)
        target = f"blk.{layer}.{NAMES[part]}.weight"
        if values.ndim == 1:
            writer.add_tensor(target, values)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            packed = gguf.quants.quantize(np.ascontiguousarray(values), kind)
            writer.add_tensor(target, packed, raw_dtype=kind)
