"""The guard alone, driven as a server would drive it: slow clients, clients that leave, a full queue."""

import asyncio
import json

import pytest

from leadline.serve.guard import Guard
from leadline.serve.meters import Meters


class Echo:
    """Answers with the body that it got, when `go` is set."""

    def __init__(self):
        self.go, self.bodies = asyncio.Event(), []

    async def __call__(self, scope, receive, send):
        self.bodies.append((await receive())["body"])
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.bodies[-1]})


async def ask(guard, chunks, *, path="/v1/search", headers=(), pause=0.0):
    """(status, headers, body). chunks are the parts of the body; None is a client that leaves."""
    parts, sent = list(chunks), []

    async def receive():
        await asyncio.sleep(pause)
        if not parts:
            await asyncio.Event().wait()
        part = parts.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"host", b"localhost"), *headers]}
    await guard(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def made(**options):
    echo = Echo()
    return Guard(echo, hosts=("localhost",), meters=Meters(), **options), echo


def test_a_slow_client_gets_408_and_never_reaches_a_route():
    async def go():
        guard, echo = made(body_seconds=0.05)
        status, headers, body = await ask(guard, [b"a", b"b", b"c"], pause=0.03)
        assert (status, json.loads(body)["error"]) == (408, "The body did not arrive in time.")
        assert headers[b"connection"] == b"close"  # what still comes of the body is no request
        assert (echo.bodies, guard.busy) == ([], 0)
        echo.go.set()
        assert await ask(guard, [b"a", b"b"]) == (200, {}, b"ab")

    asyncio.run(go())


def test_a_client_that_leaves_gets_a_4xx_nobody_reads():
    async def go():
        guard, echo = made()
        assert (await ask(guard, [b"a", None]))[0] == 400
        assert echo.bodies == []

    asyncio.run(go())


def test_a_body_that_grows_too_long_is_refused_whatever_it_declared():
    async def go():
        guard, _ = made(max_body=4)
        assert (await ask(guard, [b"abc", b"de"]))[0] == 413
        for declared in (b"5", b"-1", b"many"):
            assert (await ask(guard, [b""], headers=[(b"content-length", declared)]))[0] == 413

    asyncio.run(go())


def test_when_the_queue_is_full_the_refusal_does_not_wait_for_a_body():
    async def go():
        guard, echo = made(queue=1)
        first = asyncio.create_task(ask(guard, [b"first"]))
        await asyncio.sleep(0.01)
        assert guard.busy == 1
        status, headers, body = await asyncio.wait_for(ask(guard, []), 1)  # its body never comes
        assert (status, headers[b"retry-after"]) == (429, b"1")
        assert json.loads(body)["error"] == "Too many requests at once."
        echo.go.set()
        assert (await first)[0] == 200
        assert (await ask(guard, [b"again"]))[0] == 200
        assert guard.busy == 0

    asyncio.run(go())


@pytest.mark.parametrize("path", ["/health", "/metrics", "/docs"])
def test_light_paths_are_answered_while_the_queue_is_full(path):
    async def go():
        guard, echo = made(queue=1)
        first = asyncio.create_task(ask(guard, [b"first"]))
        await asyncio.sleep(0.01)
        light = asyncio.create_task(ask(guard, [b""], path=path))
        await asyncio.sleep(0.01)
        echo.go.set()
        assert (await light)[0] == 200
        assert (await first)[0] == 200

    asyncio.run(go())
