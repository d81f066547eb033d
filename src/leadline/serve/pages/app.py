"""The pages as one ASGI application: routes, their errors as pages, and the guards before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from leadline.errors import LeadlineError, NotFound
from leadline.serve.guard import App, Guard
from leadline.serve.meters import Meters
from leadline.serve.pages import uploads
from leadline.serve.pages.ask import Ask
from leadline.serve.pages.compare import Compare
from leadline.serve.pages.frame import message_page
from leadline.serve.pages.graph import Graph
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.laboratory import Laboratory
from leadline.serve.pages.live import Live
from leadline.serve.pages.playground import Playground
from leadline.serve.pages.reader import Reader
from leadline.serve.pages.refusals import Refusals
from leadline.serve.pages.session import Session
from leadline.serve.pages.shelf import Shelf
from leadline.serve.pages.shelves import Shelves
from leadline.serve.pages.sparse import Sparse
from leadline.serve.search_app import LOOPBACK

STATIC = Path(__file__).parent / "static"
ENVELOPE = 1024 * 1024
"""What a form adds around its files."""


def create_ui(
    token: str,
    *,
    password: str = "",
    hosts: tuple[str, ...] = LOOPBACK,
    results: Path = Path("results"),
    jobs: Jobs | None = None,
) -> App:
    """The application. Who has `token` (or `password`) gets in; without a password it must listen on loopback only."""
    work, shelf, sparse = jobs or Jobs(), Shelf(), Sparse()
    live = Live(work, shelf)
    rooms = (
        Ask(work),
        Compare(work),
        live,
        Reader(work, shelf, live),
        Playground(shelf, sparse),
        Shelves(work, shelf),
        Graph(shelf),
        Laboratory(results),
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        sparse.leaving.set()
        await run_in_threadpool(work.close)
        await run_in_threadpool(sparse.close)

    routes = [
        Route("/health", _health),
        Mount("/static", StaticFiles(directory=STATIC)),
        *(route for room in rooms for route in room.routes()),
    ]
    inner = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={LeadlineError: problem, HTTPException: refusal, Exception: bug},
    )
    guarded = Guard(
        Session(inner, token=token, password=password),
        hosts=hosts,
        meters=Meters(),
        max_body=uploads.MAX_MIB * 1024 * 1024 + ENVELOPE,
        streams=("/events",),
    )
    return Refusals(guarded)


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok")


async def problem(request: Request, error: Exception) -> Response:
    """What a person can mend, as a page."""
    assert isinstance(error, LeadlineError)
    missing = isinstance(error, NotFound)
    return message_page(
        "Not found" if missing else "That did not work", str(error), status=404 if missing else 400
    )


async def refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    says = "There is no such page." if error.status_code == 404 else str(error.detail)
    return message_page(
        "Not found" if error.status_code == 404 else "Refused", says, status=error.status_code
    )


async def bug(request: Request, error: Exception) -> Response:
    return message_page("This page failed", "It is a mistake of ours; the server goes on.", status=500)
