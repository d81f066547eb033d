"""Answer a question from files and folders, with evidence that is checked."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.cli.limits import limits


@click.command()
@click.argument("question")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path), metavar="SOURCE...")
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
@click.option("--offline", is_flag=True, help="Refuse anything that needs the network.")
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
    offline: bool,
    as_json: bool,
) -> int:
    """Answer QUESTION from SOURCE... (files, folders, zip archives). Writes report.md, report.html, report.json and
    trace.jsonl, and prints the answer with its evidence.

    Exit codes: 0 answered, 3 nothing found, 4 budget spent (the report holds what was found), 130 stopped.
    """
    from leadline.cli.asking import ask

    return ask(
        question,
        sources,
        collection=collection,
        out=out,
        max_seconds=max_seconds,
        max_steps=max_steps,
        seed=seed,
        agent=agent,
        model=model,
        offline=offline,
        as_json=as_json,
    )
