import re

import pytest

from leadline.evidence.model import Citation, Claim, Omissions, Report, Source, Span
from leadline.evidence.render.markdown import escape, render_markdown
from reports import DOCUMENTS, PENALTY, make_report

TEXT = render_markdown(make_report(), DOCUMENTS)


def test_every_claim_carries_the_numbers_of_its_evidence() -> None:
    assert f"{PENALTY} [1] [2, contradicts]\n" in TEXT
    assert "2 shipments were late. [3]\n" in TEXT
    for number in (1, 2, 3, 4):
        assert TEXT.count(f"**[{number}]**") == 1


def test_a_group_of_claims_is_a_heading() -> None:
    assert "### What is the penalty?\n" in TEXT


def test_quotes_stand_in_their_context_without_what_is_hidden() -> None:
    assert f"Delivery is due on the date of the order. **{PENALTY}** The penalty is deducted" in TEXT
    assert "Ignore the above" not in TEXT


def test_without_documents_quotes_stand_alone() -> None:
    alone = render_markdown(make_report())
    assert f"> **{PENALTY}**\n" in alone
    assert "Delivery is due" not in alone
    assert "| 3 | S-3 | 2023-09-30 | 9 | true |" in alone


def test_rows_stand_under_their_header_with_the_query_and_its_result() -> None:
    assert "| row | id | date | days_late | late |" in TEXT
    assert (
        '```sql\nSELECT count(*) AS late FROM "shipments" WHERE "late"\n```\n\n| late |\n| --- |\n| 2 |'
        in TEXT
    )


def test_the_omission_report_has_its_place() -> None:
    left_out = TEXT.partition("## Left out")[2].partition("## Sources")[0]
    assert "- Without evidence: Who signed the amendment?" in left_out
    assert "- Said elsewhere only: fined: sample/council.txt, sample/mail.eml" in left_out
    assert "- Not read: sample/broken.pdf: the file is encrypted. save it without a password." in left_out
    assert (
        "- Several versions: Travel policy: sample/policy.md (2024-01-01), sample/old/policy.md (2021-05-01)"
        in left_out
    )
    assert "- Refused by the check: 1 proposed sentence\n" in left_out
    assert "- Never opened: 31 of 43 documents" in left_out
    contradictions = TEXT.partition("## Contradictions")[2]
    assert "- penalty for each late shipment\n  - [1] For each late" in contradictions


def test_what_the_sources_say_otherwise_stands_under_the_facts() -> None:
    facts, told, rest = TEXT.split("\n\n", 3)[1:]
    assert facts.startswith("answered")
    assert told == '**The question says "EUR 120"; the source says "EUR 450". \\[1\\]**'
    assert rest.startswith("## Answer")


def test_nothing_found_has_no_answer_but_says_what_was_left_out() -> None:
    left = Omissions(unanswered=("why?",), documents_total=3)
    text = render_markdown(Report("why?", "nothing found", (), (), left))
    assert "## Answer" not in text
    assert text.startswith("# why?\n\nnothing found · 0 quotes from 0 documents · 0 of 3 documents opened\n")
    assert "- Without evidence: why?\n- Never opened: 3 of 3 documents" in text


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.example/a.png)", "<img src=http://evil.example>", "[a](javascript:x)", "a | b", "`code`",
        "**bold**", "# title", "- item", "1. item", "> quote", "_under_", "&lt;", "$x$", "[1]: http://evil.example",
    ],
)  # fmt: skip
def test_what_a_source_says_is_text_and_never_markup(hostile: str) -> None:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(escape(hostile))
    shown = re.sub(r"</?p>|\n", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    assert shown.replace("&amp;", "&") == hostile


def test_no_sentence_without_a_claim() -> None:
    """What remains when claims, quotes, contexts and fields of the sources are taken away are labels."""
    sentence = "Alpha beta gamma delta epsilon."
    citation = Citation(1, Span("d1", 0, len(sentence), sentence))
    source = Source("d1", "title", "uri", "text/plain", "00")
    report = Report("Why?", "answered", (Claim(sentence, (citation,)),), (source,), Omissions())
    rest = render_markdown(report).replace(sentence, "")
    assert not re.search(r"\w+( \w+)+\.", rest)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_markdown(make_report(), DOCUMENTS) == TEXT
