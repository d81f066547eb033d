"""Two runs side by side: what they are, what they claim, which sources they cite, and where their steps part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import UsageError
from leadline.evidence.model import Claim, Report
from leadline.evidence.render.page import escape, tag
from leadline.runs.store import Run, find_run
from leadline.runs.trace import Step
from leadline.serve.pages import grants
from leadline.serve.pages.beside import collection_of
from leadline.serve.pages.calls import read_calls
from leadline.serve.pages.frame import badge, count, html, layout, table
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.watch import COSTS, FRAME, costs, said_of

Kind = Literal["same", "other result", "left only", "right only"]


class Pair(NamedTuple):
    """One row of the difference of two traces."""

    kind: Kind
    left: Step | None
    right: Step | None


def trace_diff(left: Sequence[Step], right: Sequence[Step]) -> Iterator[Pair]:
    """Steps aligned by what was done (tool and arguments), in order; `other result`: the same call saw another thing.

    >>> a, b, c = Step(1, "search", {"query": "a"}), Step(2, "open"), Step(2, "search", {"query": "b"})
    >>> [(pair.kind, pair.left and pair.left.kind) for pair in trace_diff([a, b], [a, c])]
    [('same', 'search'), ('left only', 'open'), ('right only', None)]
    """
    a_calls, b_calls = _calls(left), _calls(right)
    for op, a0, a1, b0, b1 in SequenceMatcher(None, a_calls, b_calls, autojunk=False).get_opcodes():
        if op == "equal":
            for a, b in zip(left[a0:a1], right[b0:b1], strict=True):
                yield Pair("same" if a.digest == b.digest else "other result", a, b)
        else:
            yield from (Pair("left only", step, None) for step in left[a0:a1])
            yield from (Pair("right only", None, step) for step in right[b0:b1])


def _calls(steps: Sequence[Step]) -> list[tuple[str, bytes]]:
    return [(step.kind, msgspec.json.encode(step.arguments, order="sorted")) for step in steps]


class Side(NamedTuple):
    """A run with its report, where it has one."""

    run: Run
    report: Report | None
    state: str
    steps: list[Step]


class Compare:
    """GET /compare?run=A&run=B."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs

    def routes(self) -> list[Route]:
        return [Route("/compare", self.page)]

    async def page(self, request: Request) -> Response:
        body = await run_in_threadpool(self._page, request.query_params.getlist("run"))
        return html(layout("Two runs", body, here="/runs", wide=True))

    def _page(self, ids: Sequence[str]) -> str:
        if len(ids) != 2:
            raise UsageError("Two runs are compared at a time.", remedy="Choose exactly two under Runs.")
        left, right = (self._side(id) for id in ids)
        return (
            tag("h1", "Two runs, side by side")
            + table(("", "left", "right"), _facts(left, right), "The runs")
            + tag("h2", "Claims")
            + _claims(left.report, right.report)
            + tag("h2", "Steps")
            + _steps(left.steps, right.steps)
        )

    def _side(self, id: str) -> Side:
        run = find_run(id)
        if run.broken:
            raise UsageError(f"Run {run.record.id} is broken: {run.broken}.")
        return Side(run, run.report(), self.jobs.state(run), run.steps())


def _facts(left: Side, right: Side) -> Iterator[tuple[str, str, str]]:
    """Rows of what the runs are; what differs is marked."""
    mine, other = facts_of(left), facts_of(right)
    for name in {**mine, **other}:
        a, b = mine.get(name, ""), other.get(name, "")
        yield (
            (name, escape(a), escape(b)) if a == b else (name, tag("mark", escape(a)), tag("mark", escape(b)))
        )
    open_left, open_right = (tag("a", "Open", href=f"/runs/{side.run.record.id}") for side in (left, right))
    yield "", open_left, open_right


def facts_of(side: Side) -> dict[str, str]:
    """What a run is, did and cost; what it does not have is left out."""
    record, report, steps = side.run.record, side.report, side.steps
    spent = costs(steps, read_calls(side.run.folder))
    found = {
        "question": record.question,
        "state": side.state,
        "agent": record.agent,
        "model": record.model,
        "collection": collection_of(side.run),
        "index": record.index,
        "seed": str(record.seed),
        "may also": "; ".join(grants.said(grants.of_record(record))),
        "steps": str(sum(step.kind not in FRAME for step in steps)),
        "seconds": f"{sum(step.seconds for step in steps):.2f}",
    } | {name: f"{spent[unit]:g}" for unit, name in COSTS.items() if spent[unit]}
    if report is not None:
        cited = report.citations()
        found |= {
            "claims": str(len(list(said(report)))),
            "citations": str(len(cited)),
            "documents cited": str(len({citation.span.document for citation in cited})),
            "documents opened": str(report.omissions.documents_opened),
        }
    return {name: value for name, value in found.items() if value}


def said(report: Report) -> Iterator[Claim]:
    """Every claim that says something with evidence, in reading order."""
    pending = list(reversed(report.claims))
    while pending:
        claim = pending.pop()
        if claim.citations:
            yield claim
        pending.extend(reversed(claim.claims))


def _claims(left: Report | None, right: Report | None) -> str:
    """Claims of both, of the left only, of the right only; a claim is its words."""
    a, b = ([claim.text for claim in said(report)] if report else [] for report in (left, right))
    columns = (
        ("In both", [text for text in a if text in b], ""),
        ("Left only", [text for text in a if text not in b], "only"),
        ("Right only", [text for text in b if text not in a], "only"),
    )
    shown = ""
    for title, texts, cls in columns:
        items = [tag("li", escape(text), dir="auto") for text in texts]
        inside = tag("ul", items) if items else tag("p", "None.", cls="soft")
        shown += tag(
            "section", tag("h3", f"{title} ({len(texts)})") + inside, cls=f"column card {cls}".strip()
        )
    return tag("div", shown, cls="columns")


def _steps(left: Sequence[Step], right: Sequence[Step]) -> str:
    pairs = list(trace_diff(left, right))
    same = sum(pair.kind == "same" for pair in pairs)
    other = sum(pair.kind == "other result" for pair in pairs)
    says = f"{count(same, 'step')} the same, {other} with another result, {len(pairs) - same - other} in one run only."
    rows = [
        (_step(pair.left), badge(pair.kind, "same" if pair.kind == "same" else "planned"), _step(pair.right))
        for pair in pairs
    ]  # fmt: skip
    return tag("p", says, cls="soft") + table(("left", "", "right"), rows, "The steps of both")


def _step(step: Step | None) -> str:
    if step is None:
        return ""
    kind = tag("span", escape(f"{step.n} {step.kind.replace('_', ' ')}"), cls="kind")
    return kind + " " + tag("span", escape(said_of(step)), dir="auto")
