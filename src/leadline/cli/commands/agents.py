"""List the agents that can drive a run."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List the agents that can drive a run, with the paper of each and whether it needs a model."""
    from leadline.agents.roster import AGENTS
    from leadline.cli.output import print_json, print_table

    rows = [{"name": a.name, "idea": a.idea, "paper": a.paper, "needs_model": a.needs_model} for a in AGENTS]
    if as_json:
        print_json(rows)
    else:
        table = [[r["name"], "yes" if r["needs_model"] else "no", r["paper"], r["idea"]] for r in rows]
        print_table(["agent", "model", "paper", "idea"], table)
