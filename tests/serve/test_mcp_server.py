"""The MCP server, with the official SDK's client in process and over stdio."""

import asyncio
import json
import os
import subprocess
import sys

from leadline.serve.mcp_server import make_server


def session(target, work):
    import mcp

    async def go():
        async with mcp.Client(target) as client:
            return await work(client)

    return asyncio.run(asyncio.wait_for(go(), 60))


def content(result):
    return result.structured_content or json.loads(result.content[0].text)


def test_tools_over_the_official_client(collection):
    async def work(client):
        names = {tool.name for tool in (await client.list_tools()).tools}
        hits = content(await client.call_tool("search", {"query": "velar valve", "k": 1}))
        document = content(await client.call_tool("fetch", {"id": hits["results"][0]["id"]}))
        report = content(await client.call_tool("research", {"question": "Who makes the velar valve?"}))
        checked = content(await client.call_tool("verify", {"report_json": json.dumps(report)}))
        wrong = content(await client.call_tool("fetch", {"id": "nowhere"}))
        broken = content(await client.call_tool("verify", {"report_json": "{}"}))
        return names, hits, document, report, checked, wrong, broken

    names, hits, document, report, checked, wrong, broken = session(make_server(collection), work)
    assert names == {"search", "fetch", "research", "verify"}
    assert "Drouk Works" in hits["results"][0]["text"]
    assert document["text"].startswith("The velar valve")
    assert report["status"] == "answered"
    assert checked["all_ok"]
    assert checked["citations"]
    assert "There is no document" in wrong["error"]
    assert "not a report" in broken["error"]


def test_research_says_how_far_it_is(collection):
    heard = []

    async def progress(done, total, message):
        heard.append((done, message))

    async def work(client):
        return content(
            await client.call_tool(
                "research", {"question": "Who makes the velar valve?"}, progress_callback=progress
            )
        )

    report = session(make_server(collection), work)
    assert [done for done, _ in heard] == list(range(1, len(heard) + 1))
    assert any(message.startswith("search Who makes the velar valve?") for _, message in heard)
    assert heard[-1][1] == "end finished"
    assert report["status"] == "answered"


def test_streamable_http(collection):
    options = ["--collection", "c", "--transport", "http", "--port", "0", "--json"]
    command = [sys.executable, "-m", "leadline", "mcp", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = json.loads(process.stdout.readline())["url"]
            heard = []

            async def progress(done, total, message):
                heard.append(message)

            async def work(client):
                question = {"question": "Who makes the velar valve?"}
                hits = content(await client.call_tool("search", {"query": "velar valve", "k": 1}))
                document = content(await client.call_tool("fetch", {"id": hits["results"][0]["id"]}))
                report = content(await client.call_tool("research", question, progress_callback=progress))
                return (
                    document,
                    report,
                    content(await client.call_tool("verify", {"report_json": json.dumps(report)})),
                )

            document, report, checked = session(url, work)
        finally:
            process.terminate()
    assert document["text"].startswith("The velar valve")
    assert report["status"] == "answered"
    assert checked["all_ok"]
    assert "end finished" in heard


def test_stdio(collection):
    from mcp import StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(
        command=sys.executable, args=["-m", "leadline", "mcp", "--collection", "c"], env=dict(os.environ)
    )

    async def work(client):
        return content(await client.call_tool("search", {"query": "navy"}))

    with open(os.devnull, "w") as quiet:  # the SDK's default is what standard error was when it was imported
        found = session(stdio_client(server, errlog=quiet), work)
    assert "navy" in found["results"][0]["text"]
