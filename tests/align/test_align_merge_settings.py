"""Settings of a merge: gradients, filters, mergekit's YAML, and what is refused."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.align.merge import Filtered, MergeConfig, merge_config, read_mergekit
from lawgiver.align.merge.settings import layer_of, position, value_at
from lawgiver.outcome import ConfigurationError

NUMBERS = st.floats(-10, 10, allow_subnormal=False)


def of(layer, part="mlp.up_proj"):
    return f"model.layers.{layer}.{part}.weight"


def at(setting, name, layers=5):
    return value_at(setting, name, position(name, layers), "weight")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("model.layers.12.mlp.up_proj.weight", 12),
        ("transformer.h.3.attn.c_attn.bias", 3),
        ("model.embed_tokens.weight", None),
        ("model.norm2.weight", None),
        ("h.0", 0),
    ],
)
def test_a_name_tells_its_layer(name, layer):
    assert layer_of(name) == layer


def test_a_gradient_runs_from_the_first_layer_to_the_last():
    assert [at((0.0, 1.0), of(layer)) for layer in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    assert [at((0.0, 1.0, 0.0), of(layer)) for layer in range(5)] == [0, 0.5, 1, 0.5, 0]
    assert at((0.1, 0.3, 0.9, 1.3), of(1), 3) == pytest.approx(0.6)
    assert at((0.2, 1.0), "lm_head.weight") == 0.2
    assert at((0.2, 1.0), of(0), 1) == 0.2


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(1, 40), st.data())
def test_a_gradient_stays_among_its_neighbours(numbers, layers, data):
    layer = data.draw(st.integers(0, layers - 1))
    value = at(tuple(numbers), of(layer), layers)
    assert min(numbers) - 1e-9 <= value <= max(numbers) + 1e-9
    if layers > 1:
        assert at(tuple(numbers), of(layers - 1), layers) == pytest.approx(numbers[-1])


def test_the_first_filter_that_fits_decides():
    setting = (
        Filtered(filter="self_attn", value=(0.0, 1.0)),
        Filtered(filter="q_proj", value=9.0),
        Filtered(filter="layers.1.", value=2.0),
        Filtered(value=0.5),
    )
    assert at(setting, of(2, "self_attn.q_proj")) == 0.5
    assert at(setting, of(4, "self_attn.q_proj")) == 1
    assert at(setting, of(1)) == 2
    assert at(setting, of(11)) == 0.5
    with pytest.raises(ConfigurationError, match=r"weight: no filter fits tensor model\.norm\.weight"):
        at(setting[:3], "model.norm.weight")


A, B, C = ({"model": name, "parameters": {"weight": 1.0}} for name in "abc")
BASE = {"merge_method": "ties", "base_model": "a", "models": [{"model": "a"}, B, C]}
SOURCES = [{"model": name, "layer_range": [0, 4]} for name in "ab"]
SLICED = {
    "merge_method": "slerp",
    "base_model": "a",
    "slices": [{"sources": SOURCES}],
    "parameters": {"t": [{"filter": "mlp", "value": [0, 1]}, {"value": 0.5}]},
    "dtype": "bfloat16",
}


@pytest.fixture
def read(tmp_path):
    def run(document) -> tuple[MergeConfig, int | None]:
        text = document if isinstance(document, str) else yaml.safe_dump(document)
        (tmp_path / "m.yaml").write_text(text)
        return read_mergekit(tmp_path / "m.yaml")

    return run


def test_mergekit_yaml(read):
    config, layers = read(
        """
models:
  - model: a
    # the base needs no parameters
  - model: b
    parameters:
      density: [1, 0.7, 0.1]
      weight: 0.5
  - model: c
    parameters:
      weight:
        - filter: mlp
          value: 0.5
        - value: 0
merge_method: ties
base_model: a
parameters:
  density: 0.33
  normalize: true
  int8_mask: true
  lambda: 0.9
dtype: float16
"""
    )
    assert (config.method, config.base, config.names, config.dtype, layers) == (
        *("ties", "a", ("a", "b", "c"), "float16"),
        None,
    )
    assert [entry.density for entry in config.models] == [(1, 0.7, 0.1), 0.33]
    assert config.models[1].weight == (Filtered(filter="mlp", value=0.5), Filtered(value=0))
    assert (config.scale, config.normalizes) == (0.9, True)


def test_slices_of_whole_models(read):
    config, layers = read(SLICED)
    assert (config.names, layers, config.dtype) == (("a", "b"), 4, "bfloat16")
    assert config.t == (Filtered(filter="mlp", value=(0, 1)), Filtered(value=0.5))
    own = read(SLICED | {"slices": [{"sources": SOURCES, "parameters": {"t": 0.1}}]})[0]
    assert own.t == 0.1


def test_linear_takes_configuration_from_its_base_model(read):
    config, _ = read({"merge_method": "linear", "base_model": "b", "models": [A, B]})
    assert (config.base, config.template, config.names) == (None, "b", ("a", "b"))
    assert config.normalizes


def test_defaults_are_mergekits(read):
    assert read(BASE)[0].normalizes
    for method in ("task_arithmetic", "dare_linear", "dare_ties"):
        assert not read(BASE | {"merge_method": method})[0].normalizes


@pytest.mark.parametrize(
    ("document", "pattern"),
    [
        (BASE | {"merge_method": "della"}, "merge_method: Input should be 'linear', 'slerp'"),
        (BASE | {"tokenizer_source": "union"}, "tokenizer_source: "),
        (BASE | {"chat_template": "auto"}, "chat_template: unknown key"),
        (BASE | {"dtype": "int8"}, "dtype: "),
        (BASE | {"parameters": {"epsilon": 0.1}}, "parameters.epsilon: unknown key"),
        (BASE | {"models": [B, {"model": "c"}]}, "models: c has no weight"),
        (BASE | {"models": [B | {"parameters": {"wieght": 1}}]}, r"models.0.parameters.wieght: unknown key"),
        (BASE | {"models": [{"model": "a"}]}, "models: "),
        (BASE | {"base_model": None}, "base_model: ties wants one"),
        (BASE | {"parameters": {"density": 1.5}}, "density of b must lie between 0 and 1"),
        (BASE | {"parameters": {"t": 0.5}}, "ties has no t; it has weight, density, lambda, normalize"),
        (BASE | {"parameters": {"rescale": True}}, "ties has no rescale"),
        (BASE | {"parameters": {"lambda": True}}, "parameters.lambda"),
        (BASE | {"parameters": {"density": []}}, "parameters.density"),
        (BASE | {"slices": SLICED["slices"]}, "give models, or slices"),
        ({"merge_method": "ties"}, "give models, or slices"),
        (SLICED | {"merge_method": "linear"}, "only slerp may have them"),
        (SLICED | {"slices": SLICED["slices"] * 2}, "2 of them; models are merged whole"),
        (SLICED | {"slices": [{"sources": [SOURCES[0], SOURCES[1] | {"layer_range": [1, 5]}]}]}, "the whole model"),
        (SLICED | {"slices": [{"sources": [s | {"layer_range": [2, 4]} for s in SOURCES]}]}, "the whole model"),
        (SLICED | {"parameters": {}}, "slerp wants t"),
        (SLICED | {"parameters": {"t": 1.5}}, "t must lie between 0 and 1"),
        (SLICED | {"base_model": "c"}, "slerp is between two models, base included; there are 3"),
        ({"merge_method": "linear", "models": [A]}, "linear wants two models or more"),
        ({"merge_method": "linear", "base_model": "c", "models": [A, B]}, "base_model: linear only merges models"),
        ("- 1\n", "a mapping of keys is wanted"),
        ("a: [", "not YAML"),
        ("x: " + "1" * (1 << 20), "larger than 1 MiB"),
    ],
)
def test_what_is_not_supported_is_named(document, pattern, read, tmp_path):
    with pytest.raises(ConfigurationError, match=pattern) as error:
        read(document)
    assert str(error.value).startswith(str(tmp_path / "m.yaml"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "1"])
def test_a_number_is_a_finite_number(number):
    with pytest.raises(ConfigurationError, match=r"models\.0\.weight"):
        merge_config("here", method="linear", models=[{"model": "a", "weight": number}, {"model": "b"}])
