"""Run a benchmark: cases concurrently, each saved as it ends, resumable after a kill, then one table.

Results are JSON lines, one per case, appended in one write; a torn last line is read over and its case runs again. Of
several lines about one case the last counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

import msgspec

from leadline import json_lines
from leadline.bench.agents import Agent
from leadline.bench.protocol import Answer, Case, Prompt, Protocol, Scored, Scores, Twin
from leadline.bench.stats import Interval, mean_interval
from leadline.errors import ModelError, SourceError, UsageError
from leadline.files import DISK, Disk
from leadline.models.judge import Judge
from leadline.tasks.search import Asked, LibrarySearch, library_search


class CaseResult(msgspec.Struct, frozen=True):
    """One line of results.jsonl. `trace` is what the agent asked and what it was given, in order."""

    case: str
    agent: str
    judge: str
    answer: Answer
    scores: Scores
    seconds: float
    trace: tuple[Asked, ...] = ()
    unscored: str = ""
    """Why the judge gave no score: the answer is kept, and the next run scores it without asking the agent again."""


class Summary(msgspec.Struct, frozen=True):
    """Means with 95 % intervals over scored cases. Failed cases (the agent crashed) count as an empty answer; unscored
    ones (the judge gave no verdict) are missing and count nowhere."""

    benchmark: str
    agent: str
    judge: str
    main: str
    n: int
    failed: int
    metrics: dict[str, Interval]
    unscored: int = 0
    over_all: Scores = {}
    """What the protocol defines over all cases together."""


def run_case(
    protocol: Protocol, case: Case, agent: Agent, name: str, judge: Judge, search: LibrarySearch
) -> CaseResult:
    """One case; an agent that raises is scored as an empty answer with the reason kept."""
    started = time.perf_counter()
    try:
        answer = agent(Prompt(case.id, case.prompt), search)
    except Exception as error:  # an agent is foreign code: its crash is a result, not ours
        answer = Answer(error=f"{type(error).__name__}: {error}"[:500])
    asked = CaseResult(case.id, name, judge.id, answer, {}, 0.0, tuple(search.asked))
    scored = score_case(protocol, case, asked, judge, search)
    return msgspec.structs.replace(scored, seconds=time.perf_counter() - started)


def score_case(
    protocol: Protocol, case: Case, result: CaseResult, judge: Judge, search: LibrarySearch
) -> CaseResult:
    """The same answer scored by `judge`; a judge that gives no verdict leaves it unscored, with the reason."""
    pages = [
        msgspec.structs.replace(
            claim, pages=tuple(search.by_id[d].text for d in claim.documents if d in search.by_id)
        )
        for claim in result.answer.claims
    ]
    try:
        scores, reason = (
            protocol.score(case, msgspec.structs.replace(result.answer, claims=tuple(pages)), judge),
            "",
        )
    except ModelError as error:
        scores, reason = {}, str(error)[:500]
    return msgspec.structs.replace(result, judge=judge.id, scores=scores, unscored=reason)


def run_benchmark(
    protocol: Protocol,
    twin: Twin,
    agent: Agent,
    name: str,
    judge: Judge,
    folder: Path,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    disk: Disk = DISK,
) -> Summary:
    """Run what is not in folder/results.jsonl yet, write summary.json and the official output, return the summary.

    Saved answers that this judge has not scored are scored, not asked for again. Raises UsageError when the folder
    holds the results of another agent.
    """
    path = folder / "results.jsonl"
    saved = saved_results(path, name)
    disk.write(path, json_lines.lines(saved.values()))
    done = {i: r for i, r in saved.items() if r.judge == judge.id and not r.unscored}
    left = [case for case in twin.cases if case.id not in done]
    saving = Lock()
    with library_search(twin.documents) as search, ThreadPoolExecutor(workers) as pool:

        def work(case: Case) -> CaseResult:
            if case.id in saved:
                result = score_case(protocol, case, saved[case.id], judge, search)
            else:
                result = run_case(protocol, case, agent, name, judge, search.afresh())
            with saving:  # saved by the worker, so that a kill repeats only cases in flight
                disk.append(path, json_lines.line(result))
            return result

        try:
            for future in as_completed([pool.submit(work, case) for case in left]):
                result = future.result()
                done[result.case] = result
                if progress is not None:
                    progress(len(done), len(twin.cases))
        except BaseException:  # Ctrl-C: cases in flight end, the others do not start
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    results = [done[case.id] for case in twin.cases]
    summary = summarise(protocol, name, judge, twin.cases, results)
    disk.write(folder / "summary.json", msgspec.json.format(msgspec.json.encode(summary), indent=2))
    if protocol.write is not None:
        pairs = [(case, result.answer) for case, result in zip(twin.cases, results, strict=True)]
        protocol.write(pairs, folder / "official")
    return summary


def saved_results(path: Path, agent: str) -> dict[str, CaseResult]:
    """The last result of each case; none where there is no file. UsageError when another agent's are among them."""
    saved = {result.case: result for result in read_results(path)} if path.exists() else {}
    others = {result.agent for result in saved.values()} - {agent}
    if others:
        raise UsageError(
            f"{path} holds results of the agent {min(others)}, not {agent}.",
            remedy="Give another --out, or start over with --fresh.",
        )
    return saved


def read_results(path: Path) -> Iterator[CaseResult]:
    """Results of a file; a torn last line is left out."""
    again = "Give another --out, or start over with --fresh."
    return json_lines.read_log(path, CaseResult, "a result", SourceError, again)


def summarise(
    protocol: Protocol, agent: str, judge: Judge, cases: Sequence[Case], results: Sequence[CaseResult]
) -> Summary:
    """Means with intervals over the scored results of `cases` (in the same order), and what is defined over all."""
    names = sorted({metric for result in results for metric in result.scores})
    metrics = {m: mean_interval([r.scores[m] for r in results if m in r.scores]) for m in names}
    failed = sum(bool(result.answer.error) for result in results)
    unscored = sum(bool(result.unscored) for result in results)
    scored = [Scored(c, r.answer, r.scores) for c, r in zip(cases, results, strict=True) if not r.unscored]
    over_all = protocol.over_all(scored) if protocol.over_all and scored else {}
    return Summary(
        protocol.name, agent, judge.id, protocol.main, len(results), failed, metrics, unscored, over_all
    )
