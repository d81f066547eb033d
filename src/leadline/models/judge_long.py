"""Judging texts that are too long for one call: pieces are searched for evidence, which is then judged together.

As released with ResearchRubrics (arXiv:2511.07685): above 150,000 tokens a text is split on blank lines into pieces of
at most 100,000; a token is counted as four characters. Neither call sees the weight of a criterion.
"""

from __future__ import annotations

import re

from leadline.models.judge import Judge, Judgement, ModelJudge

CHARS = 4
"""Characters that count as one token."""
WHOLE, PIECE = 150_000, 100_000
"""Tokens up to which a text is judged in one call, and the most in a piece of a longer one."""

EVIDENCE = """You look in one part of a long text for what bears on a statement, for it or against it.

Statement: {statement}

Part {number} of {count}:
<text>
{text}
</text>

Quote every passage that bears on the statement word for word, one a line. Answer NONE if there is none."""


def pieces(text: str, most: int = PIECE) -> list[str]:
    """The text in pieces of at most `most` tokens, cut at blank lines; a longer paragraph is cut where it is full.

    >>> pieces("one two\\n\\nthree\\n\\nfour", 4)
    ['one two\\n\\nthree', 'four']
    """
    size, found = most * CHARS, [""]
    for paragraph in re.split(r"\n\s*\n", text):
        for start in range(0, max(1, len(paragraph)), size):
            part = paragraph[start : start + size]
            joined = f"{found[-1]}\n\n{part}" if found[-1] else part
            if len(joined) <= size and not start:
                found[-1] = joined
            else:
                found.append(part)
    return [piece for piece in found if piece.strip()]


class LongTextJudge:
    """A model as a judge of texts of any length."""

    def __init__(self, judge: ModelJudge, *, whole: int = WHOLE, piece: int = PIECE) -> None:
        self.inner, self.whole, self.piece = judge, whole, piece
        self.id, self.version = judge.id, f"{judge.version}+pieces-1"

    def judge(self, statement: str, text: str) -> Judgement:
        """One call where the text is short enough; else one per piece and one over the evidence of all."""
        if len(text) <= self.whole * CHARS:
            return self.inner.judge(statement, text)
        parts = pieces(text, self.piece)
        said = [
            self.inner.ask(
                EVIDENCE.format(statement=statement, number=n, count=len(parts), text=part)
            ).strip()
            for n, part in enumerate(parts, 1)
        ]
        evidence = [one for one in said if one and one.rstrip(".").upper() != "NONE"]
        if not evidence:
            return Judgement(
                "omitted", 0.0, self.id, self.version, f"none of {len(parts)} pieces bears on it"
            )
        return self.inner.judge(statement, "\n\n".join(evidence))


def for_long_texts(judge: Judge) -> Judge:
    """The judge, able to take texts longer than a model's context; judges without a model have no limit."""
    return LongTextJudge(judge) if isinstance(judge, ModelJudge) else judge
