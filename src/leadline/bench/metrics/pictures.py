"""Scores of made pictures from a judge's marks: KnowGen's K-Score (Gen-Searcher, arXiv:2603.28767) and WISE.

The marks come from a judge that sees prompt, picture and, for the K-Score, a true picture; none is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal, NamedTuple

from leadline.errors import NotFound, UsageError

ABSENT = 0.5
"""What text counts where a picture is to have none."""


class Marks(NamedTuple):
    """Faithfulness, visual correctness, accuracy of text (None: no text is asked for) and aesthetics.

    0, .5 or 1 of one picture; of a group their means, in any unit.
    """

    faithfulness: float
    visual: float
    text: float | None
    aesthetics: float


def k_score(marks: Marks) -> float:
    """.1 F + .4 V + .4 T + .1 A, text that is not asked for as .5 (as released; a floor of .2 for such prompts).

    >>> [round(k_score(Marks(*m)), 4) for m in ((1, 0.5, 1, 0.5), (0.5, 0, None, 1), (1, 1, 1, 1))]
    [0.75, 0.35, 1.0]
    """
    text = ABSENT if marks.text is None else marks.text
    return 0.1 * marks.faithfulness + 0.4 * marks.visual + 0.4 * text + 0.1 * marks.aesthetics


def group_marks(samples: Sequence[Marks | None]) -> Marks:
    """Means over a group. Failed evaluations (None) are left out; the text's mean is over the samples that have one.

    The K-Score of these means differs from the mean of the samples' K-Scores where some have no text.
    """
    seen = [marks for marks in samples if marks is not None]
    if not seen:
        raise UsageError(
            "A group without one evaluated picture has no score.",
            remedy="Evaluate one, or leave the group out.",
        )
    texts = [marks.text for marks in seen if marks.text is not None]
    return Marks(
        fmean(m.faithfulness for m in seen),
        fmean(m.visual for m in seen),
        fmean(texts) if texts else ABSENT,
        fmean(m.aesthetics for m in seen),
    )


def knowgen_score(groups: Mapping[str, Sequence[Marks | None]]) -> dict[str, float]:
    """The K-Score of each group, to four decimals, and "overall", the mean of the groups."""
    scores = {name: round(k_score(group_marks(samples)), 4) for name, samples in groups.items()}
    return scores | {"overall": fmean(scores.values())}


def wise_sample(consistency: float, realism: float, aesthetics: float) -> float:
    """WISE's WiScore of one picture, marks from 0 to 2 (the first release).

    >>> round(wise_sample(2, 1, 2), 4)
    0.9
    """
    return (0.7 * consistency + 0.2 * realism + 0.1 * aesthetics) / 2


WISE_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "legacy": {
        "culture": 0.4,
        "time": 0.167,
        "space": 0.133,
        "biology": 0.1,
        "physics": 0.1,
        "chemistry": 0.1,
    },
    "verified": {
        "culture": 0.4,
        "time": 0.12,
        "space": 0.12,
        "biology": 0.12,
        "physics": 0.12,
        "chemistry": 0.12,
    },
}


def wise_overall(
    categories: Mapping[str, float], release: Literal["legacy", "verified"] = "verified"
) -> float:
    """The weighted mean over WISE's six categories: means of `wise_sample`, or of right pictures (verified)."""
    if release not in WISE_WEIGHTS:
        raise NotFound("release of WISE", release, WISE_WEIGHTS)
    weights = WISE_WEIGHTS[release]
    missing = sorted(set(weights) - set(categories))
    if missing:
        raise UsageError(f"WISE's overall score needs all six categories; {', '.join(missing)} is missing.")
    return sum(weight * categories[name] for name, weight in weights.items())
