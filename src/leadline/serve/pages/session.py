"""Who may look: a token in the first address (as Jupyter does), then a cookie; a form token guards every change.

The token is made at start and printed on the terminal; a restart makes a new one. A server that others can reach
also takes a password. Nothing here writes the token anywhere else.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.errors import UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.serve.pages.frame import card, field, message_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline and nothing from elsewhere: text of a document cannot run or load anything."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with no-referrer a browser sends "Origin: null" with our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
OPEN = ("/static/", "/health")
"""Needed to show the page that asks for the token."""
WRONG_PASSWORD_SECONDS = 1.0


class Session:
    """ASGI wrapper around the pages: lets in who has the token, the password or the cookie."""

    def __init__(self, app: ASGIApp, *, token: str, password: str = "") -> None:
        self.app, self.token, self.password = app, token, password
        self._secret = secrets.token_bytes(32)
        self.cookie = "leadline_" + sha256(token.encode()).hexdigest()[:8]
        """Cookies are shared by all ports of a host: each server has a name of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["csrf"] = self._signed("csrf")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_headers(message.get("headers", []))
            await send(message)

        answer = await self._gate(Request(scope, receive))
        await (answer or self.app)(scope, receive, guarded)

    async def _gate(self, request: Request) -> Response | None:
        """None lets the request through."""
        if not _same_origin(request):
            return message_page("Refused", "Changes are accepted from these pages only.", status=403)
        if request.url.path.startswith(OPEN):
            return None
        given = request.query_params.get("token")
        if given is not None and _equal(given, self.token):
            return self._enter(request.url.remove_query_params("token").path)
        if _equal(request.cookies.get(self.cookie, ""), self._signed("cookie")):
            return None
        if self.password and request.url.path == "/login" and request.method == "POST":
            return await self._login(request)
        return self._ask()

    async def _login(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=4)
        if _equal(str(form.get("password", "")), self.password):
            return self._enter("/")
        await asyncio.sleep(WRONG_PASSWORD_SECONDS)
        return self._ask("That is not the password.")

    def _enter(self, path: str) -> Response:
        answer = RedirectResponse(path, 303)
        answer.set_cookie(self.cookie, self._signed("cookie"), httponly=True, samesite="strict", path="/")
        return answer

    def _ask(self, problem: str = "") -> Response:
        """How to get in; also what someone sees whose server was restarted."""
        says = (
            "This address needs the token that Leadline prints when it starts. Open the link from the terminal, "
            "or run `leadline ui` again: it prints a new one. Runs and reports are kept."
        )
        form = ""
        if self.password:
            entry = field("Password", void("input", type="password", name="password", id="password",
                                           autocomplete="current-password", required=""), "password")  # fmt: skip
            form = tag("form", entry + tag("button", "Open"), method="post", action="/login", cls="stack")
        bad = tag("p", escape(problem), cls="bad", role="alert") if problem else ""
        return message_page("Leadline is locked", says, more=card(bad + form) if form else "", status=401)

    def _signed(self, purpose: str) -> str:
        return hmac.new(self._secret, purpose.encode(), sha256).hexdigest()


def new_token() -> str:
    """A token for one start of the server."""
    return secrets.token_urlsafe(24)


def check_form(request: Request, given: object) -> None:
    """UsageError unless the form was made by these pages."""
    if not _equal(str(given or ""), request.state.csrf):
        raise UsageError("This form is too old.", remedy="Reload the page and send it again.")


def _same_origin(request: Request) -> bool:
    """A browser tells where a change comes from: it must be this very host and port."""
    origin = request.headers.get("origin")
    if origin is None or request.method in ("GET", "HEAD"):
        return True
    return origin.split("://", 1)[-1] == request.headers.get("host", "")


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _with_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    more = {**HEADERS, "cache-control": "no-cache" if b"etag" in present else "no-store"}
    return [*headers, *((k.encode(), v.encode()) for k, v in more.items() if k.encode() not in present)]
