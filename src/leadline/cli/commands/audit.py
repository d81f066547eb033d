"""Print the survey checklists: which test shows each capability, and the share covered."""

from __future__ import annotations

import click


@click.command()
@click.option("--missing", is_flag=True, help="Only rows that no test shows.")
@click.option("--json", "as_json", is_flag=True, help="Print coverage and rows as JSON.")
def command(missing: bool, as_json: bool) -> None:
    """Print the acceptance checklists of three surveys of deep research: which test shows each capability."""
    from leadline.bench.audit import coverage, rows
    from leadline.cli.output import print_json, print_table

    found = rows()
    shares = coverage(found)
    shown = [row for row in found if not (missing and row.tests)]
    if as_json:
        print_json({"coverage": shares, "rows": [row._asdict() for row in shown]})
        return
    print_table(
        ["survey", "id", "capability", "shown by"],
        [[r.survey, r.id, r.leaf + (" (inferred)" if r.inferred else ""),
          ", ".join(t.split("::")[1] for t in r.tests) or "nothing yet"] for r in shown],
    )  # fmt: skip
    for survey, share in shares.items():
        click.echo(f"{survey}: {share:.0%} covered")
