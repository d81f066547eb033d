"""What the guard refuses before any page is asked (a body that is too large, a foreign host), said as a page.

The guard answers programs in JSON; a person who sent a form sees the same words in the frame of the pages.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.serve.pages.frame import message_page


class Refusals:
    """ASGI wrapper around the guard: JSON refusals become pages for clients that take HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        takes_html = scope["type"] == "http" and any(
            name == b"accept" and b"text/html" in value for name, value in scope["headers"]
        )
        if not takes_html:
            await self.app(scope, receive, send)
            return
        refused: Message | None = None

        async def paged(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and _is_refusal(message):
                refused = message
            elif refused is None:
                await send(message)
            elif message["type"] == "http.response.body":
                status, headers = refused["status"], dict(refused.get("headers", []))
                page = message_page("Refused", _words(message.get("body", b""), status), status=status)
                if b"retry-after" in headers:
                    page.headers["retry-after"] = headers[b"retry-after"].decode()
                await page(scope, receive, send)

        await self.app(scope, receive, paged)


def _is_refusal(start: Message) -> bool:
    return start["status"] >= 400 and (b"content-type", b"application/json") in start.get("headers", [])


def _words(body: bytes, status: int) -> str:
    try:
        return str(json.loads(body)["error"]) + " Nothing was changed."
    except (ValueError, KeyError, TypeError):
        return HTTPStatus(status).phrase
