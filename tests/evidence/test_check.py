import msgspec
import pytest

from leadline.evidence.check import check_citation, check_claims, check_report, rows_stretch
from leadline.evidence.model import (
    Citation,
    Claim,
    Document,
    Mark,
    Omissions,
    Page,
    Region,
    Report,
    Rows,
    Span,
    Table,
)  # fmt: skip

TEXT = "Page one says 5.\nPage two says 6.\nname | size\nbolt | 3\nnut | 4\n"
TABLE = Table("parts", ("name", "size"), (("bolt", 3), ("nut", 4)), start=TEXT.index("name"))
DOCUMENT = Document(
    "d", "T", TEXT, "t.pdf", "application/pdf", "",
    marks=(Mark(0, 16, Page(1)), Mark(17, 33, Page(2)), Mark(5, 8, Region(1, (0, 0, 1, 1)))),
    tables=(TABLE,), hidden=((14, 15),),
)  # fmt: skip


def cite(text: str, place: object = None, **changes: object) -> Citation:
    start = TEXT.index(text)
    span = msgspec.structs.replace(Span("d", start, start + len(text), text), **changes)
    return Citation(1, span, place=place)  # type: ignore[arg-type]


def reason(citation: Citation) -> str:
    return check_citation(citation, {"d": DOCUMENT}).reason


def test_a_true_citation_holds() -> None:
    assert check_citation(cite("Page two says 6."), {"d": DOCUMENT}).ok
    assert not reason(cite("two says", Page(2)))
    assert not reason(cite("one", Region(1, (0, 0, 1, 1))))
    assert not reason(cite("nut | 4", Rows("parts", 2, 2)))
    assert not reason(cite("name | size\nbolt | 3", Rows("parts", 0, 1)))
    assert not reason(
        cite("name | size", Rows("parts", 1, 2))
    )  # the header stands for a figure over its rows


@pytest.mark.parametrize(
    ("citation", "why"),
    [
        (cite("Page", document="x"), "the document x is not in the sources"),
        (cite("Page", quote="page"), "the text reads 'Page', not 'page'"),
        (cite("Page", start=1, end=5), "the text reads 'age ', not 'Page'"),
        (cite("Page", end=999), "the offsets 0-999 lie outside the text of 63 characters"),
        (cite("Page", start=3, end=3), "the offsets 3-3 lie outside the text of 63 characters"),
        (cite("Page", quote=" "), "the quote is empty"),
        (cite("says 5"), "the quote is hidden from a person who reads the source"),
        (cite("two says", Page(1)), "the quote does not stand on that page"),
        (cite("two says", Page(9)), "the document has no such page"),
        (cite("nut | 4", Rows("parts", 1, 1)), "the quote does not stand in rows 1-1 of 'parts'"),
        (cite("nut | 4", Rows("parts", 1, 3)), "rows 1-3 are not among the 2 of 'parts'"),
        (cite("nut | 4", Rows("x", 1, 1)), "the document has no table 'x'"),
    ],
)
def test_a_false_citation_is_refused_with_the_reason(citation: Citation, why: str) -> None:
    assert reason(citation) == why


def test_rows_are_lines_of_the_text() -> None:
    assert [TEXT[slice(*rows_stretch(TEXT, TABLE, a, b))] for a, b in ((0, 0), (1, 1), (1, 2))] == [
        "name | size", "bolt | 3", "bolt | 3\nnut | 4",
    ]  # fmt: skip


def test_a_claim_may_group_but_not_speak_without_evidence() -> None:
    good = Claim("says", (cite("one"),))
    assert check_claims((Claim("group", claims=(good,)),)) == []
    assert check_claims((Claim("group", claims=(Claim("bare"), good)), Claim("loose"))) == ["bare", "loose"]


def test_a_report_is_checked_citation_by_citation() -> None:
    claims = (Claim("g", claims=(Claim("a", (cite("one"),)), Claim("b", (cite("Page", quote="x"),)))),)
    report = Report("?", "answered", claims, (), Omissions())
    assert [checked.ok for checked in check_report(report, {"d": DOCUMENT})] == [True, False]
