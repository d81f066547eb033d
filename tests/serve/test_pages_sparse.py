"""The learned-sparse column: encoded in the background, kept, only what is new encoded again, scores explained."""

import re
import time
from threading import Event

import pytest
from pages_client import Browser

from leadline.errors import Busy, ModelError, UsageError
from leadline.files import home
from leadline.models.embed_minilm import file_of
from leadline.serve.pages.rankers import Asked, search
from leadline.serve.pages.sparse import Sparse, texts_of

WEIGHTS = file_of("cognition", "model/model.safetensors")
MEANS = {"lamp": "light", "lights": "light", "valve": "tap"}


class Thesaurus:
    """Every word weighs 1, and 0.5 goes to the word that it means; `asked` are the texts that were encoded."""

    name = "thesaurus"

    def __init__(self):
        self.asked, self.go = [], Event()
        self.go.set()

    def pieces(self, text):
        return re.findall(r"\w+", text.lower())

    def encode(self, texts):
        self.go.wait(10)
        self.asked += texts
        return [self._one(text) for text in texts]

    def _one(self, text):
        words = set(self.pieces(text))
        return dict.fromkeys(words, 1.0) | {MEANS[w]: 0.5 for w in words if w in MEANS}


def patient(line, collection):
    for _ in range(200):
        try:
            return line.take(collection)
        except Busy:
            time.sleep(0.02)
    raise AssertionError("the encoding did not end")


@pytest.fixture
def encoder():
    return Thesaurus()


@pytest.fixture
def line(encoder):
    found = Sparse(lambda: encoder)
    yield found
    encoder.go.set()
    found.close()


def test_a_score_is_the_products_of_the_words_that_both_have(collection, line):
    ready = patient(line, collection)
    found = ready.search("harbour lamp", 10)
    (best,) = found.hits  # harbour 1 x 1, and light .5 x .5, which neither text has as a word
    assert best.score == pytest.approx(1.25)
    (matches,) = ready.matches("harbour lamp", texts_of(collection, found.hits)).values()
    assert [(m.word, m.query, m.passage, m.added) for m in matches] == [
        ("harbour", 1.0, 1.0, False),
        ("light", 0.5, 0.5, True),
    ]
    assert [(m.word, m.query, m.added) for m in ready.words("lamp")] == [
        ("lamp", 1.0, False),
        ("light", 0.5, True),
    ]
    assert ready.search("", 10).hits == ()
    column = search(collection, Asked("harbour lamp", 0.9, 0.4, ()), "sparse", line)
    assert list(column.why.values()) == ["harbour 1.00 × 1.00 + ≈light 0.50 × 0.50"]
    assert column.read.startswith("Reads the query as harbour 1.00, lamp 1.00, ≈light 0.50; ≈ is")
    assert column.hits.hits[0].document


def test_only_new_texts_are_encoded_and_an_update_is_seen(collection, line, encoder, tmp_path):
    patient(line, collection)
    assert len(encoder.asked) == 3
    again = Sparse(lambda: encoder)  # as after a restart
    patient(again, collection)
    assert len(encoder.asked) == 3
    twins = [tmp_path / "more.md", tmp_path / "twin.md"]
    for path in twins:
        path.write_text("# Red\n\nThe harbour tap.\n")
    collection.update(twins)
    before = len(encoder.asked)
    ready = patient(again, collection)
    assert len(encoder.asked) == before + 1  # twins have one text
    assert len(ready.search("tap", 10).hits) == 3  # both, and the valve that means a tap
    collection.forget(["more.md"])
    assert len(patient(again, collection).search("tap", 10).hits) == 2
    again.close()


def test_while_it_goes_on_the_column_says_how_far_and_the_page_looks_again(collection, encoder):
    encoder.go.clear()
    line = Sparse(lambda: encoder, wait_s=0.01)
    column = search(collection, Asked("lamp", 0.9, 0.4, ()), "sparse", line)
    assert column.waits
    assert "Encoding: 0 of 3 passages" in column.problem
    encoder.go.set()
    patient(line, collection)
    line.close()


def test_a_server_that_stops_keeps_what_was_encoded(collection, encoder):
    line = Sparse(lambda: encoder, batch=1)
    line.leaving.set()
    with pytest.raises(Busy, match="stops"):
        line.take(collection)
    assert len(encoder.asked) == 1
    patient(Sparse(lambda: encoder), collection)
    assert len(encoder.asked) == 3


def test_a_damaged_cache_is_made_anew_and_one_of_a_collection_that_is_gone_removed(collection, line, encoder):
    patient(line, collection)
    folder = home() / "cache" / "splade"
    (folder / "c" / "manifest.json").write_text("{")
    (folder / "long-gone").mkdir()
    other = Sparse(lambda: encoder)
    assert len(patient(other, collection).search("lamp", 10).hits) == 1
    assert [path.name for path in folder.iterdir()] == ["c"]
    other.close()


def test_too_large_or_without_the_model_says_what_to_do(collection, encoder):
    def missing():
        raise ModelError("The weights are not on this machine.", remedy="Run: pip install weights")

    column = search(collection, Asked("lamp", 0.9, 0.4, ()), "sparse", Sparse(missing))
    assert (column.hits, column.waits) == (None, False)
    assert "Run: pip install weights" in column.problem
    with pytest.raises(
        UsageError, match=r"at most 2 passages here; this collection has 3.*smaller collection"
    ):
        Sparse(lambda: encoder, most=2).take(collection)


@pytest.mark.skipif(WEIGHTS is None, reason="no weights here")
def test_the_real_encoder_on_a_page(collection):
    pytest.importorskip("scipy")
    browser = Browser()
    asked = {"query": "Which navy fitted harbour lamps?", "with": ["bm25", "sparse"]}
    for _ in range(100):
        page = browser.get("/search", params=asked).text
        if "data-again" not in page:
            break
    column = page.split('class="column"')[2]
    assert "Reads the query as" in column
    first = column.split("<li>")[1]
    assert ">lights<" in first
    score = float(re.search(r"score ([\d.]+) =", first)[1])
    parts = re.search(r"= (.*?) · ", first)[1].split(" + ")
    assert "≈" in first
    total = sum(eval_product(part) for part in parts)
    assert total == pytest.approx(score, abs=0.01 * len(parts))


def eval_product(part):
    """`harbour 1.50 × 0.40`, or `7 more words 2.10`."""
    numbers = [float(x) for x in re.findall(r"\d+\.\d+", part)]
    return numbers[0] * numbers[1] if len(numbers) == 2 else numbers[0]
