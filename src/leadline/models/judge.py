"""Judges: does a text bear out a statement, leave it out, or contradict it?

One interface, three kinds: `rule` (words, numbers, negation; no weights), `embedding` (a threshold on cosine) and
`model` (any chat model). A judge sees a statement and a text and nothing else: where gold answers exist they are
the statement that is asked about, never a hint. Every judgement carries the judge's id and prompt version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import msgspec

from leadline.errors import ModelError, NotFound
from leadline.models.base import ChatModel, Message
from leadline.models.embed import Embedder

Verdict = Literal["supported", "omitted", "contradicted"]


class Judgement(msgspec.Struct, frozen=True):
    verdict: Verdict
    score: float
    """In [0, 1]: how strongly the text bears the statement out."""
    judge: str
    version: str
    reason: str = ""


class Judge(Protocol):
    id: str
    version: str

    def judge(self, statement: str, text: str) -> Judgement: ...


_STOP = frozenset(
    "a an and are as at be by for from has have in is it its of on or that the this to was were which with".split()
)
_NEGATION = re.compile(
    r"\b(no|not|never|none|without|neither|nor|cannot|isn't|wasn't|doesn't|didn't|won't)\b", re.I
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def content_words(text: str) -> list[str]:
    """Lower-cased words without stop words and numbers; plural s and verb ends are cut so that forms meet."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return [_stem(word) for word in words if word not in _STOP]


def _stem(word: str) -> str:
    if len(word) <= 4:
        return word
    return word[:-3] + "y" if word.endswith("ies") else re.sub(r"(?:ing|ed|es|s)$", "", word)


def split_sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def numbers(text: str) -> set[str]:
    return {n.replace(",", "").rstrip(".") for n in _NUMBER.findall(text)}


class _Sentence(NamedTuple):
    text: str
    words: frozenset[str]
    numbers: frozenset[str]


@lru_cache(maxsize=8)
def _sentences(text: str) -> tuple[_Sentence, ...]:
    """A report is judged against many statements: read it once."""
    return tuple(
        _Sentence(s, frozenset(content_words(s)), frozenset(numbers(s))) for s in split_sentences(text)
    )


class RuleJudge:
    """The best sentence must share `threshold` of the statement's content words; then numbers and negation decide.

    `negation=False` makes it blind to "not": it then takes contradictions for support, which shows why
    contradiction scores need more than overlap.
    """

    version = "1"

    def __init__(self, threshold: float = 0.6, *, negation: bool = True) -> None:
        self.threshold, self.negation = threshold, negation
        self.id = f"rule-{threshold:g}" + ("" if negation else "-negation-blind")

    def judge(self, statement: str, text: str) -> Judgement:
        """By the sentence of the text that shares most words: its numbers and its negation decide."""
        wanted, mine = set(content_words(_NEGATION.sub(" ", statement))), numbers(statement)
        best, share, agreeing = "", 0.0, 0
        for sentence in _sentences(text):
            overlap = len(wanted & sentence.words) / len(wanted) if wanted else 0.0
            same = len(mine & sentence.numbers)  # of two equally close sentences the one with our numbers
            if (overlap, same) > (share, agreeing):
                best, share, agreeing = sentence.text, overlap, same
        if share < self.threshold:
            return Judgement("omitted", share, self.id, self.version, "no sentence shares enough words")
        theirs = numbers(best)
        if mine and theirs and not mine & theirs:
            return Judgement("contradicted", 1 - share, self.id, self.version, f"other numbers: {best[:120]}")
        if mine - theirs:
            return Judgement("omitted", share / 2, self.id, self.version, "a number is missing")
        if self.negation and bool(_NEGATION.search(statement)) != bool(_NEGATION.search(best)):
            return Judgement("contradicted", 1 - share, self.id, self.version, f"negated: {best[:120]}")
        return Judgement("supported", share, self.id, self.version, best[:120])


class EmbeddingJudge:
    """Supported when the closest sentence has a cosine of at least `threshold`; it cannot see contradictions."""

    version = "1"

    def __init__(self, embedder: Embedder, threshold: float = 0.6) -> None:
        self.embedder, self.threshold = embedder, threshold
        self.id = f"embedding-{embedder.name}-{threshold:g}"

    def judge(self, statement: str, text: str) -> Judgement:
        sentences = split_sentences(text)
        if not sentences:
            return Judgement("omitted", 0.0, self.id, self.version, "empty text")
        vectors = self.embedder.encode([statement, *sentences])
        cosines = vectors[1:] @ vectors[0]
        best = int(cosines.argmax())
        score = float(max(0.0, cosines[best]))
        verdict: Verdict = "supported" if score >= self.threshold else "omitted"
        return Judgement(verdict, score, self.id, self.version, sentences[best][:120])


def fit_threshold(scores: Sequence[float], supported: Sequence[bool]) -> float:
    """The threshold on `scores` with the best F1 for `supported`; the lowest on ties."""
    best, threshold = -1.0, 1.0
    for candidate in sorted(set(scores)):
        hit = sum(s >= candidate and y for s, y in zip(scores, supported, strict=True))
        total = sum(s >= candidate for s in scores) + sum(supported)
        if total and 2 * hit / total > best:
            best, threshold = 2 * hit / total, candidate
    return threshold


PROMPT = """You check one statement against one text. Judge only what the text says.

Statement: {statement}

Text:
<text>
{text}
</text>

Answer with one JSON object: {{"verdict": "supported" | "omitted" | "contradicted", "reason": "one sentence"}}"""


class ModelJudge:
    """Any chat model as a judge: `ask` takes a prompt and returns the model's text.

    Nonsense is asked again up to `attempts` times and then raised as ModelError: a failed call is missing, never 0.
    """

    version = "statement-1"

    def __init__(
        self, ask: Callable[[str], str], name: str, *, attempts: int = 3, model: ChatModel | None = None
    ) -> None:
        """`model` is the chat model behind `ask`, for scorers that need more of it than verdicts."""
        self.ask, self.id, self.attempts, self.model = ask, f"model-{name}", attempts, model

    def judge(self, statement: str, text: str) -> Judgement:
        answer = ""
        for _ in range(self.attempts):
            answer = self.ask(PROMPT.format(statement=statement, text=text))
            found = re.search(r'"verdict"\s*:\s*"(supported|omitted|contradicted)"', answer)
            if found:
                verdict: Verdict = found.group(1)  # type: ignore[assignment]
                reason = re.search(r'"reason"\s*:\s*"([^"]*)"', answer)
                score = 1.0 if verdict == "supported" else 0.0
                return Judgement(verdict, score, self.id, self.version, reason.group(1) if reason else "")
        raise ModelError(
            f"{self.id} gave no verdict in {self.attempts} attempts; it last said: {answer[:200]!r}."
        )


def judge_named(name: str) -> Judge:
    """`rule`, `rule-negation-blind`, `embedding`, or `model:SPEC` for a chat model (`model:local`)."""
    if name == "rule":
        return RuleJudge()
    if name == "rule-negation-blind":
        return RuleJudge(negation=False)
    if name == "embedding":
        from leadline.models.embed import WordLlama

        return EmbeddingJudge(WordLlama())
    if name.startswith("model:"):
        from leadline.models.specs import model_from

        model = model_from(name.removeprefix("model:"))
        return ModelJudge(lambda prompt: model.chat([Message("user", prompt)]).text, model.name, model=model)
    raise NotFound("judge", name, ["rule", "rule-negation-blind", "embedding", "model:local"])
