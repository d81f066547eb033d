"""The frame of every page, and the few pieces that all of them are made of. All text passes `escape`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse

from leadline.evidence.render.html import LOGO
from leadline.evidence.render.page import escape, tag, void

ROOMS = (
    ("/", "Ask"),
    ("/runs", "Runs"),
    ("/search", "Search"),
    ("/collections", "Collections"),
    ("/laboratory", "Laboratory"),
)


def layout(title: str, body: str, *, here: str = "", scripts: Sequence[str] = (), wide: bool = False) -> str:
    """A whole page. `here` is the address of the room that it belongs to, `scripts` names in static/."""
    head = (
        void("meta", charset="utf-8"),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        tag("title", escape(title) + " · Leadline"),
        void("link", rel="stylesheet", href="/static/pages.css"),
        void("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        *(tag("script", type="module", src=f"/static/{name}") for name in scripts),
    )
    links = [_room(address, name, here) for address, name in ROOMS]
    top = tag("a", LOGO + "Leadline", href="/", cls="brand") + tag("nav", links, aria_label="Rooms")
    inside = (
        tag("a", "Skip to the content", href="#content", cls="skip"),
        tag("header", top, cls="top"),
        tag("main", body, id="content", cls="wide" if wide else "narrow"),
    )
    return "<!doctype html>\n" + tag("html", tag("head", head) + tag("body", inside), lang="en") + "\n"


def _room(address: str, name: str, here: str) -> str:
    if address == here:
        return tag("a", name, href=address, aria_current="page")
    return tag("a", name, href=address)


def html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status_code=status)


def message_page(title: str, says: str, *, more: str = "", status: int = 200) -> HTMLResponse:
    """A page that says one thing."""
    body = tag("h1", escape(title)) + tag("p", escape(says), cls="lead") + more
    return html(layout(title, body), status)


def card(content: str, cls: str = "") -> str:
    return tag("section", content, cls=f"card {cls}".strip())


def field(label: str, control: str, id: str, hint: str = "") -> str:
    """A labelled control."""
    note = tag("small", hint) if hint else ""
    return tag("div", tag("label", escape(label), for_=id) + control + note, cls="field")


def choice(name: str, options: Iterable[tuple[str, str]], chosen: str = "") -> str:
    """A select: (value, text) pairs."""
    inside = [
        tag("option", escape(text), value=value, **({"selected": ""} if value == chosen else {}))
        for value, text in options
    ]
    return tag("select", inside, name=name, id=name)


def form(request: Request, action: str, content: str, *, upload: bool = False, cls: str = "stack") -> str:
    """A form that changes something: with the token that `check_form` wants."""
    hidden = void("input", type="hidden", name="csrf", value=request.state.csrf)
    kind = {"enctype": "multipart/form-data"} if upload else {}
    return tag("form", hidden + content, method="post", action=action, cls=cls, **kind)


def button(text: str, cls: str = "", **attributes: str) -> str:
    return tag("button", escape(text), type="submit", cls=cls, **attributes)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", cls: str = "") -> str:
    """A table whose cells are HTML; `stacked` ones become a list where the window is narrow."""
    names = [tag("th", escape(name), scope="col") if name else tag("td") for name in columns]
    head = tag("thead", tag("tr", names))
    body = tag("tbody", [tag("tr", [tag("td", cell) for cell in row]) for row in rows])
    title = tag("caption", escape(caption)) if caption else ""
    frame = {"tabindex": "0", "role": "group", "aria_label": caption or "Table"}
    return tag("div", tag("table", title + head + body), cls=f"scroll {cls}".strip(), **frame)


def badge(text: str, cls: str = "") -> str:
    return tag("span", escape(text), cls=f"badge {cls or text.replace(' ', '-')}")


def count(n: int, word: str, many: str = "") -> str:
    """A number with its word.

    >>> count(1, "query", "queries"), count(2, "query", "queries"), count(1200, "step")
    ('1 query', '2 queries', '1,200 steps')
    """
    return f"{n:,} {word}" if n == 1 else f"{n:,} {many or word + 's'}"
