import pytest

from leadline.evidence.locate import exact, fold, locate, loose
from leadline.evidence.model import Document


def doc(text: str, hidden: tuple[tuple[int, int], ...] = ()) -> Document:
    return Document("d", "", text, "d.txt", "text/plain", "", hidden=hidden)


def test_an_exact_quote_is_found_at_its_offsets() -> None:
    span = locate("two", doc("one two three"))
    assert span is not None
    assert (span.start, span.end, span.quote) == (4, 7, "two")


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("a  b", "x a\nb y", "a\nb"),
        ('"yes" - it\'s', "say “yes” — it’s so", "“yes” — it’s"),
        ("office", "the o\ufb03ce", "o\ufb03ce"),
        ("cooperate", "to co\u00adoper\u200bate", "co\u00adoper\u200bate"),
        ("12 km", "about 12\u00a0km away", "12\u00a0km"),
        ("ABC", "full width ＡＢＣ.", "ＡＢＣ"),
    ],
)
def test_differences_that_no_reader_sees_are_bridged(quote: str, text: str, found: str) -> None:
    span = locate(quote, doc(text))
    assert span is not None
    assert span.quote == found == text[span.start : span.end]


@pytest.mark.parametrize("quote", ["", "  ", "fourteen", "Two", "twothree"])
def test_what_is_not_there_is_not_found(quote: str) -> None:
    assert locate(quote, doc("one two three")) is None


def test_the_nearest_of_several_is_taken_and_the_earlier_on_a_tie() -> None:
    text = "a--a--a"
    assert [locate("a", doc(text), near=near).start for near in (0, 2, 5, 6)] == [0, 3, 6, 6]  # type: ignore[union-attr]
    assert locate("b", doc("b.b"), near=1).start == 0  # type: ignore[union-attr]


def test_hidden_text_is_never_cited() -> None:
    assert locate("secret", doc("a secret b", hidden=((2, 8),))) is None
    span = locate("secret", doc("secret, secret", hidden=((0, 6),)))
    assert span is not None
    assert span.start == 8


def test_exact_places_may_overlap_and_loose_ones_map_back() -> None:
    assert list(exact("aa", "aaaa")) == [(0, 2), (1, 3), (2, 4)]
    assert list(loose("a b", "a\n\n b a b")) == [(0, 5), (6, 9)]


def test_fold_gives_one_origin_per_character() -> None:
    folded, origin = fold("\ufb01 \t x\u00ad")
    assert folded == "fi x"
    assert origin == [0, 0, 1, 4]
