"""Every card is complete, and the list is the 53 specified systems."""

import json
from pathlib import Path

import pytest

from leadline.bench.catalogue import page
from leadline.systems import load

CARDS = load()
BUILT = [card for card in CARDS.values() if card.status == "built"]


def test_all_specified_systems_are_listed(cli):
    code, out, _ = cli("systems", "--json")
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == 53
    assert {"slug", "title", "paper", "parts", "claims", "status"} <= set(rows[0])


@pytest.mark.parametrize("card", BUILT, ids=lambda card: card.slug)
def test_built_card_is_complete(card):
    from importlib import import_module

    assert card.idea
    assert card.claims
    assert len({claim.id for claim in card.claims}) == len(card.claims)
    assert card.parts
    for part in card.parts:
        import_module(f"leadline.{part}")


def test_unknown_system_lists_near_matches(cli):
    code, _, err = cli("systems", "show", "dar")
    assert code == 2
    assert "dars" in err


def test_the_page_of_systems_is_up_to_date():
    written = (Path(__file__).parents[2] / "docs" / "systems.md").read_text("utf-8")
    assert written == page(list(CARDS.values())), "run `leadline systems page`"
