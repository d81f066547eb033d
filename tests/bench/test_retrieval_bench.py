"""`leadline bench retrieval`: the published contract, grids, run files that are read back, comparisons."""

import json

import pytest

from leadline.bench.retrieval import Bench
from leadline.bench.retrieval_data import Cell, grid, load_data
from leadline.bench.retrieval_grid import run_grid
from leadline.bench.trec import read_run, write_trec
from leadline.errors import NotFound, UsageError
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.beir import write_beir
from worlds import small_collection

CONTRACT = {"data", "retriever", "k1", "b", "unit", "rerank", "depth", "query_form", "nDCG@10", "R@100", "AP", "RR@10",
            "queries_per_second"}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    documents, queries, qrels = small_collection()
    write_beir(tmp_path / "mini", documents, queries, qrels)
    return tmp_path / "mini"


def test_the_json_contract_and_the_files(cli, folder, tmp_path):
    out = tmp_path / "out"
    code, text, _ = cli(
        "bench", "retrieval", "--data", str(folder), "--retriever", "bm25", "--retriever", "dense",
        "--retriever", "hybrid", "--k1", "0.9", "--k1", "1.2", "--out", str(out), "--json",
    )  # fmt: skip
    rows = json.loads(text)["rows"]
    assert code == 0
    assert len(rows) == 5  # dense has no k1
    assert all(set(row) >= CONTRACT for row in rows)
    assert all(row["queries_per_second"] > 0 and 0 < row["nDCG@10"] <= 1 for row in rows)
    assert rows[0]["vs_first"] is None
    assert set(rows[1]["vs_first"]) == {"metric", "difference", "low", "high", "p"}
    assert json.loads((out / "rows.json").read_text())["rows"] == rows
    assert (out / "table.md").read_text().count("\n") == 7
    code, text, _ = cli("bench", "retrieval", "--data", str(folder), "--score", rows[0]["run_file"], "--json")
    assert json.loads(text)["rows"][0]["nDCG@10"] == pytest.approx(rows[0]["nDCG@10"])


def test_a_table_for_people(cli, folder):
    code, text, _ = cli("bench", "retrieval", "--data", str(folder), "--rerank", "none", "--rerank", "cosine")
    assert code == 0
    assert "bm25 k1=0.9 b=0.4 / document + cosine@50" in text


@pytest.mark.parametrize("unit", ["document", "passage", "passage-cast", "window"])
@pytest.mark.parametrize("retriever", ["bm25", "graph"])
def test_units_give_document_rankings(folder, unit, retriever):
    data = load_data(folder)
    with Bench(data) as bench:
        run, _ = bench.run(Cell(retriever=retriever, unit=unit), 5)
    known = {document.id for document in data.documents}
    assert all({hit.id for hit in hits} <= known and len(hits) <= 5 for hits in run.values())
    assert any(run.values())


@pytest.mark.parametrize("form", ["keywords", "keywords-question", "feedback"])
def test_query_forms_without_a_model(folder, form):
    with Bench(load_data(folder)) as bench:
        assert bench.queries(Cell(query_form=form)) != bench.queries(Cell())
        (row,) = run_grid(bench, [Cell(query_form=form)])
    assert row["query_form"] == form


def test_models_serve_rewriting_and_reranking(folder):
    data = load_data(folder)
    with Bench(data, model=ScriptedModel(lambda messages: "[2] > [1]")) as bench:
        (row,) = run_grid(bench, [Cell(rerank="listwise", depth=5)])
        assert row["rerank"] == "listwise"
        assert bench.queries(Cell(query_form="q2q")) == bench.queries(Cell())  # numbers 2 and 1 were invented
    with Bench(data) as bench, pytest.raises(UsageError, match="needs a language model"):
        bench.queries(Cell(query_form="q2q"))


def test_the_grid_has_no_cells_that_differ_only_in_unused_parameters():
    cells = grid(
        retriever=["bm25", "dense"], k1=[0.9, 1.2], b=[0.4, 0.75], rerank=["none", "mmr"], depth=[10, 20]
    )
    assert len(cells) == (4 + 1) * (1 + 2)


def test_two_runs_write_the_same_bytes(folder, tmp_path):
    files = []
    for name in ("one", "two"):
        with Bench(load_data(folder)) as bench:
            (row,) = run_grid(bench, [Cell(retriever="hybrid")], out=tmp_path / name)
        with open(row["run_file"], "rb") as file:
            files.append(file.read())
    assert files[0] == files[1]
    assert read_run(tmp_path / "one" / "hybrid-0.9-0.4-document-50-raw.run")


def test_trec_layout_gives_the_same_figures(folder, tmp_path):
    data = load_data(folder)
    write_trec(tmp_path / "trec", data.documents, data.queries, data.qrels)
    results = []
    for place in (folder, tmp_path / "trec"):
        with Bench(load_data(place)) as bench:
            results += [row["nDCG@10"] for row in run_grid(bench, [Cell()])]
    assert results[0] == pytest.approx(results[1])


def test_mistakes_are_named(cli, folder, tmp_path):
    assert cli("bench", "retrieval", "--data", str(tmp_path))[0] == 2
    code, _, err = cli("bench", "retrieval", "--data", str(folder), "--retriever", "bm52")
    assert (code, "bm25" in err) == (2, True)
    code, _, err = cli("bench", "retrieval", "--data", str(folder), "--split", "dev")
    assert (code, "dev.tsv" in err) == (2, True)
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tonly-two\n")
    code, _, err = cli("bench", "retrieval", "--data", str(folder))
    assert (code, "line 2" in err) == (2, True)
    with Bench(load_data_of()) as bench, pytest.raises(NotFound, match="cosine"):
        bench.reranker("cosin")


def load_data_of():
    from leadline.bench.retrieval_data import Data

    documents, queries, qrels = small_collection()
    return Data("mini", documents, queries, qrels)
