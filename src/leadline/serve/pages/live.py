"""All runs, and one run while it goes on: pause, cancel, resume; its events for a browser that watches."""

from __future__ import annotations

import time
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from leadline.errors import UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.runs.store import Run, delete_run, find_run, list_runs
from leadline.runs.trace import Step
from leadline.serve.pages import grants
from leadline.serve.pages.beside import collection_of, opened
from leadline.serve.pages.calls import read_calls
from leadline.serve.pages.events import follow, last_seen
from leadline.serve.pages.frame import badge, button, form, html, layout, table
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.seen import seen
from leadline.serve.pages.session import check_form
from leadline.serve.pages.shelf import Shelf
from leadline.serve.pages.watch import overview, rows_of

N_LISTED = 200
N_STEPS = 500
"""Steps that the page of a run shows; the ones before are in the trace."""
SAYS = {
    "interrupted": "Its process ended before it did. Resumed, it goes on after its last finished step: no search and "
    "no model call is paid twice.",
    "paused": "It waits. Resumed, it goes on after its last finished step.",
    "pausing": "It stops after its present step.",
    "cancelling": "It stops after its present step and keeps what it found.",
    "stopped": "It was stopped before it had a report.",
    "waiting": "It waits for a worker, or to be resumed here.",
}
"""State -> what it means, in a sentence."""
GOING = ("running", "pausing", "cancelling")
CAN_RESUME = ("interrupted", "paused", "stopped", "failed", "waiting", "budget spent")


class Live:
    """The routes of runs; a finished one with a report is the reader's to show."""

    def __init__(self, jobs: Jobs, shelf: Shelf) -> None:
        self.jobs, self.shelf = jobs, shelf

    def routes(self) -> list[Route]:
        return [
            Route("/runs", self.listing),
            Route("/runs/{id}/events", self.events),
            Route("/runs/{id}/steps/{n}", self.step),
            *(Route(f"/runs/{{id}}/{what}", self.change, methods=["POST"])
              for what in ("pause", "cancel", "resume", "again", "delete")),
        ]  # fmt: skip

    async def listing(self, request: Request) -> Response:
        return html(layout("Runs", await run_in_threadpool(self._listing), here="/runs"))

    def _listing(self) -> str:
        runs = list_runs()
        if not runs:
            return tag("h1", "Runs") + tag("p", "Nothing was asked yet.", cls="lead")
        rows = [self._row(run) for run in runs[:N_LISTED]]
        more = f" The newest {N_LISTED} of {len(runs)}." if len(runs) > N_LISTED else ""
        says = tag("p", "Every question is kept here with its trace and report." + more, cls="lead")
        shown = table(("", "question", "agent", "state", "started (UTC)"), rows, "Runs", "stacked")
        both = tag("p", button("Compare two"), cls="actions") if len(runs) > 1 else ""
        return tag("h1", "Runs") + says + tag("form", shown + both, method="get", action="/compare")

    def _row(self, run: Run) -> tuple[str, ...]:
        id, question = run.record.id, run.record.question or run.record.id
        box = void("input", type="checkbox", name="run", value=id, id=f"pick-{id}",
                   aria_label=f"Compare: {question}"[:120])  # fmt: skip
        return (
            "" if run.broken else box,
            tag("a", escape(question), href=f"/runs/{id}", dir="auto"),
            escape(run.record.agent),
            badge("broken" if run.broken else self.jobs.state(run)),
            tag("span", escape(run.record.started.replace("T", " ")[:16]), cls="soft"),
        )

    async def page(self, request: Request, run: Run) -> Response:
        """One run without a report: under way, paused, interrupted, stopped or failed."""
        body = await run_in_threadpool(self._page, request, run)
        return html(layout(run.record.question, body, here="/runs", scripts=["live.js"]))

    def _page(self, request: Request, run: Run) -> str:
        id, steps = run.record.id, run.steps()
        shown = steps[-N_STEPS:]
        more = f"The last {N_STEPS} of {len(steps)}; all are in the trace." if len(steps) > N_STEPS else ""
        going = run.record.state in ("running", "waiting")
        source = {"data_events": f"/runs/{id}/events"} if going else {}
        rows = rows_of(shown, read_calls(run.folder), id)
        return (
            tag("h1", escape(run.record.question), dir="auto")
            + tag(
                "p",
                "The connection is lost; trying again.",
                cls="banner",
                id="lost",
                hidden="",
                role="status",
            )
            + tag(
                "div",
                grants.line(run.record)
                + actions(request, run, self.jobs.state(run))
                + tag("div", self.board(run, steps), id="board"),
                cls="run",
            )
            + tag("h2", "Steps")
            + (tag("p", more, cls="soft") if more else "")
            + tag("ol", rows, id="steps", cls="steps", data_last=str(steps[-1].n if steps else 0), **source)
        )

    def board(self, run: Run, steps: Sequence[Step]) -> str:
        """What is known of the run so far: state, gauges, the tree of questions, what was read."""
        record, state = run.record, self.jobs.state(run)
        says = record.reason if state == "failed" else SAYS.get(state, "")
        job = self.jobs.runs.get(record.id)
        if job is not None and not steps and state == "running":
            done, total = job.reading
            says = f"Reading source {done} of {total}." if total else "Waiting for its turn."
        line = badge(state) + (tag("span", escape(says), cls="soft") if says else "")
        return tag("p", line, cls="state", role="status") + overview(
            record,
            steps,
            read_calls(run.folder),
            collection_of(run),
            _under_way(run) if state in GOING else 0.0,
        )

    async def events(self, request: Request) -> Response:
        run = await self._run(request)
        stream = follow(
            run.trace_path,
            last_seen(request),
            state=lambda: "running" if run.now().record.state in ("running", "waiting") else "over",
            rows=lambda steps: rows_of(steps, read_calls(run.folder), run.record.id),
            leaving=self.jobs.leaving.is_set,
            board=lambda steps: self.board(run.now(), steps),
        )
        return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    async def step(self, request: Request) -> Response:
        """What one step saw: as a page of its own, or alone for the list of steps."""
        run = await self._run(request)
        n, alone = request.path_params["n"], "alone" in request.query_params
        shown = await run_in_threadpool(lambda: seen(run.steps(), n, opened(self.shelf, collection_of(run))))
        if alone:
            return html(shown)
        back = tag("p", tag("a", escape(run.record.question), href=f"/runs/{run.record.id}", dir="auto"))
        return html(layout(f"Step {n}", back + tag("h1", f"Step {escape(n)}") + shown, here="/runs"))

    async def change(self, request: Request) -> Response:
        """Pause, cancel, resume, ask again, or delete."""
        given = await request.form(max_files=0, max_fields=4)
        check_form(request, given.get("csrf"))
        run, what = await self._run(request, broken=True), request.url.path.rpartition("/")[2]
        if what == "delete":
            if await run_in_threadpool(self.jobs.is_busy, run):
                raise UsageError("This run is under way.", remedy="Stop it first.")
            await run_in_threadpool(delete_run, run)
            return RedirectResponse("/runs", 303)
        do = {
            "pause": self.jobs.pause,
            "cancel": self.jobs.cancel,
            "resume": self.jobs.resume,
            "again": self.jobs.again,
        }
        now = await run_in_threadpool(do[what], run.whole("changed"))
        return RedirectResponse(f"/runs/{now.record.id}", 303)

    async def _run(self, request: Request, *, broken: bool = False) -> Run:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        if run.broken and not broken:
            raise UsageError(f"Run {run.record.id} is broken: {run.broken}.")
        return run


def _under_way(run: Run) -> float:
    """Seconds since the last step of a run was written."""
    try:
        return max(0.0, time.time() - run.trace_path.stat().st_mtime)
    except OSError:  # no step yet
        return 0.0


def actions(request: Request, run: Run, state: str) -> str:
    """What can be done with a run in its state."""

    def act(what: str, says: str, cls: str = "") -> str:
        return form(request, f"/runs/{run.record.id}/{what}", button(says, cls), cls="inline")

    if state in GOING:
        pause = act("resume", "Go on after all") if state == "pausing" else act("pause", "Pause")
        return tag("div", pause + act("cancel", "Stop and keep what was found"), cls="actions")
    resume = act("resume", "Resume", "primary") if state in CAN_RESUME else ""
    again = act("again", "Run it again", "" if resume else "primary")
    return tag("div", resume + again + act("delete", "Delete", "quiet"), cls="actions")
