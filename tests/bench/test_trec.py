"""TREC and BEIR files: round trips, and every broken line is named."""

import pytest

from leadline.bench.trec import (
    read_qrels,
    read_run,
    read_topics,
    read_trec_corpus,
    write_qrels,
    write_run,
    write_trec,
)
from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.retrieval.base import Hit
from leadline.retrieval.beir import read_corpus, read_qrels_tsv, read_queries, write_beir

DOCUMENTS = [
    Document("A-1", "Boats", "A boat floats.", "u", "text/plain", "0", metadata={"year": "1999"}),
    Document("B 2".replace(" ", "_"), "", "A train runs.", "u", "text/plain", "0"),
]
QUERIES = {"q1": "boat", "q2": "train\twith tab".replace("\t", " ")}
QRELS = {"q1": {"A-1": 2, "B_2": 0}, "q2": {"B_2": 1}}


def test_a_run_comes_back_exactly(tmp_path):
    run = {"q1": (Hit("A-1", 1 / 3, 1), Hit("B_2", 1e-17, 2)), "q2": ()}
    write_run(tmp_path / "r.run", run, "tag")
    assert read_run(tmp_path / "r.run") == {"q1": run["q1"]}
    assert read_run(f"{tmp_path}/r.run") == {"q1": run["q1"]}


def test_ranks_follow_scores_and_ties_follow_ids(tmp_path):
    (tmp_path / "r").write_text("q Q0 b 1 5 t\nq Q0 a 2 5 t\nq Q0 c 3 9 t\n")
    assert [(h.id, h.rank) for h in read_run(tmp_path / "r")["q"]] == [("c", 1), ("a", 2), ("b", 3)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q Q0 a 1 5 t\nq Q0 a 1 5\n", "line 2: 5 fields"),
        ("q Q0 a 1 five t\n", "line 1: the score 'five'"),
        ("q Q0 a 1 nan t\n", "line 1: the score 'nan'"),
        ("q Q0 a 1 5 t\n\nq Q0 a 2 4 t\n", "line 3: document a occurs twice"),
    ],
)
def test_broken_runs(tmp_path, text, message):
    (tmp_path / "r").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_run(tmp_path / "r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q 0 a 1\nq 0 a\n", "line 2"),
        ("q 0 a yes\n", "line 1"),
        ("query-id\tcorpus-id\tscore\nq\ta\n", "line 2"),
        ("query-id\tcorpus-id\tscore\nq\ta\thigh\n", "line 2"),
    ],
)
def test_broken_judgements(tmp_path, text, message):
    (tmp_path / "q").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_qrels(tmp_path / "q")


def test_missing_files_and_bytes_that_are_not_text(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        read_run(tmp_path / "none")
    (tmp_path / "r").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_run(tmp_path / "r")
    with pytest.raises(UsageError, match="one word"):
        write_run(tmp_path / "x", {}, "two words")


def test_trec_layout_round_trip(tmp_path):
    write_trec(tmp_path, DOCUMENTS, QUERIES, QRELS)
    documents = read_trec_corpus([tmp_path / "corpus.trec"])
    assert [(d.id, d.title, d.text) for d in documents] == [(d.id, d.title, d.text) for d in DOCUMENTS]
    assert read_topics(tmp_path / "topics.tsv") == QUERIES
    assert read_qrels(tmp_path / "qrels.txt") == QRELS


def test_beir_layout_round_trip(tmp_path):
    write_beir(tmp_path, DOCUMENTS, QUERIES, QRELS)
    documents = list(read_corpus(tmp_path))
    assert [(d.id, d.title, d.text, d.metadata) for d in documents] == [
        (d.id, d.title, d.text, d.metadata) for d in DOCUMENTS
    ]
    assert read_queries(tmp_path) == QUERIES
    assert read_qrels_tsv(tmp_path / "qrels" / "test.tsv") == QRELS
    assert read_qrels(tmp_path / "qrels" / "test.tsv") == QRELS
    write_qrels(tmp_path / "q.txt", QRELS)
    assert read_qrels(tmp_path / "q.txt") == QRELS


def test_classic_topics_and_documents(tmp_path):
    (tmp_path / "t").write_text(
        "<top>\n<num> Number: 301\n<title> International\n Organized Crime\n<desc> Description:\nx\n</top>\n"
    )
    assert read_topics(tmp_path / "t") == {"301": "International Organized Crime"}
    (tmp_path / "d").write_text(
        "<DOC>\n<DOCNO> FT911-3 </DOCNO>\n<TEXT>\n<p>One <b>two</b></p>\n</TEXT>\n</DOC>\n<DOC><TEXT>x</TEXT></DOC>"
    )
    with pytest.raises(UsageError, match="document 2: 0 DOCNO"):
        read_trec_corpus([tmp_path / "d"])
    (tmp_path / "t2").write_text("1\tboat\nno tab here\n")
    with pytest.raises(UsageError, match="line 2"):
        read_topics(tmp_path / "t2")
