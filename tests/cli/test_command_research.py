import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from leadline.cli.asking import Signals
from leadline.evidence.model import Report
from leadline.evidence.schema import schema
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.collection import Collection
from leadline.runs.store import find_run, list_runs
from leadline.runs.trace import Step, read_trace

QUESTION = "When does the lease of the north quay end?"
NOTHING = "Who painted the ceiling of the Sistine Chapel?"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work" / "papers"
    folder.mkdir(parents=True)
    (folder / "lease.txt").write_text(
        "The lease of the north quay ends on 30 June 2027. Its rent is EUR 1,200.\n"
    )
    (folder / "crane.md").write_text("# Crane\n\nThe crane of the north quay was repaired in May 2024.\n")
    (folder / "cats.txt").write_text("Cats sleep for most of the day. Nobody knows why.\n")
    monkeypatch.chdir(folder.parent)
    return folder


def start(
    folder: Path, *arguments: str, prepare: Any = None, script: str = ""
) -> subprocess.CompletedProcess[str]:
    """`leadline research` in a process of its own."""
    code = script + "\nfrom leadline.cli.main import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", code, "research", *arguments], cwd=folder.parent, capture_output=True, text=True,
        check=False, preexec_fn=prepare, env=os.environ.copy(),
    )  # fmt: skip


def test_what_is_left_out_is_said_shortly_and_with_its_reason(cli: Any, folder: Path) -> None:
    for year in (2021, 2024):
        (folder / f"tea-{year}.md").write_text(
            f"# Tea time\n\nTea of {year} is served at four o'clock in the long hall.\n"
        )
    code, out, _ = cli("research", "Where is Atlantis?", "papers")
    assert code == 3
    assert "Why: The sources nowhere mention Atlantis." in out
    assert "Did you mean" not in out
    _, out, _ = cli("research", "Where are the papers of Jonh Lanterrn?", "papers")
    assert "Did you mean" not in out  # nothing near stands in the sources
    _, out, _ = cli("research", "How old is the craen of Ossian?", "papers")
    assert "The sources nowhere mention Ossian. Did you mean crane (for craen)?" in " ".join(out.split())
    _, out, _ = cli("research", QUESTION, "papers")
    assert "Several versions" not in out  # of documents that are not quoted
    _, out, _ = cli("research", "Where is tea served?", "papers")
    assert "Several versions: Tea time:" in out
    _, out, _ = cli("research", "Atlantis " * 600, "papers")
    assert len(out) < 2000


def test_the_query_of_a_figure_is_printed_once(cli: Any, folder: Path) -> None:
    (folder / "fees.csv").write_text("Port,Fee (EUR)\nBergen,5\nOslo,7\n")
    _, out, _ = cli("research", "What is the total fee?", "papers")
    assert "is EUR 12. [1] [2]" in out
    assert out.count("SELECT sum(fee_eur)") == 1


def test_the_answer_its_evidence_and_the_paths_are_printed(cli: Any, folder: Path) -> None:
    code, out, err = cli("research", QUESTION, "papers")
    assert (code, err) == (0, "")
    run = list_runs()[0].record
    assert out.startswith("answered · ")
    assert re.search(r"ends on 30 June 2027\. \[1\]", out)
    assert "[1] papers/lease.txt" in out
    assert '    "The lease of the north quay ends on 30 June 2027."' in out
    written = [Path(line) for line in out.splitlines() if line.startswith("leadline-report")]
    assert [path.name for path in written] == ["report.html", "report.md", "report.json", "trace.jsonl"]
    assert {path.parent for path in written} == {Path("leadline-report") / run.id}
    assert all(path.stat().st_size > 0 for path in written)
    assert next(step.kind for step in read_trace(written[3])) == "reset"


def test_json_is_the_report_and_nothing_else(cli: Any, folder: Path) -> None:
    code, out, err = cli("research", QUESTION, "papers", "--out", "answer", "--json")
    assert (code, err) == (0, "")
    assert out == (folder.parent / "answer" / "report.json").read_text()
    Draft202012Validator(schema("report")).validate(json.loads(out))


def test_nothing_found_is_said_and_has_its_code(cli: Any, folder: Path) -> None:
    code, out, _ = cli("research", NOTHING, "papers")
    assert code == 3
    assert out.startswith("nothing found · 0 quotes from 0 documents")
    assert f"Without evidence: {NOTHING}" in " ".join(out.split())


def test_a_spent_budget_leaves_a_report_and_has_its_code(cli: Any, folder: Path) -> None:
    code, out, _ = cli("research", QUESTION, "papers", "--max-steps", "1")
    assert code == 4
    assert out.startswith("budget spent · ")
    assert find_run("last").record.state == "budget spent"
    assert find_run("last").report() is not None


def test_a_run_is_resumed_with_a_larger_budget(cli: Any, folder: Path) -> None:
    cli("research", QUESTION, "papers", "--max-steps", "1")
    code, out, _ = cli("runs", "resume", "last", "--out", "second")
    assert code == 0
    assert "30 June 2027" in out
    assert (folder.parent / "second" / "report.html").exists()
    assert [(run.record.state, run.record.max_steps) for run in list_runs()] == [("answered", None)]


def test_a_run_is_resumed_with_its_agent_and_model(
    cli: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = []

    def model_from(spec: str, *, offline: bool = False) -> ScriptedModel:
        specs.append(spec)
        return ScriptedModel(["I found nothing."] * 50, name=spec)

    monkeypatch.setattr("leadline.agents.durable.model_from", model_from)
    cli("research", QUESTION, "papers", "--agent", "react", "--model", "ollama:small", "--max-steps", "3")
    cli("runs", "resume", "last", "--max-steps", "3")
    assert specs == ["ollama:small"] * 2
    assert [(run.record.agent, run.record.model) for run in list_runs()] == [("react", "ollama:small")]


def test_a_collection_is_asked(cli: Any, folder: Path) -> None:
    assert cli("index", "papers", "--collection", "quay")[0] == 0
    code, out, _ = cli("research", QUESTION, "--collection", "quay")
    assert code == 0
    assert "30 June 2027" in out


def without_run(report: Report) -> bytes:
    """A report without what may differ: id, times and paths."""
    kept = {k: v for k, v in report.run.items() if k not in ("id", "started", "seconds", "sources")}
    return msgspec.json.encode(msgspec.structs.replace(report, run=kept))


def test_two_runs_write_the_same_report(cli: Any, folder: Path) -> None:
    reports = []
    for name in ("one", "two"):
        cli("research", QUESTION, "papers", "--out", name)
        reports.append(msgspec.json.decode((folder.parent / name / "report.json").read_bytes(), type=Report))
    assert without_run(reports[0]) == without_run(reports[1])
    assert reports[0].run["id"] != reports[1].run["id"]


# ---- what is refused, with its remedy -----------------------------------------------------------------


def untouched(folder: Path) -> bool:
    """Nothing was left behind where the command ran."""
    return os.listdir(folder.parent) == ["papers"] and list_runs() == []


def test_a_path_that_does_not_exist(cli: Any, folder: Path) -> None:
    code, out, err = cli("research", QUESTION, "papers", "nowhere")
    assert (code, out) == (2, "")
    assert "nowhere" in err
    assert "Check the path." in err
    assert untouched(folder)


@pytest.mark.parametrize("question", ["", "  \n\t "])
def test_an_empty_question(cli: Any, folder: Path, question: str) -> None:
    code, out, err = cli("research", question, "papers")
    assert (code, out) == (2, "")
    assert err.startswith("leadline: The question is empty. Ask something: ")
    assert untouched(folder)


def test_a_question_of_100000_characters_is_cut_and_says_so(cli: Any, folder: Path) -> None:
    code, out, _ = cli("research", QUESTION + " quay" * 20_000, "papers", "--json")
    assert code in (0, 3)
    assert "the first 10000 were read" in json.loads(out)["run"]["note"]


def test_nothing_to_read(cli: Any, folder: Path) -> None:
    code, _, err = cli("research", QUESTION)
    assert code == 2
    assert err == "leadline: There is nothing to read. Give a file, a folder or --collection NAME.\n"


def test_an_empty_folder(cli: Any, folder: Path) -> None:
    (folder.parent / "empty").mkdir()
    code, out, _ = cli("research", QUESTION, "empty")
    assert code == 3
    assert out.startswith("nothing found")


def test_an_unknown_collection_names_near_ones(cli: Any, folder: Path) -> None:
    cli("index", "papers", "--collection", "harbour")
    code, out, err = cli("research", QUESTION, "--collection", "harbor")
    assert (code, out) == (2, "")
    assert err == "leadline: There is no collection named 'harbor'. Did you mean: harbour?\n"


@pytest.mark.parametrize("out", ["papers/lease.txt", "papers/lease.txt/deeper", "/proc/report"])
def test_an_output_folder_that_cannot_be_written(cli: Any, folder: Path, out: str) -> None:
    code, printed, err = cli("research", QUESTION, "papers", "--out", out)
    assert (code, printed) == (2, "")
    assert err.startswith(f"leadline: Nothing can be written to {out}: ")
    assert err.endswith("Choose another folder with --out.\n")
    assert untouched(folder)


@pytest.mark.parametrize(
    ("option", "value"), [("--max-steps", "-1"), ("--max-seconds", "soon"), ("--seed", "x")]
)
def test_limits_that_are_none(cli: Any, folder: Path, option: str, value: str) -> None:
    code, _, err = cli("research", QUESTION, "papers", option, value)
    assert code == 2
    assert option in err
    assert untouched(folder)


def small_files() -> None:
    """A disk on which no file can grow beyond 12 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def test_a_disk_that_takes_no_more(cli: Any, folder: Path) -> None:
    """The journal is larger than the disk allows: no half report, no traceback, earlier collections as they were."""
    cli("index", "papers", "--collection", "quay")
    before = Collection.open("quay").manifest.index_id
    done = start(folder, QUESTION, "--collection", "quay", "--out", "answer", prepare=small_files)
    assert done.returncode == 1
    assert re.match(r"leadline: Cannot write .*steps\.sqlite: disk I/O error", done.stderr)
    assert "Traceback" not in done.stderr
    assert not (folder.parent / "answer").exists()
    assert Collection.open("quay").manifest.index_id == before
    assert Collection.open("quay").search("lease", k=1).ids
    assert cli("research", QUESTION, "--collection", "quay")[0] == 0


def test_names_that_are_not_text(folder: Path) -> None:
    name = os.fsencode(folder) + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_text("The caretaker of the north quay is Ada Lind.\n")
    done = start(folder, "Who is the caretaker of the north quay?", "papers")
    assert done.returncode == 0, done.stderr
    assert "papers/caf\\xe9.txt" in done.stdout
    report = find_run("last").report()
    assert report is not None
    assert "Ada Lind" in report.claims[0].text


# ---- Ctrl-C -------------------------------------------------------------------------------------------


def test_ctrl_c_while_reading_ends_at_once() -> None:
    with Signals() as signals:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)
        assert not signals.asked()


def test_ctrl_c_in_a_run_asks_it_to_end_and_twice_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with Signals() as signals:
        signals.heard(lambda step: None)(Step(1, "reset"))
        signal.raise_signal(signal.SIGINT)
        assert signals.asked() == "cancel"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "writing what was found" in capsys.readouterr().err


PRESS = """
import signal
from leadline.cli import live
def add(self, step, add=live.Board.add):
    add(self, step)
    if step.kind == {kind!r}:
        signal.raise_signal(signal.{signal})
        {again}
live.Board.add = add
"""


@pytest.mark.parametrize(("name", "code", "state"), [("SIGINT", 130, "stopped"), ("SIGTERM", 143, "paused")])
def test_a_signal_leaves_a_readable_partial_report_and_a_run_that_goes_on(
    cli: Any, folder: Path, name: str, code: int, state: str
) -> None:
    script = PRESS.format(kind="search", signal=name, again="pass")
    done = start(folder, QUESTION, "papers", "--out", "answer", script=script)
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith("budget spent · ")
    run = find_run("last").record
    assert run.state == state
    assert f"{state.capitalize()}: the report holds what was found so far" in done.stderr
    assert done.stderr.endswith(f"leadline runs resume {run.id}\n")
    assert "Traceback" not in done.stderr
    assert sorted(os.listdir(folder.parent / "answer")) == [
        "report.html",
        "report.json",
        "report.md",
        "trace.jsonl",
    ]


def test_ctrl_c_twice_leaves_nothing_half_written(folder: Path) -> None:
    script = PRESS.format(kind="search", signal="SIGINT", again="signal.raise_signal(signal.SIGINT)")
    done = start(folder, QUESTION, "papers", "--out", "answer", script=script)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert not (folder.parent / "answer").exists()
    assert find_run("last").record.state == "stopped"
    assert Collection.of([folder]).search("lease", k=1).ids


def test_a_report_without_citations_leaves_nothing_to_check(cli: Any, folder: Path) -> None:
    assert cli("research", NOTHING, "papers", "--out", "answer")[0] == 3
    code, out, err = cli("verify", "answer/report.json")
    assert (code, out, err) == (0, "The report has no citation: there is nothing to check.\n", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(cli: Any, folder: Path) -> None:
    locked = folder.parent / "locked"
    locked.mkdir(mode=0)
    code, out, _ = cli("research", QUESTION, "papers", "locked")
    assert code == 0
    assert "Not read: locked: The folder cannot be listed: Permission denied." in out
