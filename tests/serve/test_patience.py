"""Clients that send or read slowly, over real sockets, with either parser of uvicorn."""

import asyncio
import json
import time

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadline.serve.patience import patient

LARGE = b"x" * 20_000_000


async def app(scope, receive, send):
    """Answers what it got as a body; /large answers 20 MB."""
    if scope["type"] != "http":
        return
    body = LARGE if scope["path"] == "/large" else (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def served(protocol, talk, *, app=app, **limits):
    """What `talk(port, server)` gives while such a server runs."""

    async def go():
        kind = patient(protocol, **limits)
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=kind, log_level="critical", lifespan="off", loop="asyncio")
        )
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            return await talk(server.servers[0].sockets[0].getsockname()[1], server)
        finally:
            server.should_exit = True
            await running

    return asyncio.run(go())


async def said(port, *parts, pause=0.0):
    """(answer until the server hangs up, seconds): the parts are sent with pauses between them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()

    async def send():
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    answer = await reader.read()
    seconds = time.perf_counter() - began
    sending.cancel()
    writer.close()
    return answer, seconds


@pytest.fixture(params=[HttpToolsProtocol, H11Protocol])
def protocol(request):
    return request.param


@pytest.mark.parametrize("parts", [[], [b"GET / HTT"], [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n"] * 200]])
def test_a_head_that_does_not_come_in_time_is_a_408(protocol, parts):
    async def talk(port, server):
        return await said(port, *parts, pause=0.02)

    answer, seconds = served(protocol, talk, head_seconds=0.2)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"] == "The header lines did not arrive in time."
    assert 0.15 < seconds < 2


def test_a_later_request_is_timed_from_its_first_byte(protocol):
    request = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"

    async def talk(port, server):
        return await said(port, request, request, request[:20], pause=0.15)

    answer, seconds = served(protocol, talk, head_seconds=0.25)
    assert [answer.count(status) for status in (b" 200 OK", b" 408 Request")] == [2, 1]
    assert 0.5 < seconds < 2


def test_header_lines_without_end_are_a_431():
    """httptools keeps them all; h11 refuses by a limit of its own."""

    async def talk(port, server):
        return await said(port, b"GET / HTTP/1.1\r\n", *[b"a: " + b"b" * 990 + b"\r\n"] * 3)

    answer, _ = served(HttpToolsProtocol, talk, head_bytes=2048)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"limited to 2 KiB" in answer


def test_the_rest_of_a_body_that_was_answered_unread_is_no_head():
    """It is not refused for its length, but ends like a head when it goes on for too long."""

    async def deaf(scope, receive, send):
        await send({"type": "http.response.start", "status": 429, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def talk(port, server):
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3000\r\n\r\n"
        more = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
        return await said(port, head, b"x" * 1000, b"x" * 1000, b"x" * 1000, more, head, b"x", pause=0.05)

    answer, _ = served(HttpToolsProtocol, talk, app=deaf, head_bytes=512, head_seconds=0.4)
    assert [answer.count(status) for status in (b"HTTP/1.1 429", b"HTTP/1.1 431")] == [3, 0]


def test_a_head_in_pieces_is_served_when_it_keeps_to_the_time(protocol):
    async def talk(port, server):
        head = [b"GET / HTTP/1.1\r\n", b"host: x\r\n", b"connection: close\r\n", b"\r\n"]
        return await said(port, *head, pause=0.02)

    answer, _ = served(protocol, talk, head_seconds=1.0)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_client_that_does_not_read_its_answer_is_cut_off(protocol):
    async def talk(port, server):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        while not server.server_state.connections:
            await asyncio.sleep(0.01)
        began = time.perf_counter()
        while server.server_state.connections:
            await asyncio.sleep(0.01)
        writer.close()
        return time.perf_counter() - began

    assert 0.1 < served(protocol, talk, read_seconds=0.2) < 2


def test_a_client_that_reads_slowly_gets_all_of_it(protocol):
    async def talk(port, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        got = b""
        while part := await reader.read(4_000_000):
            got += part
            await asyncio.sleep(0.01)
        writer.close()
        return got

    assert LARGE[:1000] in served(protocol, talk, read_seconds=1.0)
