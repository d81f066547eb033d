"""What is read first: the newest version, then older ones, then quotes that are far less likely to answer."""

from leadline.cli.said import said
from leadline.evidence.model import Citation, Claim, Contradiction, Omissions, Report, Source, Span, StaleCopy
from leadline.evidence.render.html import render_html
from leadline.evidence.render.markdown import render_markdown
from leadline.evidence.render.order import APART, ReadingOrder

OLD, NEW = "d-old", "d-new"
STALE = StaleCopy("Travel policy", (NEW, OLD), ("2023-02-09", "2021-02-01"))


def quote(number, text, confidence, document=NEW):
    span = Span(document, 0, len(text), text)
    return Claim(" ".join(text.split()), (Citation(number, span),), confidence=confidence)


def report(*claims, disputes=(), stale=(STALE,)):
    sources = tuple(Source(d, d, f"{d}.md", "text/markdown", "00") for d in (OLD, NEW))
    left = Omissions(contradictions=tuple(Contradiction("allowance", pair) for pair in disputes), stale=stale)
    return Report("How much?", "answered", claims, sources, left)


THE_OLD = quote(1, "The allowance is EUR 45.", 0.32, OLD)
THE_NEW = quote(2, "The allowance is EUR 52.", 0.18)
ASIDE = quote(3, "Trains are\npreferred.", 0.05)


def numbers(claims):
    return [claim.citations[0].number for claim in claims]


def test_the_newest_version_is_read_first_and_unlikely_quotes_stand_apart():
    whole = report(THE_OLD, THE_NEW, ASIDE)
    first, apart = ReadingOrder(whole).of(whole.claims)
    assert (numbers(first), numbers(apart)) == ([2, 1], [3])
    shown = said(whole, {})
    assert shown.index("EUR 52. [2]\n") < shown.index("EUR 45. [1, older version of 2021-02-01]")
    assert shown.index("[1, older") < shown.index(f"{APART}:\n  Trains are preferred. [3]")
    for page in (render_markdown(whole), render_html(whole)):
        assert page.index("EUR 52.") < page.index("EUR 45.") < page.index(APART) < page.index("Trains are")
        assert "older version of 2021-02-01" in page


def test_nothing_is_left_out_and_claims_of_equal_standing_keep_their_order():
    many = [quote(n, f"Sentence {n}.", 0.5) for n in range(1, 6)]
    whole = report(*many)
    assert ReadingOrder(whole).of(whole.claims) == (tuple(many), ())
    mixed = report(*many, THE_OLD, ASIDE)
    first, apart = ReadingOrder(mixed).of(mixed.claims)
    assert sorted(numbers([*first, *apart])) == sorted(numbers(mixed.claims))


def test_a_quote_that_disagrees_with_another_is_never_put_apart():
    whole = report(THE_OLD, ASIDE, disputes=[(1, 3)])
    assert ReadingOrder(whole).of(whole.claims).apart == ()


def test_sentences_of_a_writer_and_claims_without_a_confidence_stay_in_their_place():
    span = Span(NEW, 0, 5, "Words")
    written = Claim("It was said so.", (Citation(4, span),), confidence=0.01)
    unsure = Claim("Words", (Citation(5, span),))
    group = Claim("When?", claims=(quote(6, "In May.", 0.01),))
    whole = report(THE_NEW, written, unsure, group)
    assert ReadingOrder(whole).of(whole.claims).apart == ()


def test_copies_without_dates_or_of_one_day_are_not_called_older():
    for dates in (("", ""), ("2023-02-09", "2023-02-09"), ("", "2021-02-01")):
        stale = StaleCopy("Travel policy", (NEW, OLD), dates)
        assert ReadingOrder(report(THE_OLD, stale=(stale,))).older == {}


def test_the_members_of_a_list_stand_together():
    members = [quote(n, f"Member {n}.", 0.9 if n == 1 else 0.1) for n in range(1, 8)]
    whole = report(*members)
    assert ReadingOrder(whole).of(whole.claims) == (tuple(members), ())
    assert numbers(ReadingOrder(whole).of(members[:5]).apart) == [2, 3, 4, 5]
