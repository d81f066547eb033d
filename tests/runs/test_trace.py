from pathlib import Path

from leadline.runs.trace import Step, Trace, read_trace


def play(trace: Trace, *kinds: str, seconds: float = 1.0) -> None:
    for kind in kinds:
        trace.add(kind, arguments={"k": 20}, digest="ab", seconds=seconds)


def test_a_resumed_trace_keeps_its_lines_and_goes_on(tmp_path: Path) -> None:
    path, heard = tmp_path / "trace.jsonl", list[Step]()
    play(Trace(path), "reset", "search", "end")
    with path.open("ab") as file:
        file.write(b'{"n":4,"kind":"op')  # torn by a kill
    trace = Trace(path, heard.append, resume=True)
    play(trace, "reset", "search", "open", "end", seconds=2.0)
    steps = list(read_trace(path))
    assert [(s.n, s.kind, s.seconds) for s in steps] == [
        (1, "reset", 1), (2, "search", 1), (3, "open", 2), (4, "end", 2),
    ]  # fmt: skip
    assert steps == heard == trace.steps


def test_lines_of_steps_that_were_lost_are_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    play(Trace(path), "reset", "search", "open")
    play(Trace(path, resume=True), "reset", "find")
    assert [(s.n, s.kind) for s in read_trace(path)] == [(1, "reset"), (2, "find")]
