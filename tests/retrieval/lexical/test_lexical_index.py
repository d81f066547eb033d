"""The index as its users see it: formulas by hand, query syntax, filters, changes, equality of both engines."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import NotFound, StoreError, UsageError
from leadline.retrieval.lexical import LexicalIndex

Documents = dict[str, tuple[Any, dict[str, Any]]]


def build(folder: Path, documents: dict[str, Any], analyzer: str = "none", parts: int = 1) -> LexicalIndex:
    index = LexicalIndex.create(folder, analyzer)
    items = list(documents.items())
    for part in range(parts):
        with index.writer() as writer:
            for id, text in items[part::parts]:
                writer.add(id, text)
    return index


def bm25(texts: dict[str, str], query: str, k1: float, b: float) -> dict[str, float]:
    """The formula, slowly: sum of idf tf / (tf + k1 (1 - b + b length / mean))."""
    counts = {id: Counter(text.split()) for id, text in texts.items()}
    mean = sum(sum(c.values()) for c in counts.values()) / len(counts)
    scores: dict[str, float] = {}
    for term in query.split():
        df = sum(term in c for c in counts.values())
        idf = math.log(1 + (len(counts) - df + 0.5) / (df + 0.5))
        for id, c in counts.items():
            if term in c:
                norm = k1 * (1 - b + b * sum(c.values()) / mean)
                scores[id] = scores.get(id, 0.0) + idf * c[term] / (c[term] + norm)
    return scores


def random_texts(n: int, seed: int, vocabulary: int = 60) -> dict[str, str]:
    rng = random.Random(seed)
    words = [f"t{i}" for i in range(vocabulary)]
    chances = [1 / (i + 1) for i in range(vocabulary)]
    return {f"d{i:05d}": " ".join(rng.choices(words, chances, k=rng.randint(0, 30))) for i in range(n)}


def same(first: LexicalIndex, second: LexicalIndex, query: str, **options: Any) -> None:
    left, right = first.search(query, **options), second.search(query, **options)
    assert [(h.id, h.score) for h in left.hits] == [(h.id, h.score) for h in right.hits]


@pytest.mark.parametrize(
    ("k1", "b", "expected"),
    [(0.9, 0.4, [0.324140, 0.264047, 0.543936]), (10, 1, [0.078334, 0.061305, 0.094096])],
)
def test_scores_of_the_specification(tmp_path: Path, k1: float, b: float, expected: list[float]) -> None:
    index = build(tmp_path, {"d1": "a b a", "d2": "b c", "d3": "a c c d"})
    scores = {hit.id: hit.score for hit in index.search("a c", k1=k1, b=b).hits}
    assert [scores[d] for d in ("d1", "d2", "d3")] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_equals_the_formula(tmp_path: Path, engine: Any) -> None:
    texts = random_texts(300, seed=3)
    build(tmp_path, texts, parts=3)
    index = LexicalIndex.open(tmp_path, engine=engine)
    for query in ("t0 t5 t59", "t1 t1 t2", "t40"):
        for k1, b in ((0.9, 0.4), (1.2, 0.75), (0, 0), (10, 1)):
            expected = bm25(texts, query, k1, b)
            found = {hit.id: hit.score for hit in index.search(query, 400, k1=k1, b=b).hits}
            assert found == pytest.approx(expected, rel=1e-6)


def test_pruned_search_equals_exhaustive_to_the_bit(tmp_path: Path) -> None:
    """Two ranges of documents, windows, many ties, skewed lengths; small k prunes hard, large k not at all."""
    rng = np.random.default_rng(5)
    chances = 1 / np.arange(1, 401)
    words = rng.choice(400, size=70_000 * 12, p=chances / chances.sum())
    lengths = rng.integers(1, 12, 70_000)
    index = LexicalIndex.create(tmp_path, "none")
    with index.writer() as writer:
        at = 0
        for i, n in enumerate(lengths.tolist()):
            writer.add(f"d{i:06d}", " ".join(map(str, words[at : at + n].tolist())), {"odd": i % 2 == 1})
            at += n
    queries = [" ".join(map(str, rng.choice(400, size=rng.integers(1, 8)).tolist())) for _ in range(40)]
    queries += ["0 1 2", "399", "0", "5 5 5 300", "7 +350", '"0 1" 17', "3 4 -0"]
    exact, pruned = LexicalIndex.open(tmp_path, engine="numpy"), LexicalIndex.open(tmp_path, engine="numba")
    for k, filter, k1, b in [
        (1, None, 0.9, 0.4),
        (10, None, 1.5, 0.75),
        (700, None, 0.9, 0.4),
        (10, {"odd": True}, 3, 1),
    ]:
        left = exact.rank_batch(queries, k, filter, k1=k1, b=b)
        right = pruned.rank_batch(queries, k, filter, k1=k1, b=b)
        assert np.array_equal(left.numbers, right.numbers)
        assert np.array_equal(left.scores.view(np.uint32), right.scores.view(np.uint32))


def test_equal_scores_are_ordered_by_id_across_segments(tmp_path: Path) -> None:
    index = build(tmp_path, dict.fromkeys("gbdafce", "x"), parts=3)
    assert index.search("x", 5).ids == ("a", "b", "c", "d", "e")
    assert [hit.rank for hit in index.search("x", 3).hits] == [1, 2, 3]


# ---- any sequence of changes -------------------------------------------------------------------------

TEXTS = st.lists(st.sampled_from("abcde"), max_size=6).map(" ".join)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("pqrstuvw"), TEXTS, st.sampled_from([1, 2])),
        st.tuples(st.just("delete"), st.sampled_from("pqrstuvw")),
        st.just(("commit",)),
        st.just(("merge",)),
        st.just(("flush",)),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_any_changes_equal_an_index_built_afresh(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Any]
) -> None:
    index = LexicalIndex.create(tmp_path_factory.mktemp("changed"), "none")
    current: Documents = {}
    with index.writer() as writer:
        for change in changes:
            if change[0] == "add":
                fields = {"title": change[2][:1], "text": change[2]} if change[3] == 1 else change[2]
                writer.add(change[1], fields, {"n": change[3]})
                current[change[1]] = (fields, {"n": change[3]})
            elif change[0] == "delete":
                writer.delete(change[1])
                current.pop(change[1], None)
            else:
                {"commit": writer.commit, "merge": writer.merge, "flush": writer._flush}[change[0]]()
    fresh = LexicalIndex.create(tmp_path_factory.mktemp("fresh"), "none")
    with fresh.writer() as writer:
        for id, (fields, metadata) in current.items():
            writer.add(id, fields, metadata)
    assert index.ids() == fresh.ids() == sorted(current)
    assert len(index) == len(current)
    assert index.id == fresh.id
    index.verify()
    for query in (
        "a b",
        "a a e",
        '"a b" c',
        "+a b",
        "-a b c",
        '-"a b" a b',
        "title:a text:b",
        '+text:"b c" d',
    ):
        for options in ({}, {"k1": 2.0, "b": 1.0}, {"filter": {"n": 1}}):
            if current and not ("filter" in options and not any(m["n"] == 1 for _, m in current.values())):
                same(index, fresh, query, **options)
    again = LexicalIndex.open(index.folder)
    same(index, again, "a b c d e")


def test_deleted_documents_do_not_count_in_idf_or_length(tmp_path: Path) -> None:
    index = build(tmp_path / "a", {"d1": "a b", "d2": "a a a a c", "d3": "b c"})
    with index.writer() as writer:
        writer.delete("d2")
    assert "d2" not in index
    assert "d1" in index
    assert {h.id: h.score for h in index.search("a b").hits} == pytest.approx(
        bm25({"d1": "a b", "d3": "b c"}, "a b", 0.9, 0.4), rel=1e-6
    )


def test_the_last_of_two_additions_counts(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path, "none")
    with index.writer() as writer:
        writer.add("d", "old")
        writer.add("d", "new")
    assert len(index) == 1
    assert index.search("old").ids == ()
    assert index.search("new").ids == ("d",)


def add_then_fail(index: LexicalIndex) -> None:
    with index.writer() as writer:
        writer.add("e", "lost")
        writer._flush()
        writer.add("", "refused")


def test_an_exception_drops_all_changes(tmp_path: Path) -> None:
    index = build(tmp_path, {"d": "kept"})
    with pytest.raises(UsageError):
        add_then_fail(index)
    assert index.ids() == LexicalIndex.open(tmp_path).ids() == ["d"]
    with index.writer() as writer:
        writer.add("f", "next")
    assert index.ids() == ["d", "f"]


# ---- syntax ------------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex.create(tmp_path / "library")
    with index.writer() as writer:
        writer.add(
            "moby",
            {"title": "Moby Dick", "text": "The white whale sank the ship"},
            {"year": 1851, "tags": ["sea", "whale"]},
        )
        writer.add(
            "ship",
            {"title": "The Ship", "text": "A white boat and a whale of a time"},
            {"year": 1999, "tags": ["sea"]},
        )
        writer.add(
            "car", {"title": "Cars", "text": "Whale white is a paint for a car"}, {"year": 1999, "tags": []}
        )
    return index


def test_phrase_lifts_and_required_phrase_filters(library: LexicalIndex) -> None:
    assert library.search('"white whale"').ids[0] == "moby"
    assert len(library.search('"white whale"').hits) == 3
    assert library.search('+"white whale"').ids == ("moby",)
    assert set(library.search('whale -"white whale"').ids) == {"ship", "car"}


def test_phrase_needs_the_same_gap_where_stop_words_stood(library: LexicalIndex) -> None:
    assert library.search('+"sank the ship"').ids == ("moby",)
    assert library.search('+"sank ship"').ids == ()
    assert (
        library.search('+"dick the white"').ids == ()
    )  # a phrase does not reach from one field into the next


def test_required_and_excluded_words(library: LexicalIndex) -> None:
    assert set(library.search("white +boat").ids) == {"ship"}
    assert set(library.search("white -boat").ids) == {"moby", "car"}
    hits = library.search("-boat")
    assert hits.hits == ()
    assert "Nothing to search for" in hits.notes[0]


def test_fields(library: LexicalIndex) -> None:
    assert library.search("title:ship").ids == ("ship",)
    assert set(library.search("ship").ids) == {"ship", "moby"}
    assert library.search('+text:"white whale" title:cars').ids == ("moby",)
    hits = library.search("site:example.org whale")
    assert len(hits.hits) == 3
    assert "no field 'site'" in hits.notes[0]


def test_boost_multiplies_a_terms_part(library: LexicalIndex) -> None:
    def score(query: str) -> float:
        return {h.id: h.score for h in library.search(query).hits}["ship"]

    assert score("boat^3") == pytest.approx(3 * score("boat"), rel=1e-6)
    assert score("boat boat") == pytest.approx(2 * score("boat"), rel=1e-6)


@pytest.mark.parametrize(
    "query",
    ['white "whale', 'a"b"c"', '"', '""', "+", "-", "^2", "a^", "x:", "::", '+"', "boat^nan", "\ud800"],
)
def test_broken_syntax_is_searched_as_words(library: LexicalIndex, query: str) -> None:
    library.search(query)
    if query.count('"') % 2:
        assert any("quotes" in note for note in library.search(query).notes)


def test_operators_of_other_engines_get_a_note(library: LexicalIndex) -> None:
    assert "not operators" in library.search("whale AND boat").notes[0]


# ---- filters -----------------------------------------------------------------------------------------


def test_filter_inside_the_search(library: LexicalIndex) -> None:
    assert library.search("white whale", 1).ids == ("car",)
    assert library.search("white whale", 1, {"year": 1851}).ids == ("moby",)
    assert set(library.search("white", filter={"year": [1999, 2001]}).ids) == {"ship", "car"}
    assert library.search("white", filter={"year": 1999.0, "tags": "sea"}).ids == ("ship",)
    assert library.search("white", filter={"year": "1999"}).ids == ()
    with pytest.raises(NotFound, match="year"):
        library.search("white", filter={"yaer": 1999})


# ---- odd requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"k": 0},
        {"k": -1},
        {"k1": float("nan")},
        {"k1": -1.0},
        {"b": 1.5},
        {"b": float("nan")},
        {"k1": float("inf")},
    ],
)
def test_parameters_that_make_no_sense_are_refused(library: LexicalIndex, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        library.search("whale", **options)


def test_empty_huge_and_greedy_queries(library: LexicalIndex) -> None:
    assert library.search("").hits == ()
    assert library.search("the of").notes
    assert len(library.search("white", 10**9).hits) == 3
    assert len(library.search("whale " + "noise words " * 90_000).hits) == 3
    assert len(library.search('whale "' + "white boat " * 90_000 + '"').hits) == 3
    library.search("+whale -boat " * 40_000)
    assert library.search_batch([]) == []


def test_a_pasted_book_is_searched_by_its_beginning_and_the_note_says_so(library: LexicalIndex) -> None:
    short, book = "whale boat", "whale boat " + "noise " * 180_000
    (note,) = library.search(book).notes
    assert note == "The query has 1,080,011 characters: its first 65,536 are searched."
    assert library.search(book).hits == library.search(short).hits
    assert library.search("noise " * 11_000 + "whale").hits == ()  # it stands beyond the bound
    assert library.search("a" * 1_000_000).hits == ()
    assert library.search("whale" + " " * 100_000).notes == ()  # nothing but white space was left out


def test_more_words_than_a_query_may_have_are_noted(library: LexicalIndex) -> None:
    words = " ".join(f"w{i}" for i in range(1023))
    assert library.search(f"{words} whale").notes == ()
    (note,) = library.search(f"{words} whale boat").notes
    assert note == "The query has 1,025 different words: its rarest 1,024 are searched."
    assert len(library.search(" ".join(f"no{i}:x" for i in range(9000))).notes) == 22  # 20 of the syntax


def test_an_empty_index_answers_with_nothing(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path)
    assert index.search("anything", filter={"x": 1}).hits == ()
    assert index.search('+a "b c"').hits == ()


@pytest.mark.parametrize("id", ["", "a\0b", "x" * 2000, "\ud800"])
def test_ids_that_cannot_be_stored_are_refused(tmp_path: Path, id: str) -> None:
    index = LexicalIndex.create(tmp_path)
    with pytest.raises(UsageError, match="cannot be an id"), index.writer() as writer:
        writer.add(id, "text")


def test_nan_metadata_is_refused(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path)
    with pytest.raises(UsageError, match="NaN"), index.writer() as writer:
        writer.add("a", "text", {"x": float("nan")})


def test_texts_with_anything_in_them(tmp_path: Path) -> None:
    for analyzer in ("english", "unicode", "none"):
        index = LexicalIndex.create(tmp_path / analyzer, analyzer)
        with index.writer() as writer:
            writer.add("ü", "null \0 byte, lone \ud800 surrogate, ß ﬁ 東京 \u202e end")
            writer.add("empty", "")
        assert index.search("null").ids == ("ü",)
        assert len(index) == 2


def test_a_batch_equals_single_searches_and_arrays(library: LexicalIndex) -> None:
    queries = ["whale", "white +boat", '"white whale"', "", "paint time"]
    batch = library.search_batch(queries, 2)
    assert batch == [library.search(query, 2) for query in queries]
    ranking = library.rank_batch(queries, 2)
    assert [tuple(library.ids_of(row)) for row in ranking.numbers] == [hits.ids for hits in batch]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_one_question_over_one_segment_equals_the_batch(tmp_path: Path, engine: Any) -> None:
    """Plain questions take a shorter way: repeated, unknown and boosted words, more wanted than found, deletions."""
    index = LexicalIndex.create(tmp_path, "none")
    with index.writer() as writer:
        for i, (id, text) in enumerate(random_texts(400, seed=8).items()):
            writer.add(id, text, {"odd": i % 2 == 1})
    with index.writer() as writer:
        writer.delete("d00003")
    index = LexicalIndex.open(tmp_path, engine=engine)
    queries = ["t0 t5 t59", "t1 t1 t2 nowhere", "t40^2 t3", "nowhere", "", "t59"]
    for k, filter, k1, b in [(1, None, 0.9, 0.4), (10, {"odd": True}, 1.5, 0.75), (1000, None, 0, 0)]:
        batch = index.search_batch(queries, k, filter, k1=k1, b=b)
        assert [index.search(query, k, filter, k1=k1, b=b) for query in queries] == batch
        assert batch[0].hits


def test_create_and_open_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no index"):
        LexicalIndex.open(tmp_path)
    with pytest.raises(NotFound, match="english"):
        LexicalIndex.create(tmp_path, "englisch")
    LexicalIndex.create(tmp_path)
    with pytest.raises(StoreError, match="already"):
        LexicalIndex.create(tmp_path)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_tie_past_the_kth_place_of_an_older_segment_goes_to_the_smaller_id(tmp_path, engine):
    index = LexicalIndex.create(tmp_path)
    with index.writer() as writer:
        for i in range(300):
            writer.add(f"b{i:03}", "x pad")
    with index.writer() as writer:
        writer.add("a0", "x pad")
        writer.add("z", "x x")
    index = LexicalIndex.open(tmp_path, engine=engine)
    assert len(index._snapshot.parts) == 2
    assert index.search("x", 3).ids == ("z", "a0", "b000")
    assert index.search("x", 302).ids == ("z", "a0", *(f"b{i:03}" for i in range(300)))


def test_ties_between_segments_written_out_of_order_go_to_the_smaller_id(tmp_path: Path) -> None:
    """Segments whose ids do not interleave need no comparing of ids, in whatever order they were written."""
    index = LexicalIndex.create(tmp_path)
    for first in (200, 0, 100):
        with index.writer() as writer:
            for i in range(first, first + 50):
                writer.add(f"d{i:03}", "x")
    assert index._snapshot.in_id_order
    assert index.search("x", 120).ids == tuple(
        f"d{i:03}" for i in (*range(50), *range(100, 150), *range(200, 220))
    )
    with index.writer() as writer:
        writer.add("d120x", "x")
    assert not index._snapshot.in_id_order
    assert index.search("x", 72).ids[-2:] == ("d120", "d120x")
