"""Units of retrieval: the paper's chunker, as it should be and as it is upstream."""

import pytest

from leadline.errors import NotFound
from leadline.evidence.model import Document
from leadline.retrieval.units import max_p, pack, packed, unit, whole, windows


def document(text):
    return Document("d7", "", text, "u", "text/plain", "0")


def sentence(n, word):
    return " ".join([word.capitalize(), *[word] * (n - 2)]) + "."


def test_chunker_corrected_and_as_upstream():
    sizes = [100, 100, 100, 260, 40]
    assert pack(sizes) == [[0, 1], [2], [3], [4]]
    assert pack(sizes, cast_compat=True) == [[0, 1], [2], [3], [2, 4]]


@pytest.mark.parametrize("sizes", [[], [250], [249, 1], [249, 2], [10] * 30])
def test_without_long_sentences_both_chunkers_agree(sizes):
    if max(sizes, default=0) < 250:
        assert pack(sizes) == pack(sizes, cast_compat=True)
    assert [i for chunk in pack(sizes) for i in chunk] == list(range(len(sizes)))


def test_packed_text_follows_the_chunks():
    text = " ".join(
        sentence(n, w)
        for n, w in [(100, "alpha"), (100, "beta"), (100, "gamma"), (260, "delta"), (40, "eps")]
    )
    right = packed(document(text))
    assert [p.id for p in right] == ["d7_1", "d7_2", "d7_3", "d7_4"]
    assert all(text[p.start : p.end] == p.text for p in right)
    assert " ".join(p.text for p in right) == text
    twice = packed(document(text), cast_compat=True)
    assert twice[-1].text == f"{sentence(100, 'gamma')} {sentence(40, 'eps')}"


def test_windows_overlap_and_cover_the_text():
    text = " ".join(f"w{i}" for i in range(10))
    assert [p.text for p in windows(document(text), 4, 2)] == [
        "w0 w1 w2 w3",
        "w2 w3 w4 w5",
        "w4 w5 w6 w7",
        "w6 w7 w8 w9",
    ]
    assert windows(document("")) == []
    assert [p.text for p in windows(document("one two"), 4, 2)] == ["one two"]


def test_the_document_is_its_own_unit():
    (only,) = whole(document("All of it."))
    assert (only.id, only.text) == ("d7", "All of it.")


def test_max_p_takes_the_best_passage_and_breaks_ties_by_id():
    assert max_p([("d1", 3.0), ("d2", 2.5), ("d1", 4.0)]) == [("d1", 4.0), ("d2", 2.5)]
    assert max_p([("b", 1.0), ("a", 1.0)]) == [("a", 1.0), ("b", 1.0)]
    assert max_p([("10.1", 0.4), ("10.1", 0.9), ("10.2", 0.7)]) == [
        ("10.1", 0.9),
        ("10.2", 0.7),
    ]  # IoDResearch


def test_unknown_unit_lists_near_matches():
    with pytest.raises(NotFound, match="passage"):
        unit("pasage")
