"""Leadline as an MCP server: search, fetch, research and verify over one collection (extra `serve`).

Results are data with document ids; descriptions are fixed texts, never made from documents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from leadline import __version__
from leadline.errors import LeadlineError, need
from leadline.retrieval.collection import Collection
from leadline.runs.trace import Step, describe

MAX_CHARS = 20_000


def make_server(collection: Collection, *, max_seconds: float = 120.0) -> Any:
    """An MCPServer with four tools over `collection`. `max_seconds` bounds each research call."""
    module: Any = need("mcp.server.mcpserver", "serve", "The MCP server")
    server = module.MCPServer(
        "leadline",
        version=__version__,
        instructions="Search a private collection and answer questions from it with quotes that are checked.",
    )

    @server.tool(description="Passages of the collection that match a query, best first.")
    def search(query: str, k: int = 10) -> dict[str, Any]:
        return guarded(lambda: found(collection, query, min(max(k, 1), 50)))

    @server.tool(description="The text of a document by its id, from an offset on.")
    def fetch(id: str, start: int = 0) -> dict[str, Any]:
        return guarded(lambda: document_part(collection, id, max(0, start)))

    async def research(question: str, ctx: Any) -> dict[str, Any]:
        import anyio
        from anyio.from_thread import run as say

        done = 0

        def listen(step: Step) -> None:
            nonlocal done
            done += 1
            say(ctx.report_progress, done, None, describe(step)[:200])

        return await anyio.to_thread.run_sync(
            lambda: guarded(lambda: answered(collection, question, max_seconds, listen))
        )

    # The library finds the context by its type, which is known only once the extra is loaded.
    research.__annotations__ = {"question": str, "ctx": module.Context, "return": dict[str, Any]}
    told = "Answer a question from the collection: claims with quotes found in the documents."
    server.tool(description=told)(research)

    @server.tool(
        description="Check every citation of a report (its JSON) against the collection, word for word."
    )
    def verify(report_json: str) -> dict[str, Any]:
        return guarded(lambda: verified(collection, report_json))

    return server


def guarded(work: Any) -> dict[str, Any]:
    """The result of `work`, or the mistake in words: a tool call never ends the server."""
    try:
        result: dict[str, Any] = work()
        return result
    except LeadlineError as error:
        return {"error": str(error)}


def found(collection: Collection, query: str, k: int) -> dict[str, Any]:
    hits = collection.search(query, k)
    rows = [
        {"id": hit.document, "passage": hit.id, "start": hit.start, "end": hit.end, "score": hit.score,
         "title": collection.document(hit.document).title, "text": collection.passage(hit.id).text}
        for hit in hits.hits
    ]  # fmt: skip
    return {"results": rows, "index": hits.index, "notes": list(hits.notes)}


def document_part(collection: Collection, identity: str, start: int) -> dict[str, Any]:
    document = collection.document(identity)
    end = min(len(document.text), start + MAX_CHARS)
    return {"id": document.id, "title": document.title, "uri": document.uri, "text": document.text[start:end],
            "start": start, "end": end, "characters": len(document.text)}  # fmt: skip


def answered(
    collection: Collection, question: str, max_seconds: float, listen: Callable[[Step], None]
) -> dict[str, Any]:
    from leadline.agents.research import research

    report = research(question, collection=collection, max_seconds=max_seconds, listen=listen)
    built: dict[str, Any] = msgspec.to_builtins(report)
    return built


def verified(collection: Collection, report_json: str) -> dict[str, Any]:
    """Whether each citation's quote stands at its place. Queries are not run again here: `leadline verify` does."""
    from leadline.evidence.check import check_citation
    from leadline.evidence.model import Report

    try:
        report = msgspec.json.decode(report_json, type=Report)
    except msgspec.DecodeError as error:
        return {"error": f"That is not a report: {error}."}
    rows: list[dict[str, Any]] = []
    for citation in report.citations():
        try:
            document = collection.document(citation.span.document)
            check = check_citation(citation, {document.id: document})
            rows.append({"citation": citation.number, "ok": check.ok})
        except LeadlineError as error:
            rows.append({"citation": citation.number, "ok": False, "why": str(error)})
    return {"citations": rows, "all_ok": all(row["ok"] for row in rows)}
