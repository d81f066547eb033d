"""The first page: a question, where to look, who researches, and what it may cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.agents.research import MAX_QUESTION
from leadline.agents.roster import AGENTS
from leadline.errors import UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.collection import Collection
from leadline.runs.store import list_runs
from leadline.serve.pages import uploads
from leadline.serve.pages.frame import badge, button, card, choice, field, form, html, layout
from leadline.serve.pages.jobs import INFINITY, Jobs
from leadline.serve.pages.session import check_form

N_RECENT = 6


class Ask:
    """GET / shows the form, POST /ask starts a run."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs

    def routes(self) -> list[Route]:
        return [Route("/", self.home), Route("/ask", self.start, methods=["POST"])]

    async def home(self, request: Request) -> Response:
        names = await run_in_threadpool(Collection.names)
        recent = await run_in_threadpool(self._recent)
        chosen = request.query_params.get("collection", "")
        intro = tag("h1", "What do you want to know?") + tag(
            "p",
            "Every sentence of the answer is found in your sources, word for word, or it is not said.",
            cls="lead",
        )
        return html(
            layout("Ask", intro + _form(request, names, chosen) + recent, here="/", scripts=["ask.js"])
        )

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

    async def start(self, request: Request) -> Response:
        form_data = await request.form(max_files=uploads.MAX_FILES, max_fields=40)
        check_form(request, form_data.get("csrf"))
        run = await run_in_threadpool(self._start, **await _wanted(form_data))
        return RedirectResponse(f"/runs/{run.record.id}", 303)

    def _start(self, question: str, sources: list[Path], **options: Any) -> Any:
        return self.jobs.start(question, sources, **options)


async def _wanted(given: FormData) -> dict[str, Any]:
    """The fields of the form, checked; UsageError says which one and why."""
    question = text(given, "question").strip()
    if not question:
        raise UsageError("The question is empty.", remedy="Go back and ask something.")
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
    }


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


def _form(request: Request, names: list[str], chosen: str) -> str:
    question = area("question", "Who manages the Oxley Reach project, and since when?", required="")
    where = field(
        "Collection", choice("collection", [("", "none"), *((n, n) for n in names)], chosen), "collection"
    )
    path = field("Path on this machine", void("input", name="path", id="path", placeholder="./folder"), "path",
                 "A file, a folder or a zip archive.")  # fmt: skip
    drop = void("input", type="file", name="files", id="files", multiple="", aria_describedby="files-said")
    files = tag("div", tag("label", "Or drop files here", for_="files") + drop
                + tag("small", uploads.LIMITS, id="files-said"), cls="field drop", id="drop")  # fmt: skip
    agents = [(agent.name, f"{agent.name}: {agent.idea}") for agent in AGENTS]
    more = tag("summary", "Agent and budget") + tag(
        "div",
        [
            field("Agent", choice("agent", agents), "agent"),
            field("Model", void("input", name="model", id="model", placeholder="local"), "model",
                  "Only for agents that use one: local, PROVIDER:NAME or http://HOST/v1#NAME."),
            field("Most steps", void("input", name="max_steps", id="max_steps", type="number", min="1",
                                     placeholder="no limit"), "max_steps"),
            field("Most seconds", void("input", name="max_seconds", id="max_seconds", type="number", min="1",
                                       placeholder="no limit"), "max_seconds"),
        ],
        cls="pair",
    )  # fmt: skip
    inside = (
        field("Question", question, "question")
        + tag("fieldset", tag("legend", "Where to look") + tag("div", where + path, cls="pair") + files)
        + tag("details", more)
        + tag("p", button("Start", "primary"), cls="actions")
    )
    return card(form(request, "/ask", inside, upload=True))


def area(name: str, example: str, **more: str) -> str:
    """A text area with an example in it."""
    return tag("textarea", "", name=name, id=name, rows="3", placeholder=example, dir="auto",
               maxlength=str(MAX_QUESTION), **more)  # fmt: skip
