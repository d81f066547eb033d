"""Two or more values side by side: "who paid more, Frost or Rein?", "which is cheaper, the rope or the buoy?"

The values stand in one column, joined by "or"; what they are compared by is named, implied or counted. A figure made
of several rows is their sum, and only where adding up is right: of money and of counts, not of temperatures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.agents.tables.lexicon import (
    COMPARATIVES,
    COUNTS,
    FLOWS,
    IMPLIED,
    MONEY_VERBS,
    OFTEN,
    SOFT,
)
from leadline.agents.tables.schema import Ref, Schema, title_words

if TYPE_CHECKING:
    from leadline.agents.tables.link import Links
    from leadline.agents.tables.mentions import Mention
    from leadline.agents.tables.scene import Pick


def side_by_side(links: Links) -> tuple[Mention, ...]:
    """Mentions of values that "or" joins; none where a bound or nothing says how they are compared."""
    values = sorted(m for m in links.mentions if m.values)
    for here, first in enumerate(values):
        chain = [first]
        for following in values[here + 1 :]:
            between = links.tokens[chain[-1].end : following.start]
            if any(t.stem not in SOFT for t in between) or len(between) > 2:
                break
            chain.append(following)
        joint = links.tokens[chain[-2].end : chain[-1].start] if len(chain) > 1 else ()
        if any(t.plain == "or" for t in joint):
            return tuple(chain)
    return ()


def comparative(links: Links) -> tuple[int, int, str] | None:
    """[start, end) of the word that compares ("more", "cheaper", "more often"), and max or min."""
    for at, token in enumerate(links.tokens):
        kind = COMPARATIVES.get(token.plain)
        within = any(b.start <= at < b.end for b in links.bounds)
        if kind is not None and not within:
            often = at + 1 < len(links.tokens) and links.tokens[at + 1].plain in OFTEN
            return at, at + 1 + often, kind
    return None


def implied(links: Links, start: int, end: int) -> tuple[str, ...]:
    """Titles of columns that a comparative speaks of: "cheaper" of a price."""
    return tuple(name for stem_ in links.stems(start, end) for name in IMPLIED.get(stem_, "").split())


def settle(picks: list[Pick], links: Links, schema: Schema, root: str) -> list[Pick] | None:
    """The picks with all compared values in one column of the root; None where there is none or more than one.

    Where two columns hold them (payer, payee), the one that is named after the verb says who acts.
    """
    sides = [pick for pick in picks if pick.mention in links.compared]
    held = [{value.ref for value in pick.mention.values if value.ref.table == root} for pick in sides]
    columns = sorted(set.intersection(*held)) if held else []
    if len(columns) > 1:
        verbs = [token.stem for token in links.tokens if len(token.stem) > 2]
        columns = [ref for ref in columns if any(_acts(ref, verb, schema) for verb in verbs)]
    if len(columns) != 1:
        return None
    return [_in_column(pick, columns[0]) if pick in sides else pick for pick in picks]


def _acts(ref: Ref, verb: str, schema: Schema) -> bool:
    """Whether a title is the noun of who does something: payer of pay, vendor of vend."""
    title = title_words(schema.column(ref))[0].plain
    return title.startswith(verb) and title.endswith(("er", "or")) and len(title) <= len(verb) + 3


def _in_column(pick: Pick, column: Ref) -> Pick:
    values = tuple(value for value in pick.mention.values if value.ref == column)
    return replace(pick, mention=pick.mention._replace(values=values), column=column, value=values[0].text)


def adds_up(schema: Schema, metric: Ref, links: Links) -> bool:
    """Whether figures of several rows may be added: what is paid, and numbers of things."""
    titles = {word.stem for word in title_words(schema.column(metric))}
    return bool(titles & (FLOWS | COUNTS)) or any(t.stem in MONEY_VERBS for t in links.tokens)
