"""Research tasks from seminar transcripts: MAHTG (DeepResearch Arena, arXiv:2509.01396, section 2).

Inspira finds sentences that carry a gap, a method, a bridge or a hypothesis and gates them by traits; TaskWeaver
turns them into tasks of three phases under hard rules; RankEval orders them by Elo. Here the talks are procedural,
with planted inspirations, and Inspira goes by cue phrases; a model can take each role instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.schema import FIELDS
from leadline.tasks.world import World

TRAITS = {
    "Limitation": {"challenge", "explorability"},
    "Methodology": {"novelty", "explorability"},
    "Transdisciplinary": {"novelty", "explorability"},
    "Hypothesis": {"verifiability", "explorability"},
}
_PLANTED = {
    "Limitation": "What we still cannot do is {x} in {f}; nobody has a remedy, an open problem worth exploring.",
    "Methodology": "Our new idea is to treat {x} as a flow in {f}, which could be explored much further.",
    "Transdisciplinary": "There is an unexpected bridge between {x} and {f} that would be new to explore.",
    "Hypothesis": "I suspect that {x} drives the effect in {f}; one could test this, and explore it, with public data.",
}
_CUES = {
    "challenge": r"cannot|open problem|remedy",
    "explorability": r"explor",
    "novelty": r"\bnew\b|unexpected",
    "verifiability": r"\btest\b|suspect",
}
_TYPE_CUES = {
    "Limitation": r"cannot|open problem",
    "Methodology": r"\bidea\b|treat",
    "Transdisciplinary": r"bridge between",
    "Hypothesis": r"suspect|hypothes",
}
_TOPICS = (
    "sediment load|signal drift|glaze cracking|map distortion|seed dispersal|echo decay|ice creep".split("|")
)
_CHATTER = (
    "Can you hear me at the back?",
    "We thank our new hosts for the coffee.",
    "I cannot find my pointer.",
    "Let us explore the next slide.",
    "This photograph shows our group last summer.",
)
FAMILIES = {
    "Synthesize": ("Literature Survey", "Trend/Market Scan", "Requirements/Needs Analysis"),
    "Design": (
        "Hypothesis Generation",
        "Method/Experiment Blueprint",
        "Prototype/System Specification",
        "Evaluation Metric Design",
    ),
    "Evaluate": ("Empirical/Simulation Test", "Replicability & Bias Review", "Comparative Analysis"),
}


class Inspiration(NamedTuple):
    text: str
    type: str
    start: int
    end: int
    """Place in the transcript: every task can be traced to the talk."""


class WovenTask(NamedTuple):
    phase: str
    family: str
    difficulty: str
    text: str
    inspiration: int


def talk(
    rng: np.random.Generator, *, n_planted: int = 6, n_chatter: int = 30
) -> tuple[str, list[Inspiration]]:
    """A transcript and its planted inspirations."""
    lines: list[tuple[str, str]] = [
        (_CHATTER[int(rng.integers(len(_CHATTER)))], "") for _ in range(n_chatter)
    ]
    for _ in range(n_planted):
        kind = list(TRAITS)[int(rng.integers(4))]
        topic, field = _TOPICS[int(rng.integers(len(_TOPICS)))], FIELDS[int(rng.integers(len(FIELDS)))]
        lines.insert(int(rng.integers(len(lines) + 1)), (_PLANTED[kind].format(x=topic, f=field), kind))
    planted, offset = [], 0
    for line, kind in lines:
        if kind:
            planted.append(Inspiration(line, kind, offset, offset + len(line)))
        offset += len(line) + 1
    return " ".join(line for line, _ in lines), planted


def traits_of(text: str) -> set[str]:
    return {trait for trait, cue in _CUES.items() if re.search(cue, text, re.IGNORECASE)}


def inspire(transcript: str, *, min_traits: int = 2, limit: int = 10) -> list[Inspiration]:
    """Sentences with a type cue that show at least `min_traits` traits; at most `limit`, in reading order.

    With min_traits 1 a sentence without a type cue passes too (typed Limitation): the gate is what cuts chatter.
    """
    found = []
    for match in re.finditer(r"[^.?!]+[.?!]", transcript):
        text = match.group().strip()
        traits = traits_of(text)
        kind = next((t for t, cue in _TYPE_CUES.items() if re.search(cue, text, re.IGNORECASE)), "")
        if len(traits) >= min_traits and (kind or min_traits < 2):
            start = match.end() - len(match.group().lstrip())
            found.append(Inspiration(text, kind or "Limitation", start, start + len(text)))
    return found[:limit]


def weave(inspirations: Sequence[Inspiration], rng: np.random.Generator) -> list[WovenTask]:
    """Five to eight tasks: each phase at least once, no family more than twice, key wording woven in."""
    n = int(rng.integers(5, 9))
    phases = [*FAMILIES, *(list(FAMILIES)[int(rng.integers(3))] for _ in range(n - 3))]
    used: dict[str, int] = {}
    tasks = []
    for index, phase in enumerate(phases):
        free = [f for f in FAMILIES[phase] if used.get(f, 0) < 2]
        family = free[int(rng.integers(len(free)))]
        used[family] = used.get(family, 0) + 1
        source = index % len(inspirations)
        basic = bool(rng.integers(2))
        text = (
            f'{family}: take up the point "{inspirations[source].text.rstrip(".")}". '
            f"{_emphasis(inspirations[source].type)} "
            f"Deliver {'a two-page memo from public data' if basic else 'a report with method, data and limits'}."
        )
        tasks.append(WovenTask(phase, family, "Basic" if basic else "Advanced", text, source))
    return tasks


def _emphasis(kind: str) -> str:
    return {
        "Limitation": "State the gap and what would close it.",
        "Methodology": "Work out the design.",
        "Transdisciplinary": "Build the bridge explicitly.",
        "Hypothesis": "Say how it is tested.",
    }[kind]


def rule_violations(tasks: Sequence[WovenTask]) -> list[str]:
    """TaskWeaver's hard rules; empty when all hold."""
    wrong = []
    if not 5 <= len(tasks) <= 8:
        wrong.append(f"{len(tasks)} tasks, not 5 to 8")
    wrong += [f"no task of phase {phase}" for phase in FAMILIES if phase not in {t.phase for t in tasks}]
    families = [t.family for t in tasks]
    wrong += [f"{f} occurs {families.count(f)} times" for f in sorted(set(families)) if families.count(f) > 2]
    wrong += [f"task {i} has over 100 words" for i, t in enumerate(tasks, 1) if len(t.text.split()) > 100]
    wrong += [
        f"task {i} mentions the talk"
        for i, t in enumerate(tasks, 1)
        if re.search(r"\b(talk|seminar|speaker)\b", t.text)
    ]
    return wrong


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """Open tasks; "answers" is the inspiration that a good report must take up."""
    rng = np.random.default_rng([world.seed, seed, 19])
    made = talk_number = 0
    while made < n:
        transcript, _ = talk(rng)
        inspirations = inspire(transcript)
        if not inspirations:
            continue
        for index, task in enumerate(weave(inspirations, rng)):
            if made >= n:
                return
            made += 1
            source = inspirations[task.inspiration]
            metadata = {
                "phase": task.phase,
                "family": task.family,
                "difficulty": task.difficulty,
                "type": source.type,
                "talk": talk_number,
                "span": [source.start, source.end],
            }
            identity = f"transcripts-{world.seed}-{talk_number}-{index}"
            yield Item(identity, "transcripts", task.text, (source.text,), metadata=metadata)
        talk_number += 1
