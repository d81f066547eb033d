import pytest

from corpora import MemoryCollection, document
from leadline.environments.base import Action, Environment, Observation
from leadline.environments.corpus import CorpusEnvironment, Opened, Results, places, visible

FILM = document("Billy Elliot (film)", "Billy Elliot is a film of 2000. Its music is by Stephen Warbeck.")
COMPOSER = document("Stephen Warbeck", "Stephen Warbeck was born in Southampton.")
SECRET = document("Notes", "Plain words. HIDDEN ORDER. More words.", hidden=((13, 26),))


@pytest.fixture
def environment() -> CorpusEnvironment:
    return CorpusEnvironment(MemoryCollection([FILM, COMPOSER, SECRET]))


def call(environment: CorpusEnvironment, tool: str, **arguments: object) -> Observation:
    return environment.step(Action(tool, arguments))


def test_it_is_an_environment(environment: CorpusEnvironment) -> None:
    assert isinstance(environment, Environment)
    assert environment.reset().data == {"documents": 3}


def test_search_gives_passages_the_documents_named_and_the_rarity_of_terms(
    environment: CorpusEnvironment,
) -> None:
    results: Results = call(
        environment, "search", query="where was the composer of billy elliot born", k=2
    ).data
    assert [found.title for found in results.passages] == ["Billy Elliot (film)", "Stephen Warbeck"]
    assert [(link.start, link.end, link.title) for link in results.named] == [(26, 38, "Billy Elliot (film)")]
    assert results.rarity["compos"] > results.rarity["born"] > 0
    first = results.passages[0]
    assert FILM.text[first.start : first.end] == first.text


def test_a_search_may_stay_within_one_document(environment: CorpusEnvironment) -> None:
    results: Results = call(environment, "search", query="stephen warbeck", document=FILM.id).data
    assert [found.title for found in results.passages] == ["Billy Elliot (film)"]
    assert call(environment, "search", query="stephen", document="x").error


def test_open_gives_a_stretch_and_its_links_with_offsets_into_the_document(
    environment: CorpusEnvironment,
) -> None:
    opened: Opened = call(environment, "open", document=FILM.id, start=32).data
    assert (opened.start, opened.end, opened.n_characters) == (32, 64, 64)
    assert [(FILM.text[link.start : link.end], link.document) for link in opened.links] == [
        ("Stephen Warbeck", COMPOSER.id)
    ]
    assert call(environment, "open", document=FILM.id, start=999).data.text == ""


def test_hidden_text_is_blanked_out_and_not_found(environment: CorpusEnvironment) -> None:
    opened: Opened = call(environment, "open", document=SECRET.id).data
    assert opened.text == "Plain words." + " " * 14 + " More words."
    assert call(environment, "find", words="HIDDEN ORDER").data == ()
    assert visible(SECRET, 20, 30) == " " * 6 + " Mor"


def test_find_looks_in_one_document_or_in_all(environment: CorpusEnvironment) -> None:
    everywhere = call(environment, "find", words="Stephen Warbeck").data
    assert sorted(span.document for span in everywhere) == sorted([FILM.id, COMPOSER.id])
    [span] = call(environment, "find", words="stephen  warbeck".title(), document=FILM.id).data
    assert (span.start, span.quote) == (48, "Stephen Warbeck")
    assert [place.start for place in places("words", SECRET)] == [6, 32]


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (Action("fetch"), "There is no tool 'fetch'. There are: search, open, find."),
        (Action("search"), "search needs the argument 'query'."),
        (Action("search", {"query": 3}), "The argument 'query' of search must be text."),
        (Action("search", {"query": "a", "k": True}), "The argument 'k' of search must be a whole number."),
        (Action("search", {"query": "a", "k": 0}), "The argument 'k' of search must be at least 1."),
        (
            Action("search", {"query": "a", "n": 3}),
            "search has no argument 'n'; it has: query, k, document, retriever.",
        ),
        (Action("open", {"document": "nope"}), "There is no document named 'nope'."),
    ],
)
def test_a_bad_call_is_an_error_for_the_agent_never_an_exception(
    environment: CorpusEnvironment, action: Action, error: str
) -> None:
    assert environment.step(action).error.startswith(error)


def test_a_question_without_any_known_word_finds_nothing(environment: CorpusEnvironment) -> None:
    seen = call(environment, "search", query="zzz")
    assert seen.data.passages == ()
    assert seen.text == "Nothing was found."


def test_of_a_file_and_its_copies_the_original_is_found_and_named_unless_the_copy_is_asked_for() -> None:
    copy = document("Stephen Warbeck", COMPOSER.text, uri="Copy of Stephen Warbeck.txt")
    environment = CorpusEnvironment(MemoryCollection([copy, FILM, COMPOSER]))
    results: Results = call(environment, "search", query="Stephen Warbeck Southampton", k=2).data
    assert [(found.document, found.rank) for found in results.passages] == [(COMPOSER.id, 1), (FILM.id, 2)]
    assert {link.document for link in results.named} == {COMPOSER.id}
    within: Results = call(environment, "search", query="Southampton", document=copy.id).data
    assert [found.document for found in within.passages] == [copy.id]
