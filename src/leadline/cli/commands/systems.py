"""List the published systems that live here, or show one card."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.bench.system import System


def row(card: System) -> dict[str, object]:
    """The published JSON row of a card."""
    import msgspec

    return {
        "slug": card.slug,
        "title": card.title,
        "paper": card.paper,
        "parts": list(card.parts),
        "claims": [msgspec.to_builtins(claim) for claim in card.claims],
        "status": card.status,
        "idea": card.idea,
        "departs": card.departs,
        "not_verified": card.not_verified,
    }


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the published systems that live here. `leadline systems show SLUG` shows one card."""
    if ctx.invoked_subcommand:
        return
    from leadline.cli.output import print_json, print_table
    from leadline.systems import load

    cards = list(load().values())
    if as_json:
        print_json([row(card) for card in cards])
        return
    print_table(
        ["system", "paper", "status", "idea"],
        [[card.slug, card.paper, card.status, card.idea or card.title] for card in cards],
    )


@command.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def show(slug: str, as_json: bool) -> None:
    """Show one card: idea, parts, claims, departures."""
    from leadline.cli.output import print_json
    from leadline.systems import get

    card = get(slug)
    if as_json:
        print_json(row(card))
        return
    lines = [f"{card.title}  (arXiv:{card.paper}, {card.status})", "", card.idea, ""]
    lines += ["Made of: " + ", ".join(card.parts)] if card.parts else []
    for claim in card.claims:
        lines.append(f"Claim {claim.id}: {claim.text}")
        lines.append(
            f"  {claim.metric}: {claim.method} against {claim.baseline}, {claim.direction} is better"
        )
    lines += [f"Departs: {card.departs}"] if card.departs else []
    lines += [f"Not verified: {card.not_verified}"] if card.not_verified else []
    click.echo("\n".join(lines))


@command.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/systems.md"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def page(out: Path, as_json: bool) -> None:
    """Write the page of all systems from their cards."""
    from leadline.bench.catalogue import page as made
    from leadline.cli.output import print_json
    from leadline.files import DISK
    from leadline.systems import load

    cards = list(load().values())
    DISK.write(out, made(cards).encode())
    if as_json:
        print_json({"out": str(out), "systems": len(cards)})
    else:
        click.echo(f"{len(cards)} systems -> {out}")
