"""index, search and collections as a person types them."""

import json

import pytest


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "papers"
    made.mkdir()
    (made / "lease.txt").write_text("Anna Berg signed the lease of the harbour office in 2019.")
    (made / "boats.txt").write_text("The red boat carries four buoys.")
    return made


def test_index_search_list_show_check_delete(cli, folder):
    code, out, _ = cli("index", str(folder), "--collection", "harbour", "--json")
    made = json.loads(out)
    assert (code, made["documents"], made["added"]) == (0, 2, ["papers/boats.txt", "papers/lease.txt"])
    code, out, _ = cli("search", "who signed the lease", "--collection", "harbour", "-k", "1", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["hits"][0]["uri"] == "papers/lease.txt"
    assert answer["index_id"] == made["index_id"]
    assert "Anna Berg" in answer["hits"][0]["text"]
    assert "harbour" in cli("collections")[1]
    assert [row["documents"] for row in json.loads(cli("collections", "--json")[1])] == [2]
    assert len(json.loads(cli("collections", "show", "harbour", "--json")[1])["sources"]) == 2
    assert cli("collections", "check", "harbour")[:2] == (0, "harbour is whole.\n")
    assert cli("collections", "delete", "harbour", "--yes")[0] == 0
    assert json.loads(cli("collections", "--json")[1]) == []


def test_a_second_run_reads_nothing_again(cli, folder):
    cli("index", str(folder), "--collection", "harbour")
    code, out, _ = cli("index", str(folder), "--collection", "harbour")
    assert code == 0
    assert "0 added, 0 changed, 0 deleted, 2 unchanged" in out


def test_filters_and_nothing_found(cli, folder):
    cli("index", str(folder), "--collection", "harbour")
    code, _, _ = cli(
        "search", "boat", "--collection", "harbour", "--filter", "uri=papers/lease.txt", "--retriever", "bm25"
    )
    assert code == 3
    code, _, err = cli("search", "boat", "--collection", "harbour", "--filter", "nonsense")
    assert (code, "FIELD=VALUE" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("search", "boat", "--collection", "nowhere"), "no collection named 'nowhere'"),
        (("search", " ", "--collection", "nowhere"), "query is empty"),
        (("search", "boat", "--collection", "x", "-k", "0"), "-k"),
        (("index", "missing-folder", "--collection", "x"), "does not exist"),
        (("index", ".", "--collection", "../x"), "cannot name a collection"),
        (("collections", "show", "nowhere"), "no collection named"),
    ],
)
def test_mistakes_get_exit_code_2_and_a_remedy(cli, arguments, message):
    code, _, err = cli(*arguments)
    assert code == 2
    assert message in err


def test_a_damaged_collection_is_listed_and_can_be_deleted(cli, folder, leadline_home):
    cli("index", str(folder), "--collection", "harbour")
    (leadline_home / "collections" / "harbour" / "manifest.json").write_text("{")
    assert "damaged" in json.loads(cli("collections", "--json")[1])[0]["error"]
    code, _, err = cli("search", "boat", "--collection", "harbour")
    assert (code, "damaged" in err) == (1, True)
    assert cli("collections", "delete", "harbour", "--yes")[0] == 0
