"""Texts beyond a judge's context are judged in pieces (ResearchRubrics as released)."""

import re

import pytest

from leadline.bench.protocol import Answer, Case
from leadline.bench.protocols import researchrubrics
from leadline.models.judge import ModelJudge, RuleJudge
from leadline.models.judge_long import CHARS, PIECE, WHOLE, LongTextJudge, for_long_texts, pieces

FACT = "The bridge opened in 1907."


class Reader:
    """A model that can quote a line with "bridge", and supports what it is shown word for word."""

    def __init__(self):
        self.prompts = []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        text = re.search(r"<text>\n(.*)\n</text>", prompt, re.S).group(1)
        if "Part " in prompt:
            return "\n".join(line for line in text.splitlines() if "bridge" in line) or "NONE"
        return '{"verdict": "%s", "reason": ""}' % ("supported" if FACT in text else "omitted")


def long_text(*inside):
    filler = "\n\n".join(["Nothing of note was said here."] * 30_000)  # 240,000 tokens by four characters
    return "\n\n".join([filler[: len(filler) // 2], *inside, filler[len(filler) // 2 :]])


def test_pieces_keep_every_word_and_their_bound():
    text = long_text(FACT)
    parts = pieces(text)
    assert len(parts) == 3
    assert all(len(part) <= PIECE * CHARS for part in parts)
    assert " ".join(parts).split() == text.split()


@pytest.mark.parametrize("size", [1, 5, 6, 100])
def test_a_paragraph_longer_than_a_piece_is_cut(size):
    text = "abcdefghij" * 5
    assert "".join(pieces(text, size)) == text
    assert max(map(len, pieces(text, size))) <= size * CHARS


def test_evidence_of_the_pieces_is_judged_together():
    model = Reader()
    judged = for_long_texts(ModelJudge(model, "reader")).judge(FACT, long_text(FACT))
    assert judged.verdict == "supported"
    assert len(model.prompts) == 4  # three pieces, one over what they gave
    assert len(model.prompts[-1]) < 2000
    assert all(FACT in prompt for prompt in model.prompts)


def test_no_evidence_in_any_piece_is_an_omission():
    model = Reader()
    judged = for_long_texts(ModelJudge(model, "reader")).judge(FACT, long_text())
    assert (judged.verdict, len(model.prompts)) == ("omitted", 3)


def test_up_to_the_bound_it_is_one_call_over_the_whole():
    model = Reader()
    text = FACT + " " * (WHOLE * CHARS - len(FACT))
    assert LongTextJudge(ModelJudge(model, "reader")).judge(FACT, text).verdict == "supported"
    assert len(model.prompts) == 1


def test_judges_without_a_model_have_no_bound():
    rule = RuleJudge()
    assert for_long_texts(rule) is rule


def test_rubrics_of_a_very_long_report_never_show_a_weight():
    model = Reader()
    rubrics = [{"criterion": FACT, "weight": 4.0, "axis": "Explicit Criteria"}]
    case = Case("a", "When did it open?", {"rubrics": rubrics})
    scores = researchrubrics.score(case, Answer(text=long_text(FACT)), ModelJudge(model, "reader"))
    assert scores["compliance"] == 1
    assert not any("4.0" in prompt or "weight" in prompt.lower() for prompt in model.prompts)
