"""Embedders: finite unit vectors whatever the text, the same alone and in a batch."""

import numpy as np
import pytest

from leadline.errors import LeadlineError, NotFound
from leadline.models.embed import EMBEDDERS, embedder, unit


@pytest.fixture(params=sorted(EMBEDDERS))
def model(request):
    try:
        return embedder(request.param)
    except LeadlineError as error:
        pytest.skip(str(error))


TEXTS = ["The cat sat on the mat.", "A kitten rested on a rug.", "Quarterly revenue fell by 3 %.", "日本の寺"]


def test_vectors_are_finite_and_unit(model):
    vectors = model.encode([*TEXTS, "", "\u200b", "\udcff broken", "x" * 100_000])
    assert vectors.shape == (8, model.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    norms = np.linalg.norm(vectors, axis=1)
    assert all(abs(norm - 1) < 1e-5 or norm == 0 for norm in norms)
    assert norms[4] == 0


def test_a_text_has_the_same_vector_alone_and_in_any_batch(model):
    together = model.encode(TEXTS)
    assert np.array_equal(together, np.concatenate([model.encode([text]) for text in TEXTS]))
    assert np.array_equal(model.encode(TEXTS[::-1])[::-1], together)


def test_a_query_has_the_vector_of_its_text(model):
    if model.name.startswith("wordllama"):  # others may put a prefix before queries
        assert np.array_equal(model.encode_queries([*TEXTS, ""]), model.encode([*TEXTS, ""]))


def test_meaning_is_near(model):
    a, b, c, _ = model.encode(TEXTS)
    assert a @ b > a @ c + 0.1


def test_wordllama_equals_its_own_package():
    from pathlib import Path

    package = pytest.importorskip("wordllama")
    theirs = package.WordLlama.load(cache_dir=Path(package.__file__).parent, disable_download=True)
    assert np.allclose(embedder("wordllama").encode(TEXTS), theirs.embed(TEXTS, norm=True), atol=1e-6)


def test_minilm_known_cosine():
    """A pair from the published model card; int8 moves the second digit at most."""
    try:
        model = embedder("minilm")
    except LeadlineError as error:
        pytest.skip(str(error))
    a, b = model.encode(["A man is eating food.", "A man is eating a piece of bread."])
    assert a @ b == pytest.approx(0.7553, abs=0.03)


def test_unknown_embedder_lists_near_matches():
    with pytest.raises(NotFound, match="wordllama"):
        embedder("wordlama")


def test_unit_zeroes_what_cannot_be_scaled():
    rows = unit(np.array([[3.0, 4.0], [0.0, 0.0], [np.inf, 1.0]]))
    assert np.allclose(rows, [[0.6, 0.8], [0, 0], [0, 0]])
