"""The page of all systems (docs/systems.md), made from their cards."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.bench.system import System


def page(cards: Sequence[System]) -> str:
    """Markdown: a table of all systems, then one section per built one."""
    built = [card for card in cards if card.status == "built"]
    lines = [
        "# Systems",
        "",
        "Made from the cards in `src/leadline/systems/` by `leadline systems page`; do not edit.",
        f"{len(built)} of {len(cards)} specified systems are built. Run one with `leadline reproduce SLUG`.",
        "",
        "| system | paper | status | idea |",
        "|---|---|---|---|",
    ]
    lines += [f"| {_link(c)} | {_paper(c)} | {c.status} | {_cell(c.idea or c.title)} |" for c in cards]
    for card in built:
        lines += ["", f"## {card.slug}", "", f"**{card.title}**, {_paper(card)}. {card.idea}", ""]
        lines += ["Made of " + ", ".join(f"`{part}`" for part in card.parts) + ".", ""]
        lines += ["| claim | metric | method | baseline | better |", "|---|---|---|---|---|"]
        for claim in card.claims:
            row = (claim.text, claim.metric, claim.method, claim.baseline, claim.direction)
            lines.append("| " + " | ".join(map(_cell, row)) + " |")
        lines += ["", f"Departs: {card.departs}"] if card.departs else []
        lines += ["", f"Not verified: {card.not_verified}"] if card.not_verified else []
    return "\n".join(lines) + "\n"


def _link(card: System) -> str:
    return f"[{card.slug}](#{card.slug})" if card.status == "built" else card.slug


def _paper(card: System) -> str:
    return f"[arXiv:{card.paper}](https://arxiv.org/abs/{card.paper})" if card.paper else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
