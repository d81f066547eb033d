"""MiniComp: a procedural BrowseComp-Plus. (retrieval_seeker.py: an agent that answers its questions.)

Pages describe invented people: five attributes, a teacher and a rival, among filler. A question is a conjunction of
clues over two pages: "Who is a <trade> in <town> that collects <thing>, and whose teacher lives in <town> and works in
<material>?". Evidence: both pages; gold: the page of the answer. Hard negatives share all clues of the first page but
one, and every page gossips about unnamed people in the same words. Evidence stands late in pages, so that a snippet
of the first words may hide it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leadline.bench.retrieval_synthetic import SYLLABLES

TRADES = (
    "baker",
    "carpenter",
    "dyer",
    "farrier",
    "glazier",
    "joiner",
    "mason",
    "potter",
    "saddler",
    "tanner",
    "weaver",
)
THINGS = ("clocks", "coins", "maps", "masks", "shells", "stamps", "swords", "kites", "lamps", "bells")
MATERIALS = ("amber", "bronze", "clay", "cork", "flint", "horn", "ivory", "linen", "silver", "slate", "wool")
COLOURS = ("red", "blue", "green", "white", "black", "yellow", "grey")
TEMPLATES = {
    "town": "{name} lives in {value}.",
    "trade": "By profession {name} is a {value}.",
    "thing": "{name} collects {value}.",
    "material": "Most of the work is done in {value}.",
    "colour": "The house is painted {value}.",
    "teacher": "{name} learned everything from {value}.",
    "rival": "For years {name} has quarrelled with {value}.",
}


GOSSIP = (
    "A {trade} from {town} once came by with {thing}.", "There were {thing} for sale, said the {trade}.",
    "In {town} the price of {material} rose.", "A {trade} asked for {material} and got {thing}.",
)  # fmt: skip


class Page(NamedTuple):
    id: str
    name: str
    facts: dict[str, str]
    text: str


class Question(NamedTuple):
    """clues: what must stand on the answer's page; teacher: what must stand on its teacher's page."""

    id: str
    text: str
    answer: str
    clues: dict[str, str]
    teacher: dict[str, str]
    gold: str
    evidence: tuple[str, ...]


class MiniComp(NamedTuple):
    pages: dict[str, Page]
    questions: list[Question]

    def texts(self) -> dict[str, str]:
        return {page.id: f"{page.name}. {page.text}" for page in self.pages.values()}


def minicomp(
    n_pages: int, n_questions: int, seed: int, *, n_distractors: int = 0, filler: int = 60
) -> MiniComp:
    """The world. `n_distractors` further pages share the vocabulary and answer nothing; filler is words per page."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randrange(2, 4))) for _ in range(1500)]
    towns = ["".join(rng.choices(SYLLABLES, k=3)).title() for _ in range(12)]
    names = list(dict.fromkeys(_name(rng) for _ in range(2 * (n_pages + n_distractors) + 50)))
    facts: dict[str, dict[str, str]] = {}
    for name in names[:n_pages]:
        facts[name] = _facts(rng, towns, names[:n_pages])
    questions = _questions(rng, facts, n_questions)
    for question in questions:
        _plant_negatives(rng, facts, question, towns)
    for name in names[n_pages : n_pages + n_distractors]:
        facts[name] = _facts(rng, towns, names[n_pages : n_pages + n_distractors])
    numbered = {name: f"p{number:05d}" for number, name in enumerate(facts)}
    values = {"trade": TRADES, "town": tuple(towns), "thing": THINGS, "material": MATERIALS}
    pages = {
        numbered[name]: Page(numbered[name], name, own, _text(rng, name, own, words, filler, values))
        for name, own in facts.items()
    }
    done = [
        q._replace(gold=numbered[q.answer], evidence=tuple(sorted(numbered[name] for name in q.evidence)))
        for q in questions
        if _answers(facts, q) == [q.answer]
    ]
    return MiniComp(pages, done)


def _name(rng: random.Random) -> str:
    return " ".join("".join(rng.choices(SYLLABLES, k=rng.randrange(2, 4))).title() for _ in range(2))


def _facts(rng: random.Random, towns: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    return {
        "town": rng.choice(towns), "trade": rng.choice(TRADES), "thing": rng.choice(THINGS),
        "material": rng.choice(MATERIALS), "colour": rng.choice(COLOURS),
        "teacher": rng.choice(names), "rival": rng.choice(names),
    }  # fmt: skip


def _questions(rng: random.Random, facts: Mapping[str, dict[str, str]], n: int) -> list[Question]:
    found: list[Question] = []
    for name in rng.sample(sorted(facts), min(n, len(facts))):
        own, teacher = facts[name], facts[facts[name]["teacher"]]
        clues = {kind: own[kind] for kind in ("trade", "town", "thing")}
        beyond = {kind: teacher[kind] for kind in ("town", "material")}
        text = (
            f"Who is a {clues['trade']} in {clues['town']} that collects {clues['thing']}, and whose teacher lives in "
            f"{beyond['town']} and works in {beyond['material']}?"
        )
        found.append(Question(f"q{len(found):03d}", text, name, clues, beyond, "", (name, own["teacher"])))
    return found


def _plant_negatives(
    rng: random.Random, facts: dict[str, dict[str, str]], question: Question, towns: Sequence[str]
) -> None:
    """Three pages that share all clues of the first page but one."""
    for kind, values in (("trade", TRADES), ("town", tuple(towns)), ("thing", THINGS)):
        name = _name(rng)
        if name in facts:
            continue
        other = rng.choice([value for value in values if value != question.clues[kind]])
        facts[name] = facts[question.answer] | {kind: other, "teacher": facts[question.answer]["rival"]}


def _answers(facts: Mapping[str, dict[str, str]], question: Question) -> list[str]:
    """Everyone who fits all clues."""
    return [
        name
        for name, own in facts.items()
        if question.clues.items() <= own.items() and question.teacher.items() <= facts[own["teacher"]].items()
    ]


def _text(
    rng: random.Random,
    name: str,
    own: Mapping[str, str],
    words: Sequence[str],
    filler: int,
    values: Mapping[str, Sequence[str]],
) -> str:
    """Filler first, then facts and gossip in random order with filler between: evidence stands late."""
    sentences = [TEMPLATES[kind].format(name=name, value=value) for kind, value in own.items()]
    sentences += [
        rng.choice(GOSSIP).format(**{kind: rng.choice(v) for kind, v in values.items()})
        for _ in range(rng.randrange(9))
    ]
    rng.shuffle(sentences)
    parts = [_filler(rng, words, filler)]
    for sentence in sentences:
        parts += [sentence, _filler(rng, words, max(1, filler // 10))]
    return " ".join(parts)


def _filler(rng: random.Random, words: Sequence[str], n: int) -> str:
    return " ".join(rng.choices(words, k=n)).capitalize() + "." if n else ""
