"""What a run is likely to cost, said before it starts: calls, tokens and seconds.

From past runs of the same agent and model where there are any, else from the size of what is to be read. Either way
it is an estimate, and says so, with the range that it saw and what it rests on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from leadline.agents.questions import split
from leadline.agents.roster import agent_named
from leadline.environments.outside import NOTHING as NO_GRANT
from leadline.environments.outside import Outside
from leadline.evidence.render.page import escape, tag
from leadline.runs.store import Run, list_runs
from leadline.serve.pages.frame import count
from leadline.serve.pages.grants import of_record, said
from leadline.serve.pages.watch import FRAME, costs

N_PAST = 20
"""Past runs that are looked at, the newest first."""
MIN_PAST = 3
ENDED = ("answered", "nothing found")
"""States of runs that came to their own end: others cost what they were allowed to."""
MIB_PER_SECOND = (0.5, 7.0)
SECONDS_PER_IMAGE = (1.5, 5.0)
"""Reading new files, and scans with OCR (benchmarks/results/reading.md); wide, since types differ that much."""
IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
CALLS_PER_QUESTION = (2, 8)
SECONDS_PER_CALL = (0.01, 0.6)
"""Of the agent without a model: a search in a small collection, and the first one in a large one."""
TOKENS_PER_CALL = (1_000, 8_000)
"""Of an agent with a model: a prompt with the results of a search or two, and one with a long past."""
MAX_FILES = 20_000
"""A folder with more files is not counted to its end."""


class Range(NamedTuple):
    low: float
    high: float

    def times(self, other: Range) -> Range:
        return Range(self.low * other.low, self.high * other.high)

    def plus(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)


class Forecast(NamedTuple):
    """`tokens` are None for an agent without a model; seconds None where nothing is known of the model's speed."""

    calls: Range
    seconds: Range | None
    tokens: Range | None
    rests_on: str


NOTHING = Range(0, 0)


def forecast(
    question: str, agent: str, model: str, reading: Range = NOTHING, outside: Outside = NO_GRANT
) -> Forecast:
    """What the question may cost, `reading` being the seconds for sources that are not read yet."""
    needs_model = agent_named(agent).needs_model
    past = [run for run in list_runs() if _alike(run, agent, model, outside)][:N_PAST]
    if len(past) >= MIN_PAST:
        return _from_runs(past, agent, reading, needs_model)
    n = max(1, len(split(question))) if question.strip() else 1
    calls = Range(*CALLS_PER_QUESTION).times(Range(n, n))
    who = f"{agent} with {model}" if model else agent
    by_size = " and the size of the sources" if reading.high else ""
    rests = (
        f"Fewer than {MIN_PAST} finished runs of {who} yet: reckoned from {count(n, 'question')}{by_size}."
    )
    if needs_model:
        return Forecast(calls, None, calls.times(Range(*TOKENS_PER_CALL)), rests)
    return Forecast(calls, calls.times(Range(*SECONDS_PER_CALL)).plus(reading), None, rests)


def _alike(run: Run, agent: str, model: str, outside: Outside) -> bool:
    """A run that came to its end with the same agent and model, and that might do the same."""
    record = run.record
    if run.broken or (record.agent, record.model) != (agent, model) or record.state not in ENDED:
        return False
    return set(of_record(record).allow) == set(outside.allow)


def _from_runs(past: Sequence[Run], agent: str, reading: Range, needs_model: bool) -> Forecast:
    calls, seconds, tokens = [], [], []
    for run in past:
        steps = run.steps()
        calls.append(float(sum(step.kind not in FRAME for step in steps)))
        seconds.append(sum(step.seconds for step in steps))
        tokens.append(sum(n for unit, n in costs(steps).items() if "token" in unit))
    rests = f"From your last {count(len(past), 'run')} of {agent}: the middle eight of ten."
    spent = middle(tokens) if needs_model and any(tokens) else None
    return Forecast(middle(calls), middle(seconds).plus(reading), spent, rests)


def middle(values: Sequence[float]) -> Range:
    """From the 10th to the 90th percentile (nearest rank).

    >>> middle([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    Range(low=1, high=9)
    """
    ordered = sorted(values)
    low, high = (max(0, math.ceil(share * len(ordered)) - 1) for share in (0.1, 0.9))
    return Range(ordered[low], ordered[high])


class Size(NamedTuple):
    """Files that are still to be read: how many, how many of them pictures, the bytes of the others; `more` when the
    counting was given up."""

    files: int = 0
    images: int = 0
    bytes: int = 0
    more: bool = False

    def add(self, name: str, size: int) -> Size:
        """With one file more."""
        image = name.lower().endswith(IMAGES)
        return Size(self.files + 1, self.images + image, self.bytes + (0 if image else size), self.more)


EMPTY = Size()


def size_of(paths: Sequence[Path]) -> Size:
    """How much there is to read; what cannot be looked at counts as nothing."""
    size = EMPTY
    for path in paths:
        try:
            for one in path.rglob("*") if path.is_dir() else [path]:
                if one.is_file():
                    size = size.add(one.name, one.stat().st_size)
                if size.files >= MAX_FILES:
                    return size._replace(more=True)
        except OSError:
            continue
    return size


def reading_time(size: Size, *, known: bool) -> Range:
    """Seconds to read that much; `known` sources were read before, and take next to nothing where nothing changed."""
    mib = size.bytes / 2**20
    low = mib / MIB_PER_SECOND[1] + size.images * SECONDS_PER_IMAGE[0]
    high = mib / MIB_PER_SECOND[0] + size.images * SECONDS_PER_IMAGE[1]
    return Range(0 if known else low, high)


def sentence(found: Forecast, size: Size, outside: Outside = NO_GRANT) -> str:
    """The forecast for people, as HTML, with what the run would be granted."""
    facts = [f"{_range(found.calls)} calls"]
    facts.append(f"{_range(found.seconds)} s" if found.seconds else "time as the model takes it")
    if found.tokens is not None:
        facts.append(f"{_range(found.tokens)} tokens")
    images = f", {count(size.images, 'picture')} among them" if size.images else ""
    to_read = f"{count(size.files, 'file')} to read{images}. " if size.files else ""
    to_read = "More than " + to_read if size.more else to_read
    head = tag("strong", "Estimate: " + escape(", ".join(facts)))
    grant = f" It may {'; '.join(said(outside))}." if outside.allow else ""
    if {"web", "mcp"} & set(outside.allow):
        grant += " How long others take to answer is not in the estimate."
    return head + " " + tag("span", escape(f"{to_read}{found.rests_on}{grant}"), cls="soft")


def _range(value: Range) -> str:
    """Two figures with two digits that mean something; one where they are the same.

    >>> _range(Range(0.031, 7.9)), _range(Range(1234, 8000)), _range(Range(2, 2))
    ('0.03 to 7.9', '1,200 to 8,000', '2')
    """
    low, high = (_rounded(number) for number in value)
    return low if low == high else f"{low} to {high}"


def _rounded(number: float) -> str:
    if number == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(number)))  # of decimals, so that two digits stay
    shown = f"{round(number, places):,.{min(max(places, 0), 2)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
