from leadline.evidence.model import Document
from leadline.retrieval.titles import Mention, Titles, names_of


def doc(id: str, title: str, uri: str = "") -> Document:
    return Document(id, title, "", uri, "text/plain", "")


TITLES = Titles(
    [
        doc("a", "Billy Elliot (film)"),
        doc("b", "Billy Elliot (musical)"),
        doc("c", "Stephen Warbeck"),
        doc("d", "Lothair II"),
        doc("e", "Lothair II of Saxony"),
        doc("f", "Supply contract", "contracts/C-2022-07-nordlys-optics.pdf"),
        doc("g", "Home"),
        doc("h", "Boštjan Hladnik"),
    ]
)


def named(text: str, *, capitals: bool = True) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[m.start : m.end], m.documents) for m in TITLES.mentions(text, capitals=capitals)]


def test_homonyms_are_all_named_and_the_parenthesis_tells_them_apart() -> None:
    assert named("In Billy Elliot, Stephen Warbeck") == [
        ("Billy Elliot", ("a", "b")),
        ("Stephen Warbeck", ("c",)),
    ]
    assert named("Billy Elliot (film) is") == [("Billy Elliot (film", ("a",))]


def test_the_longest_name_wins() -> None:
    assert named("Lothair II of Saxony and Lothair II's mother") == [
        ("Lothair II of Saxony", ("e",)),
        ("Lothair II", ("d",)),
    ]


def test_accents_and_case_do_not_matter_but_running_text_needs_capitals() -> None:
    assert named("BOSTJAN HLADNIK") == [("BOSTJAN HLADNIK", ("h",))]
    assert named("stephen warbeck") == []
    assert named("stephen warbeck", capitals=False) == [("stephen warbeck", ("c",))]


def test_reference_numbers_name_their_document() -> None:
    assert named("under contract C-2022-07.") == [("C-2022-07", ("f",))]


def test_short_names_and_parts_of_words_name_nothing() -> None:
    assert named("Home sweet Home; Stephen Warbecks") == []
    assert TITLES.mentions("") == []


def test_offsets_count_code_points_of_the_text() -> None:
    assert TITLES.mentions("“Stephen Warbeck”") == [Mention(1, 16, ("c",))]


def test_dates_alone_are_no_names() -> None:
    assert names_of(doc("x", "2022", "a/2022-03.md")) == set()
