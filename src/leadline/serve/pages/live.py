"""All runs, and one run while it goes on: its sub-questions, its steps, what is spent; cancel and resume."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from leadline.agents.questions import split
from leadline.errors import UsageError
from leadline.evidence.render.page import escape, tag
from leadline.runs.store import Run, RunRecord, delete_run, find_run, list_runs
from leadline.runs.trace import Step
from leadline.serve.pages.events import follow, last_seen
from leadline.serve.pages.frame import badge, button, card, form, html, layout, table
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.session import check_form

N_LISTED = 200
MAX_SHOWN = 280
"""Characters of a step that are shown."""


class Live:
    """The routes of runs; a finished one with a report is the reader's to show."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs

    def routes(self) -> list[Route]:
        return [
            Route("/runs", self.listing),
            Route("/runs/{id}/events", self.events),
            Route("/runs/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/runs/{id}/resume", self.resume, methods=["POST"]),
            Route("/runs/{id}/delete", self.delete, methods=["POST"]),
        ]

    async def listing(self, request: Request) -> Response:
        return html(layout("Runs", await run_in_threadpool(self._listing), here="/runs"))

    def _listing(self) -> str:
        runs = list_runs()
        if not runs:
            return tag("h1", "Runs") + tag("p", "Nothing was asked yet.", cls="lead")
        rows = [
            (
                tag("a", escape(run.record.question or run.record.id), href=f"/runs/{run.record.id}", dir="auto"),
                badge("broken" if run.broken else self.jobs.state(run)),
                tag("span", escape(run.record.started.replace("T", " ")[:16]), cls="soft"),
            )
            for run in runs[:N_LISTED]
        ]  # fmt: skip
        more = f" The newest {N_LISTED} of {len(runs)}." if len(runs) > N_LISTED else ""
        says = tag("p", "Every question is kept here with its trace and report." + more, cls="lead")
        return tag("h1", "Runs") + says + table(("question", "state", "started (UTC)"), rows)

    async def page(self, request: Request, run: Run) -> Response:
        """One run without a report: under way, interrupted, stopped or failed."""
        body = await run_in_threadpool(self._page, request, run)
        return html(layout(run.record.question, body, here="/runs", scripts=["live.js"]))

    def _page(self, request: Request, run: Run) -> str:
        id, steps = run.record.id, run.steps()
        items = [step_row(step) for step in steps]
        source = {"data_events": f"/runs/{id}/events"} if run.record.state == "running" else {}
        return (
            tag("h1", escape(run.record.question), dir="auto")
            + tag("p", "The connection is lost; trying again.", cls="banner", id="lost", hidden="", role="status")
            + tag("div", self.board(run, steps), id="board", aria_live="polite")
            + self._actions(request, run)
            + tag("h2", "Steps")
            + tag("ol", items, id="steps", cls="steps", data_last=str(steps[-1].n if steps else 0), **source)
        )  # fmt: skip

    def _actions(self, request: Request, run: Run) -> str:
        id, state = run.record.id, self.jobs.state(run)
        if state == "running":
            stop = form(request, f"/runs/{id}/cancel", button("Stop and keep what was found"), cls="inline")
            return tag("p", stop, cls="actions")
        again = form(request, f"/runs/{id}/resume", button("Run it again", "primary"), cls="inline")
        gone = form(request, f"/runs/{id}/delete", button("Delete", "quiet"), cls="inline")
        return tag("div", again + gone, cls="actions")

    def board(self, run: Run, steps: Sequence[Step]) -> str:
        """What is known of the run so far: state, gauges, and the tree of questions."""
        record, state = run.record, self.jobs.state(run)
        says = {
            "interrupted": "Its process ended before it did, or it runs in a terminal. Run again, it asks the same "
            "question over the same sources.",
            "failed": record.reason,
            "stopped": "It was stopped before it had a report.",
        }.get(state, "")
        job = self.jobs.runs.get(record.id)
        if job is not None and not steps:
            done, total = job.reading
            says = f"Reading source {done} of {total}." if total else "Waiting for its turn."
        line = badge(state) + (tag("span", escape(says), cls="soft") if says else "")
        return (
            tag("p", line, cls="state")
            + tag("div", _gauges(record, steps), cls="gauges")
            + _tree(record, steps)
        )

    async def events(self, request: Request) -> Response:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        if run.broken:
            raise UsageError(f"Run {run.record.id} is broken: {run.broken}.")
        stream = follow(
            run.trace_path,
            last_seen(request),
            state=lambda: "running" if run.now().record.state == "running" else "over",
            step=step_row,
            leaving=self.jobs.leaving.is_set,
            board=lambda steps: self.board(run.now(), steps),
        )
        return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    async def cancel(self, request: Request) -> Response:
        run = await self._posted(request)
        if not self.jobs.cancel(run.record.id) and run.record.state == "running":
            raise UsageError(
                "This run does not go on in this server.", remedy="Stop it where it was started."
            )
        return RedirectResponse(f"/runs/{run.record.id}", 303)

    async def resume(self, request: Request) -> Response:
        run = await self._posted(request)
        if run.broken:
            raise UsageError(
                f"Run {run.record.id} is broken: {run.broken}.", remedy="Ask its question again."
            )
        begun = await run_in_threadpool(self.jobs.again, run)
        return RedirectResponse(f"/runs/{begun.record.id}", 303)

    async def delete(self, request: Request) -> Response:
        run = await self._posted(request)
        if run.record.id in self.jobs.runs:
            raise UsageError("This run is under way.", remedy="Stop it first.")
        await run_in_threadpool(delete_run, run)
        return RedirectResponse("/runs", 303)

    async def _posted(self, request: Request) -> Run:
        given = await request.form(max_files=0, max_fields=4)
        check_form(request, given.get("csrf"))
        return await run_in_threadpool(find_run, request.path_params["id"])


def step_row(step: Step) -> str:
    """One step as a list item."""
    shown = " ".join(str(value) for value in step.arguments.values())[:MAX_SHOWN]
    came = " ".join(step.summary.split())[:MAX_SHOWN]
    inside = (
        tag("span", escape(step.kind), cls="kind"),
        tag("span", escape(shown), cls="what", dir="auto"),
        tag("span", f"{step.seconds * 1000:.0f} ms", cls="soft time"),
        tag("p", escape(came), cls="soft", dir="auto") if came else "",
        tag("p", escape(step.error), cls="bad") if step.error else "",
    )
    return tag("li", inside, value=str(step.n))


def _gauges(record: RunRecord, steps: Sequence[Step]) -> str:
    total = Counter(step.kind for step in steps)
    spent = sum(step.seconds for step in steps)
    if record.state == "running" and steps:
        spent = max(spent, time.time() - datetime.fromisoformat(record.started).timestamp())
    calls = sum(total.values()) - total["reset"] - total["end"]
    gauges = (
        ("steps", f"{calls}", calls, record.max_steps),
        ("seconds", f"{spent:.0f}", spent, record.max_seconds),
        ("searches", str(total["search"]), 0.0, None),
        ("documents opened", str(total["open"]), 0.0, None),
        ("model calls", str(total["model"]), 0.0, None),
    )
    return "".join(_gauge(*gauge) for gauge in gauges)


def _gauge(name: str, shown: str, value: float, most: float | None) -> str:
    bar, of = "", ""
    if most is not None:
        bar = tag("meter", "", min="0", max=f"{most:g}", value=f"{min(value, most):g}", aria_label=name)
        of = tag("span", f" of {most:g}", cls="soft")
    return tag("div", tag("b", shown) + of + tag("span", name, cls="soft name") + bar, cls="gauge")


def _tree(record: RunRecord, steps: Sequence[Step]) -> str:
    """The sub-questions with what was done for each; a step belongs to the question that was last searched for."""
    parts = {part.query: part.text for part in split(record.question)}
    counts: dict[str, Counter[str]] = {query: Counter() for query in parts}
    current = next(iter(parts), "")
    for step in steps:
        asked = str(step.arguments.get("query") or step.arguments.get("question") or "")
        current = asked if asked in counts else current
        if current and step.kind not in ("reset", "end"):
            counts[current][step.kind] += 1
    rows = []
    for query, text in parts.items():
        done = ", ".join(f"{n} {kind}" for kind, n in counts[query].items())
        here = {"aria_current": "step"} if query == current and record.state == "running" else {}
        rows.append(tag("li", tag("span", escape(text), dir="auto") + tag("span", done, cls="soft"), **here))
    return card(tag("ul", rows, cls="tree")) if rows else ""
