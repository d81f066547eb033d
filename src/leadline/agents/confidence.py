"""How sure is a quote that a model chose? The fitted scorer of the extractive researcher says it, not the model.

The probability that a sentence holds the answer is read from what was shown in the run, exactly as for a quote that
Leadline selects itself (`select.py`); how well it is calibrated is measured by `benchmarks/confidence.py`. The model
says which quote is best: its order stays, and the sorted probabilities are dealt out along it. That a model chose the
quote is not counted as evidence, so these are cautious: a chooser that is right one time in five is put at .07.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from leadline.agents.base import Turn
from leadline.agents.features import Vectors, asked, features
from leadline.agents.questions import Question
from leadline.agents.select import shipped_selector
from leadline.agents.sentences import Reading, quotable
from leadline.agents.shown import shown
from leadline.environments.corpus import Opened, Results
from leadline.evidence.ledger import overlap
from leadline.evidence.model import Span
from leadline.models.embed import Embedder, embedder
from leadline.retrieval.statistics import terms

UNKNOWN = 0.5
"""Of a quote that no sentence of what was shown holds (a row of a table, a piece of a picture)."""


def confidences(question: Question, spans: Sequence[Span], turns: Sequence[Turn]) -> list[float]:
    """Probabilities that the quotes hold the answer, in [0, 1], falling from one to the next."""
    if not spans:
        return []
    ask = asked(question, rarity(question, turns))
    sentences = quotable(readings(turns), ask.weights)
    if not sentences:
        return [UNKNOWN - rank * 1e-4 for rank in range(len(spans))]
    rows, _ = features(ask, sentences, Vectors(_embedder()))
    scores = shipped_selector().scorer(rows)
    found = [
        max((float(score) for s, score in zip(sentences, scores, strict=True) if overlap(s.span, span)),
            default=UNKNOWN)
        for span in spans
    ]  # fmt: skip
    # A hair apart, so that a ledger, which sorts by confidence, keeps the model's order.
    return [round(max(0.0, p - rank * 1e-4), 4) for rank, p in enumerate(sorted(found, reverse=True))]


def rarity(question: Question, turns: Sequence[Turn]) -> dict[str, float]:
    """What the searches of the run say of the question's terms; terms that none of them had weigh as the rarest."""
    known: dict[str, float] = {}
    for turn in turns:
        if isinstance(turn.observation.data, Results):
            known |= turn.observation.data.rarity
    most = max(known.values(), default=1.0)
    return {term: known.get(term, most) for term in dict.fromkeys(terms(question.query))}


def readings(turns: Sequence[Turn]) -> list[Reading]:
    """What was shown, with its title and rank where these are known."""
    found: list[Reading] = []
    for turn in turns:
        data = turn.observation.data
        if isinstance(data, Results):
            found += [Reading(p.document, p.title, p.start, p.text, "search", p.rank) for p in data.passages]
        elif isinstance(data, Opened):
            found.append(Reading(data.document, data.title, data.start, data.text, "named"))
        else:
            found += [Reading(item.document, "", item.start, item.text) for item in shown([turn])]
    return found


@lru_cache(maxsize=1)
def _embedder() -> Embedder:
    return embedder("wordllama")
