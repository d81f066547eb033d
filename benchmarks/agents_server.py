"""An OpenAI-compatible server with a fixed latency and scripted answers: `python -m benchmarks.agents_server PORT`

It asks for `calls` tool calls and then gives its answer, whatever it is told: native calls where the request lists
tools, else one JSON object in the text. The model's name says how: "calls-20" is 20 calls. It is a process of its own,
so that what it costs is not counted.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

LATENCY_S = 0.020
TOOL, FINAL = "search", "final_answer"


def answer(request: dict[str, Any], said: str) -> dict[str, Any]:
    """The completion for a request (`said` is its text): the next call, or the answer when there were enough.

    Calls made so far are counted by their queries, since frameworks write their history each in its own way.
    """
    calls = int(str(request["model"]).rpartition("-")[2])
    done = max(map(int, re.findall(r"valves of kind (\d+)", said)), default=-1) + 1
    names = [tool["function"]["name"] for tool in request.get("tools") or ()]
    message: dict[str, Any] = {"role": "assistant", "content": None}
    query = f"valves of kind {done}"
    if names and (done < calls or FINAL in names):
        name, given = (TOOL, {"query": query}) if done < calls else (FINAL, {"answer": "done"})
        message["tool_calls"] = [
            {"id": f"call_{done}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(given)}}
        ]  # fmt: skip
    elif names:
        message["content"] = "done"
    elif done < calls:
        message["content"] = json.dumps({"thought": "next", "action": TOOL, "text": query})
    else:
        message["content"] = json.dumps({"thought": "done", "action": "finish"})
    stopped = "tool_calls" if "tool_calls" in message else "stop"
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": stopped}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
    }  # fmt: skip


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept alive."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
            said = (await reader.readexactly(size)).decode()
            request = json.loads(said)
            await asyncio.sleep(LATENCY_S)
            body = json.dumps(answer(request, said)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, IndexError):
        pass
    finally:
        writer.close()


async def listen(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=2**24, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
