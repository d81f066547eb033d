"""The first page: a question, where to look, who researches, what it may do and cost, and what it is likely to cost."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.agents.inquiry import Inquiry
from leadline.agents.research import MAX_QUESTION
from leadline.agents.roster import AGENTS
from leadline.errors import LeadlineError, UsageError
from leadline.evidence.render.page import escape, tag
from leadline.retrieval.collection import Collection
from leadline.runs.store import list_runs
from leadline.serve.pages import grants, uploads
from leadline.serve.pages.ask_form import (
    FIELDS,
    LIMITS,
    LINKED,
    NOTHING_YET,
    Typed,
    first_steps,
    question_form,
)
from leadline.serve.pages.forecast import EMPTY, Size, forecast, reading_time, sentence, size_of
from leadline.serve.pages.frame import badge, html, layout
from leadline.serve.pages.given import limit, text, whole
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.session import check_form

N_RECENT = 6


class Ask:
    """GET / shows the form, GET /forecast what it is likely to cost, POST /ask starts a run."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs

    def routes(self) -> list[Route]:
        return [
            Route("/", self.home),
            Route("/forecast", self.forecast),
            Route("/ask", self.start, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        given = {name: request.query_params.get(name, "") if name in LINKED else "" for name in FIELDS}
        return html(await run_in_threadpool(self._home, request, Typed(given)))

    def _home(self, request: Request, given: Typed, problem: str = "") -> str:
        """The page with what was typed in its fields, so that a mistake costs nobody a question."""
        intro = tag("h1", "What do you want to know?") + tag(
            "p",
            "Every sentence of the answer is found in your sources, word for word, or it is not said.",
            cls="lead",
        )
        if problem:
            intro += tag("p", escape(problem), cls="verdict fell", role="alert", id="problem")
        names, recent = Collection.names(), self._recent()
        body = intro + question_form(request, names, given) + (recent or first_steps())
        return layout("Ask", body, here="/", scripts=["ask.js", "forecast.js"])

    def _recent(self) -> str:
        runs = [run for run in list_runs() if not run.broken][:N_RECENT]
        if not runs:
            return ""
        rows = [
            tag(
                "li",
                tag("a", escape(run.record.question), href=f"/runs/{run.record.id}", dir="auto")
                + badge(self.jobs.state(run)),
            )
            for run in runs
        ]
        return tag("section", tag("h2", "Lately asked") + tag("ul", rows, cls="list"))

    async def forecast(self, request: Request) -> Response:
        """What the form's question is likely to cost, as a line; what cannot be asked so says why."""
        given = request.query_params
        try:
            return html(await run_in_threadpool(_forecast, given))
        except LeadlineError as error:
            return html(tag("span", escape(str(error)), cls="bad"))

    async def start(self, request: Request) -> Response:
        given = await request.form(max_files=uploads.MAX_FILES, max_fields=40)
        check_form(request, given.get("csrf"))
        try:
            run = await run_in_threadpool(self.jobs.start, await _wanted(given))
        except LeadlineError as error:
            typed = Typed({name: text(given, name) for name in FIELDS}, _ticked(given))
            return html(await run_in_threadpool(self._home, request, typed, str(error)), 400)
        return RedirectResponse(f"/runs/{run.record.id}", 303)


async def _wanted(given: FormData) -> Inquiry:
    """The fields of the form, checked; UsageError says which one and why."""
    question = text(given, "question").strip()
    if not question:
        raise UsageError("The question is empty.", remedy="Ask something.")
    files = [file for file in given.getlist("files") if isinstance(file, UploadFile)]
    may = grants.read(_texts(given, "may"), text(given, "search"), _texts(given, "mcp"))
    agent, model = text(given, "agent") or AGENTS[0].name, text(given, "model").strip()
    grants.check(may, agent, model)
    folder = await uploads.keep(files)
    sources = [uploads.existing(line) for line in text(given, "path").splitlines() if line.strip()]
    sources += [folder] if folder is not None else []
    collection = text(given, "collection")
    if collection:
        Collection.open(collection)
    elif not sources and not reaches_out(may):
        raise UsageError(
            "There is nothing to read.", remedy="Choose a collection, drop files or give a path."
        )
    limits: dict[str, Any] = {name: limit(text(given, name), what) for name, what in LIMITS.items()}
    return Inquiry(
        question[:MAX_QUESTION],
        sources,
        collection=collection or None,
        agent=agent,
        model=model,
        offline=may.offline,
        outside=may.outside,
        **limits,
    )


def _texts(given: FormData | QueryParams, name: str) -> list[str]:
    return [value for value in given.getlist(name) if isinstance(value, str)]


def _ticked(given: FormData) -> grants.Given:
    """What was ticked in a form that is shown again; what cannot be read is not ticked."""
    try:
        return grants.read(_texts(given, "may"), text(given, "search"), _texts(given, "mcp"))
    except LeadlineError:
        return grants.UNTICKED


def reaches_out(may: grants.Given) -> bool:
    """Whether there is somewhere else to look than in sources."""
    return bool({"web", "mcp"} & set(may.outside.allow))


def _forecast(given: QueryParams) -> str:
    paths = [uploads.existing(line) for line in given.get("path", "").splitlines() if line.strip()]
    sent = Size(whole(given.get("files")), whole(given.get("images")), whole(given.get("bytes")))
    here = size_of(paths)
    size = Size(here.files + sent.files, here.images + sent.images, here.bytes + sent.bytes, here.more)
    agent, model = given.get("agent") or AGENTS[0].name, given.get("model", "").strip()
    may = grants.read(_texts(given, "may"), given.get("search", ""), _texts(given, "mcp"))
    grants.check(may, agent, model)
    grants.check_outside(may.outside, offline=may.offline)
    if not paths and sent == EMPTY and not given.get("collection") and not reaches_out(may):
        return tag("span", NOTHING_YET, cls="soft")
    known = bool(paths) and Collection.name_of(paths) in Collection.names()
    question, reading = given.get("question", "")[:MAX_QUESTION], reading_time(size, known=known)
    return sentence(forecast(question, agent, model, reading, may.outside), size, may.outside)
