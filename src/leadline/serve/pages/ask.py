"""The first page: a question, where to look, who researches, what it may do and cost, and what it is likely to cost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.agents.research import MAX_QUESTION
from leadline.agents.roster import AGENTS
from leadline.errors import LeadlineError, UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.collection import Collection
from leadline.runs.store import Run, list_runs
from leadline.serve.pages import uploads
from leadline.serve.pages.forecast import EMPTY, Size, forecast, reading_time, sentence, size_of
from leadline.serve.pages.frame import badge, button, card, choice, field, form, html, layout
from leadline.serve.pages.jobs import INFINITY, Jobs
from leadline.serve.pages.session import check_form

N_RECENT = 6
FIELDS = ("question", "collection", "path", "agent", "model", "max_steps", "max_seconds")


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
        given = {name: request.query_params.get(name, "") for name in FIELDS}
        return html(await run_in_threadpool(self._home, request, given))

    def _home(self, request: Request, given: Mapping[str, str], problem: str = "") -> str:
        """The page with what was typed in its fields, so that a mistake costs nobody a question."""
        intro = tag("h1", "What do you want to know?") + tag(
            "p",
            "Every sentence of the answer is found in your sources, word for word, or it is not said.",
            cls="lead",
        )
        if problem:
            intro += tag("p", escape(problem), cls="verdict fell", role="alert", id="problem")
        body = intro + _form(request, Collection.names(), given) + self._recent()
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
            run = await run_in_threadpool(self._start, **await _wanted(given))
        except LeadlineError as error:
            typed = {name: text(given, name) for name in FIELDS}
            return html(await run_in_threadpool(self._home, request, typed, str(error)), 400)
        return RedirectResponse(f"/runs/{run.record.id}", 303)

    def _start(self, question: str, sources: list[Path], **options: Any) -> Run:
        return self.jobs.start(question, sources, **options)


async def _wanted(given: FormData) -> dict[str, Any]:
    """The fields of the form, checked; UsageError says which one and why."""
    question = text(given, "question").strip()
    if not question:
        raise UsageError("The question is empty.", remedy="Ask something.")
    files = [file for file in given.getlist("files") if isinstance(file, UploadFile)]
    folder = await uploads.keep(files)
    sources = [uploads.existing(line) for line in text(given, "path").splitlines() if line.strip()]
    sources += [folder] if folder is not None else []
    collection = text(given, "collection")
    if collection:
        Collection.open(collection)
    elif not sources:
        raise UsageError(
            "There is nothing to read.", remedy="Choose a collection, drop files or give a path."
        )
    return {
        "question": question[:MAX_QUESTION],
        "sources": sources,
        "collection": collection,
        "agent": text(given, "agent") or AGENTS[0].name,
        "model": text(given, "model").strip(),
        "max_steps": limit(text(given, "max_steps"), "steps"),
        "max_seconds": limit(text(given, "max_seconds"), "seconds"),
        "offline": "network" not in given.getlist("may"),
    }


def _forecast(given: Mapping[str, str]) -> str:
    paths = [uploads.existing(line) for line in given.get("path", "").splitlines() if line.strip()]
    sent = Size(_whole(given.get("files")), _whole(given.get("images")), _whole(given.get("bytes")))
    here = size_of(paths)
    size = Size(here.files + sent.files, here.images + sent.images, here.bytes + sent.bytes, here.more)
    if not paths and sent == EMPTY and not given.get("collection"):
        return tag("span", "Choose what to read to see what the answer may cost.", cls="soft")
    known = bool(paths) and Collection.name_of(paths) in Collection.names()
    agent, model = given.get("agent") or AGENTS[0].name, given.get("model", "").strip()
    found = forecast(given.get("question", "")[:MAX_QUESTION], agent, model, reading_time(size, known=known))
    return sentence(found, size)


def _whole(given: str | None) -> int:
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) < 15 else 0


def text(given: FormData, name: str) -> str:
    """A field of a form as text; a file in its place is nothing."""
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


def limit(given: str, what: str) -> float:
    """A limit as it was typed; nothing typed is no limit."""
    if not given.strip():
        return INFINITY
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise UsageError(f"The limit of {what} must be a number above 0, not {given.strip()[:40]!r}.")
    return value


# ---- the form ---------------------------------------------------------------------------------------


def _form(request: Request, names: list[str], given: Mapping[str, str]) -> str:
    question = tag("textarea", escape(given["question"]), name="question", id="question", rows="3", dir="auto",
                   placeholder="Who manages the Oxley Reach project, and since when?", required="",
                   maxlength=str(MAX_QUESTION))  # fmt: skip
    where = tag("div", _collections(names, given) + _path(given), cls="pair") + drop_zone()
    open_now = {"open": ""} if any(given[name] for name in ("model", "max_steps", "max_seconds")) else {}
    inside = (
        field("Question", question, "question")
        + tag("fieldset", tag("legend", "Where to look") + where)
        + tag("details", tag("summary", "Agent, permissions and budget") + _agent(given) + _permissions(), **open_now)
        + tag("output", tag("span", "Choose what to read to see what the answer may cost.", cls="soft"), id="forecast",
              for_="question collection path agent")
        + tag("p", button("Start", "primary"), cls="actions")
    )  # fmt: skip
    return card(form(request, "/ask", inside, upload=True))


def _collections(names: list[str], given: Mapping[str, str]) -> str:
    options = choice("collection", [("", "none"), *((n, n) for n in names)], given["collection"])
    return field("Collection", options, "collection")


def _path(given: Mapping[str, str]) -> str:
    entry = void("input", name="path", id="path", value=given["path"], placeholder="./folder")
    return field("Path on this machine", entry, "path", "A file, a folder or a zip archive.")


def drop_zone() -> str:
    """Where files and folders are dropped or chosen, with the limits."""
    files = void("input", type="file", name="files", id="files", multiple="", aria_describedby="files-said")
    says = tag("small", uploads.LIMITS, id="files-said", data_files=str(uploads.MAX_FILES),
               data_mib=str(uploads.MAX_MIB))  # fmt: skip
    return tag("div", tag("label", "Or drop files or a folder here", for_="files") + files + says,
               cls="field drop", id="drop")  # fmt: skip


def _agent(given: Mapping[str, str]) -> str:
    agents = [(agent.name, f"{agent.name}: {agent.idea}") for agent in AGENTS]
    model = void("input", name="model", id="model", value=given["model"], placeholder="local")
    return tag(
        "div",
        [
            field("Agent", choice("agent", agents, given["agent"]), "agent"),
            field("Model", model, "model", "Only for agents that use one: local, PROVIDER:NAME or http://HOST/v1#NAME."),
            field("Most steps", _limit("max_steps", given), "max_steps"),
            field("Most seconds", _limit("max_seconds", given), "max_seconds"),
        ],
        cls="pair",
    )  # fmt: skip


def _limit(name: str, given: Mapping[str, str]) -> str:
    return void("input", name=name, id=name, type="number", min="1", step="any", value=given[name],
                placeholder="no limit")  # fmt: skip


def _permissions() -> str:
    """What the run may do. What is not here (the web, running code, writing files) no agent of these pages can do."""
    boxes: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        (
            "",
            "Read the chosen sources",
            "Always; nothing else on this machine.",
            {"checked": "", "disabled": ""},
        ),
        (
            "network",
            "Send what is read to the model's server",
            "Needed for any model that does not run in this process.",
            {},
        ),
    )
    rows = "".join(_permission(*box) for box in boxes)
    return tag("fieldset", tag("legend", "Permissions") + rows, cls="boxes")


def _permission(name: str, says: str, hint: str, state: Mapping[str, str]) -> str:
    id = f"may-{name or 'read'}"
    box = void(
        "input", type="checkbox", name="may", value=name, id=id, aria_describedby=f"{id}-hint", **state
    )
    return tag("span", box + tag("label", says, for_=id) + tag("small", hint, id=f"{id}-hint"), cls="box")
