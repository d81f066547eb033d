"""Whoever gives a command the wrong file, folder or number is told what it is, where, and what would be right."""

import os

import pytest

THINGS = {
    "text.txt": b"hello\nworld\n",
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "other.json": b'{"a": 1}\n',
}
BUDGET = ("--env", "game24:4 5 6 10", "--budget", "5")
TINY = ("--steps", "1", "--warmup-steps", "1", "--policy", "micro")


@pytest.fixture(autouse=True)
def _things(tmp_path, monkeypatch):
    for name, content in THINGS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("thing", [*THINGS, "folder", "gone", "text.txt/deeper", "x" * 300])
@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (("logs",), "leadline serve --log"),
        (("verify",), "report"),
        (("tasks", "check"), "leadline tasks make"),
        (("explore", "restarts", *BUDGET, "--resume"), ""),
        (("bench", "board", "--results"), "leadline bench run"),
        (("bench", "retrieval", "--data"), "corpus.jsonl"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(cli, command, remedy, thing):
    if command[0] == "explore" and thing == "gone":
        return  # the search is kept there
    code, out, err = cli(*command, thing)
    assert (code, out) == (2, "")
    assert thing.split("/")[0][:80] in err
    assert len(err.splitlines()) == 1 or err.startswith("Usage: ")
    assert "  " not in err.splitlines()[0]
    assert remedy in err or "Check the path" in err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("reproduce", "dars", "--smoke", "--out", "text.txt"), "text.txt is a file, not a folder"),
        (("bench", "run", "frames", "--n", "1", "--out", "text.txt"), "text.txt is a file, not a folder"),
        (("bench", "run", "frames", "--data", "text.txt"), "--data takes the official file"),
        (("explore", "restarts", *BUDGET, "--plot", "text.txt/p.svg"), "another folder with --plot"),
        (("explore", "restarts", *BUDGET, "--plot", "p.pdf"), "neither an .svg nor a .png"),
        (("runs", "--queue", "nope"), "It looks like postgresql://"),
        (("bench", "judges", "--reports", "0"), "0 is not in the range x>=1"),
    ],
)
def test_what_cannot_end_well_is_refused_before_it_begins(cli, command, message, capfd):
    code, out, err = cli(*command)
    assert message in err
    assert code == (1 if "--data" in command else 2)
    assert out == ""


def test_training_into_a_file_is_refused(cli):
    pytest.importorskip("torch")
    code, _, err = cli("train", *TINY, "--out", "text.txt")
    assert code == 2
    assert "text.txt is a file, not a folder. Choose another folder with --out." in err
    os.makedirs("run")
    with open("run/checkpoint.pt", "wb"):
        pass
    code, _, err = cli("train", *TINY, "--out", "run", "--resume")
    assert code == 1
    assert "run/checkpoint.pt cannot be read as a checkpoint (EOFError). Delete it to start again." in err


def test_results_that_are_none_are_named_with_what_starts_over(cli, tmp_path):
    (tmp_path / "folder" / "results.jsonl").write_bytes(b"junk\nmore\n")
    code, _, err = cli("bench", "run", "frames", "--n", "1", "--out", "folder")
    assert code == 1
    assert "results.jsonl, line 1 is not a result" in err
    assert "--fresh" in err
