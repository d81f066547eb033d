"""Check every citation of a report against its sources as they are now."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.errors import short


@click.command()
@click.argument("report", type=click.Path(path_type=Path), metavar="REPORT.json")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path), metavar="[SOURCE...]")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def command(report: Path, sources: tuple[Path, ...], as_json: bool) -> int:
    """Read the sources of REPORT.json again and check every citation: text character for character, rows and their
    query by running it again, regions of scans by reading them again. No model is involved.

    Sources are looked for where the run found them; give SOURCE... when they have moved. Exit 1 if anything fails.
    """
    from leadline.agents.verify import verify
    from leadline.cli.output import print_json, print_table

    found = verify(report, sources)
    if as_json:
        print_json(found)
        return 0 if found.ok else 1
    for text in found.bare:
        click.echo(f"Without evidence: {_line(text)}")
    if not found.verdicts:
        click.echo("The report has no citation: there is nothing to check.")
        return 0 if found.ok else 1
    print_table(
        ["", "verdict", "source", "where", "quote", "note"],
        [
            [v.number, "holds" if v.ok else "FAILS", v.uri, v.place, _line(v.quote), v.reason]
            for v in found.verdicts
        ],
    )
    held = found.n_citations - found.n_failed
    click.echo(f"{held} of {found.n_citations} citations hold.")
    return 0 if found.ok else 1


def _line(text: str) -> str:
    return short(" ".join(text.split()), 60)
