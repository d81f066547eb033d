"""Analyzers and the stemmer by examples, and the compiled coder against plain Python."""

from __future__ import annotations

import random

import numpy as np
import pytest

from leadline.errors import NotFound
from leadline.retrieval.lexical.analysis import STOP_WORDS, analyzer
from leadline.retrieval.lexical.coding import ChunkTable
from leadline.retrieval.lexical.merge import to_merge
from leadline.retrieval.lexical.porter import stem
from leadline.retrieval.lexical.postings import competitive_pairs
from leadline.retrieval.lexical.vocabulary import GAP, Vocabulary

# Examples of Porter's paper, step by step, taken through all steps.
PAPER = (
    "caresses caress ponies poni ties ti cats cat feed feed agreed agre plastered plaster bled bled motoring motor "
    "sing sing conflated conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss fizzed "
    "fizz failing fail filing file happy happi sky sky relational relat conditional condit rational ration valenci "
    "valenc hesitanci hesit digitizer digit radicalli radic differentli differ vileli vile analogousli analog "
    "vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis hopefulness hope "
    "callousness callous formaliti formal sensitiviti sensit sensibiliti sensibl triplicate triplic formative form "
    "formalize formal electriciti electr electrical electr hopeful hope goodness good revival reviv allowance allow "
    "inference infer airliner airlin gyroscopic gyroscop adjustable adjust defensible defens irritant irrit "
    "replacement replac adjustment adjust dependent depend adoption adopt homologou homolog communism commun "
    "activate activ angulariti angular homologous homolog effective effect bowdlerize bowdler probate probat rate "
    "rate cease ceas controll control roll roll"
).split()


@pytest.mark.parametrize(("word", "expected"), list(zip(PAPER[::2], PAPER[1::2], strict=True)))
def test_stems_of_the_paper(word: str, expected: str) -> None:
    assert stem(word) == stem(word, as_published=True) == expected


def test_lucenes_departures_from_the_paper() -> None:
    assert (stem("archaeology"), stem("archaeology", as_published=True)) == ("archaeolog", "archaeologi")
    assert (stem("possibly"), stem("possibly", as_published=True)) == ("possibl", "possibli")
    assert [stem(w) for w in ("is", "a", "yy", "sss", "ing", "ed", "naïve")] == [
        "is",
        "a",
        "yy",
        "sss",
        "ing",
        "ed",
        "naïv",
    ]


def test_english_tokens() -> None:
    text = "The patient's 3.5 mg doses, e.g. U.S.A. don't co-op Müller’s 1,000 x_y."
    assert analyzer("english")(text) == [
        None, "patient", "3.5", "mg", "dose", "e.g", "u.s.a", "don't", "co", "op", "müller", "1,000", "x_y",
    ]  # fmt: skip
    assert len(STOP_WORDS) == 33


def test_ascii_and_other_text_are_cut_alike() -> None:
    text = "It's 3.5% of what (e.g.) the U.S.A.'s co-ops paid: $1,000; a_b 'quoted' end."
    assert analyzer("english")(text + " é")[:-1] == analyzer("english")(text)


def test_words_and_plain_and_unicode_tokens() -> None:
    assert analyzer("words")("The cat's 3.5 hats") == [None, "cat", "s", "3", "5", "hat"]
    assert analyzer("none")("The cat's  3.5\nhats") == ["The", "cat's", "3.5", "hats"]
    assert analyzer("unicode")("東京都の Straße हिन्दी 한") == [
        "東京",
        "京都",
        "都の",
        "strasse",
        "हिन्दी",
        "한",
    ]
    with pytest.raises(NotFound, match="english"):
        analyzer("englsh")


def test_compiled_coding_equals_plain_python() -> None:
    rng = random.Random(4)
    words = [
        chr(rng.choice((rng.randint(33, 126), rng.randint(0xA1, 0x2FF)))) * rng.randint(1, 3) + str(i)
        for i in range(9000)
    ]
    pieces = [
        rng.choice((" ", "\t", " \n ")).join(rng.choices(words, k=rng.randint(0, 40))) for _ in range(900)
    ]
    table = ChunkTable()
    seen: list[str] = []
    for part in (pieces[:300], [], pieces[300:], [GAP, "", "a"]):
        places, sizes, fresh = table.code(part)
        seen += fresh
        assert [seen[i] for i in places] == [chunk for piece in part for chunk in piece.split()]
        assert sizes.tolist() == [len(piece.split()) for piece in part]
    assert len(seen) == len(set(seen))


def test_a_chunk_of_several_tokens_takes_several_places() -> None:
    vocabulary = Vocabulary(analyzer("english"))
    codes, sizes = vocabulary.encode(["one 1,a'b the", GAP, "one"])
    tokens, counts = vocabulary.expand(codes)
    names = [vocabulary.names[t].decode() if t >= 0 else None for t in tokens]
    assert names == ["on", "1", "a'b", None, *[None] * 16, "on"]
    assert sizes.tolist() == [3, 1, 1]
    assert counts.tolist() == [1, 2, 1, 16, 1]


def test_competitive_pairs_by_hand() -> None:
    """(1, 5) loses to (1, 3); (2, 9) to (3, 7); (1, 3) and (3, 7) stay. The second block is too small to keep any."""
    tf, length = np.array([1, 1, 2, 3] * 3 + [4]), np.array([5, 3, 9, 7] * 3 + [2])
    pairs = competitive_pairs(np.array([0, 12, 13]), tf, length)
    assert pairs["pair_n"].tolist() == [2, 0]
    assert list(zip(pairs["pair_tf"].tolist(), pairs["pair_len"].tolist(), strict=True)) == [(3, 7), (1, 3)]


def test_merge_policy() -> None:
    assert to_merge([5] * 7, [5] * 7) == []
    assert to_merge([5] * 8 + [9000], [5] * 8 + [9000]) == list(range(8))
    assert to_merge([74, 76], [100, 100]) == [0]
