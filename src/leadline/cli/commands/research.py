"""Answer a question from files and folders, with evidence that is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadline.cli.limits import INFINITY, limits, queue_option

if TYPE_CHECKING:
    from leadline.environments.base import Permission


@click.command()
@click.argument("question")
@click.argument("sources", nargs=-1, type=click.Path(readable=False, path_type=Path), metavar="SOURCE...")
@click.option(
    "--collection", help="Ask this collection (see `leadline index`) instead of, or beside, SOURCE."
)
@limits
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same report.")
@click.option(
    "--agent", default="extractive", show_default=True, help="Who researches; see `leadline agents`."
)
@click.option(
    "--model", metavar="SPEC", help="local, PROVIDER:NAME or http://HOST/v1#NAME; for agents that need one."
)
@click.option(
    "--max-tokens", type=click.FloatRange(min=0), default=INFINITY, help="What the model may read and write."
)
@click.option(
    "--max-usd",
    type=click.FloatRange(min=0),
    default=INFINITY,
    help="What the model may cost, by the prices in SPEC.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="web|code|mcp",
    help="Let the agent use the web, run code, or call MCP tools.",
)
@click.option("--search", default="duckduckgo", show_default=True, help="The web search service.")
@click.option(
    "--mcp", multiple=True, metavar="[NAME=]SERVER", help="An MCP server: its URL or its command line."
)
@click.option("--confirm", is_flag=True, help="Ask you before each call that --allow permits.")
@click.option("--offline", is_flag=True, help="Refuse anything that needs the network.")
@click.option("--later", is_flag=True, help="Only put the run in line for `leadline worker`.")
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print report.json alone.")
def command(
    question: str,
    sources: tuple[Path, ...],
    collection: str | None,
    out: Path | None,
    max_seconds: float,
    max_steps: float,
    seed: int,
    agent: str,
    model: str | None,
    max_tokens: float,
    max_usd: float,
    allow: tuple[Permission, ...],
    search: str,
    mcp: tuple[str, ...],
    confirm: bool,
    offline: bool,
    later: bool,
    queue: str | None,
    as_json: bool,
) -> int:
    """Answer QUESTION from SOURCE... (files, folders, zip archives). Writes report.md, report.html, report.json and
    trace.jsonl, and prints the answer with its evidence.

    Exit codes: 0 answered, 3 nothing found, 4 budget spent, paused or cancelled from elsewhere (the report holds what
    was found), 130 stopped by Ctrl-C, 143 paused by SIGTERM. With --later or --queue: 0 when it is in line.
    """
    from leadline.agents.inquiry import Inquiry
    from leadline.cli.asking import ask
    from leadline.cli.runs import put_in_line
    from leadline.environments.outside import Outside

    inquiry = Inquiry(
        question,
        sources,
        collection=collection,
        out=out or "leadline-report/{run}",
        max_steps=max_steps,
        max_seconds=max_seconds,
        max_tokens=max_tokens,
        max_usd=max_usd,
        seed=seed,
        agent=agent,
        model=model or "",
        offline=offline,
        outside=Outside(allow, search, mcp, confirm).checked(offline=offline),
    )
    if later or queue:
        return put_in_line(inquiry, queue, as_json=as_json)
    return ask(inquiry, as_json=as_json)
