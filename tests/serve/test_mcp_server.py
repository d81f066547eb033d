"""The MCP server, with the official SDK's client in process and over stdio."""

import asyncio
import json
import os
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


def test_stdio(collection):
    from mcp import StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable, args=["-m", "leadline", "mcp", "--collection", "c"], env=dict(os.environ)
    )

    async def work(client):
        return content(await client.call_tool("search", {"query": "navy"}))

    assert "navy" in session(server, work)["results"][0]["text"]
