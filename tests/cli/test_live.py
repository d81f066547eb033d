import io

from rich.console import Console

from fakes import FakeClock
from leadline.cli.live import Board, live
from leadline.runs.trace import Step, describe


def drawn(board: Board) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(board)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_steps_count_under_the_sub_question_that_they_serve() -> None:
    clock = FakeClock()
    board = Board("A and B?", {"a names": "A?", "b": "B?"}, max_steps=10, clock=clock)
    for step in (
        Step(1, "search", {"query": "a names"}), Step(2, "open", {"document": "d1"}),
        Step(3, "search", {"query": "b"}), Step(4, "search", {"query": "what b leads to"}),
    ):  # fmt: skip
        board.add(step)
    clock.sleep(3)
    text = drawn(board)
    assert "A?  1 search, 1 open\n" in text.replace(" \n", "\n")
    assert "B?  2 search" in text
    assert "4/10 steps · 3 s · 3 searches · 1 documents opened" in text


def test_only_the_last_steps_are_shown() -> None:
    board = Board("q")
    for n in range(9):
        board.add(Step(n, "search", {"query": f"query-{n}"}))
    text = drawn(board)
    assert "query-3" not in text
    assert "query-4" in text


def test_markup_in_a_query_is_shown_and_not_obeyed() -> None:
    board = Board("[bold]q[/bold]")
    board.add(Step(1, "search", {"query": "[red]x[/red]"}))
    assert "[bold]q[/bold]" in drawn(board)
    assert "[red]x[/red]" in drawn(board)


def test_an_error_is_part_of_the_line() -> None:
    assert describe(Step(1, "open", {"document": "d9"}, error="not there")) == "open d9 (not there)"


def test_nobody_looks_nothing_is_drawn(capsys: object) -> None:
    board = Board("q")
    with live(board) as view:
        view.progress(1, 2)
        view.listen(Step(1, "search"))
    out, err = capsys.readouterr()  # type: ignore[attr-defined]
    assert (out, err) == ("", "")
    assert board.total["search"] == 1
