"""What evidence bears out, by rule: every hard fact of a sentence must stand in its quotes."""

import pytest

from leadline.agents.support import ModelSupport, RuleSupport, figures
from leadline.errors import ModelError
from leadline.models.judge import Judgement

QUOTE = "The Kestrel Sound light was built by Drouk Works on 4 May 1987 for EUR 480,000 and has three lamps."


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        (QUOTE, "supported"),
        ("Drouk Works built the Kestrel Sound light.", "supported"),
        ("It was built for EUR 480000.", "supported"),
        ("It was built on 1987-05-04.", "supported"),
        ("It has 3 lamps.", "supported"),
        ("Drouk Works built the elegant light cheaply for the navy.", "unsupported"),
        ("The light of Kestrel Sound, built by Drouk Works, has three lamps and shines.", "partly"),
        ("It was built on 5 May 1987.", "unsupported"),
        ("It was built in 1978.", "unsupported"),
        ("It cost EUR 455,000.", "unsupported"),
        ("It has four lamps.", "unsupported"),
        ("The light was built by Nordlys Optics.", "unsupported"),
        ("It was not built by Drouk Works.", "unsupported"),
        ("It is certain that Drouk Works built the light.", "unsupported"),
        ("It was always built by Drouk Works.", "unsupported"),
        ("", "unsupported"),
        ("...", "unsupported"),
    ],
)
def test_labels(sentence, label):
    assert RuleSupport().support(sentence, [QUOTE]).label == label


def test_facts_may_come_from_several_quotes():
    quotes = ["The light was built in 1987.", "Its owner is Drouk Works."]
    assert RuleSupport().support("The light of Drouk Works was built in 1987.", quotes).label == "supported"
    assert RuleSupport().support("x", []).label == "unsupported"


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("The light was not built by Drouk Works.", "unsupported"),  # another clause denies something else
        ("The light was built by Drouk Works.", "unsupported"),  # strict: it leaves a denial out
        ("The light was built by Drouk Works, but it has no lamps.", "supported"),
        ("It has no lamps and was built by Drouk Works.", "supported"),
        ("The light was not built by Drouk Works and has lamps.", "unsupported"),
        ("It has no lamps.", "supported"),
    ],
)
def test_each_clause_is_negated_where_the_evidence_is(sentence, label):
    quotes = ["The light was built by Drouk Works.", "It has no lamps."]
    assert RuleSupport().support(sentence, quotes).label == label


def test_the_reason_says_what_is_missing():
    assert "455000" in RuleSupport().support("It cost EUR 455,000.", [QUOTE]).reason
    assert "Nordlys Optics" in RuleSupport().support("The maker is Nordlys Optics.", [QUOTE]).reason


def test_figures_in_any_notation():
    assert figures("12.50, 1,000 and seven") == {"12.5", "1000", "7"}


class Says:
    id, version = "says", "1"

    def __init__(self, verdict):
        self.verdict = verdict

    def judge(self, statement, text):
        if self.verdict == "fails":
            raise ModelError("no answer")
        return Judgement(self.verdict, 1.0, self.id, self.version)


PARAPHRASE = "Drouk Works erected the lighthouse of Kestrel Sound."


@pytest.mark.parametrize(
    ("verdict", "sentence", "label"),
    [
        ("supported", PARAPHRASE, "supported"),  # other words are pardoned
        ("supported", "Drouk Works built it in 1978.", "unsupported"),  # another year never is
        ("contradicted", "Drouk Works built the Kestrel Sound light.", "unsupported"),
        ("omitted", "Drouk Works built the Kestrel Sound light.", "partly"),
        ("omitted", "The elegant tower pleases visitors.", "unsupported"),
        ("fails", "Drouk Works built the Kestrel Sound light.", "supported"),
    ],
)
def test_a_model_beside_the_rule(verdict, sentence, label):
    assert ModelSupport(Says(verdict)).support(sentence, [QUOTE]).label == label
