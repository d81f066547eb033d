"""Marks of 1 to 10 by a chat model, weighted by what it almost said (DataCross, arXiv:2601.21403, section 2.4).

The judge sees the gold insights because that is what it compares with; the agent never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from leadline.bench.metrics.insight import expected_rating, rating_from_text
from leadline.models.base import ChatModel, Message, Token

Aspect = Literal["factuality", "logic", "insight"]

ASKS: dict[Aspect, str] = {
    "factuality": "Are the key numbers, entities and relations of the answer right, by the reference findings? "
    "9-10 all of them, 7-8 nearly all, 5-6 about half, 3-4 few, 1-2 none.",
    "logic": "Do the conclusions follow from the reference findings, with causes before effects and no contradiction? "
    "9-10 throughout, 7-8 with small gaps, 5-6 in part, 3-4 hardly, 1-2 not at all.",
    "insight": "How much analytic value does the answer add beyond the reference findings, for the goal? "
    "9-10 much and useful, 7-8 some, 5-6 a little, 3-4 hardly any, 1-2 none: a mere copy of the findings adds none.",
}
PROMPT = """You mark an analyst's answer. {ask}

Goal: {goal}

Reference findings:
{gold}

<answer>
{answer}
</answer>

Reason in two sentences, then give the mark as <rating>N</rating> with N from 1 to 10."""
VERSION = "rating-1"


def rate(model: ChatModel, aspect: Aspect, *, goal: str, gold: Sequence[str], answer: str) -> float:
    """The mark in [0, 1]: the expectation over the candidates at the rating token where the engine gives their
    log-probabilities, else the written mark. An empty answer is 0 and costs no call."""
    if not answer.strip():
        return 0.0
    findings = "\n".join(f"- {insight}" for insight in gold)
    prompt = PROMPT.format(ask=ASKS[aspect], goal=goal, gold=findings, answer=answer)
    reply = model.chat([Message("user", prompt)], max_tokens=500, top_logprobs=5)
    top = candidates(reply.tokens)
    return expected_rating(top) if top else rating_from_text(reply.text)


def candidates(tokens: Sequence[Token]) -> dict[str, float]:
    """Log-probabilities of the candidates at the first number after "<rating>"; empty when there is none."""
    said = ""
    for token in tokens:
        if "<rating>" in said and token.text.strip().isdigit():
            return dict(token.top) or {token.text: token.logprob}
        said += token.text
    return {}
