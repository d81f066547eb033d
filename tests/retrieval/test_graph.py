"""Graph retrieval finds what the question names and what those passages mention."""

import random

import pytest

from leadline.errors import NotFound, UsageError
from leadline.evidence.model import Document
from leadline.retrieval.graph import GraphIndex, names
from leadline.retrieval.units import whole

FILMS = {
    "f1": ("Silent Harbour", "Silent Harbour is a film directed by Maria Lunde. It was shot in Tromsø."),
    "f2": ("Maria Lunde", "Maria Lunde was born in Bergen. Her husband is Per Aasen."),
    "f3": ("Per Aasen", "Per Aasen repairs clocks and was born in Oslo."),
    "f4": (
        "Red Winter",
        "Red Winter is a film. Its director was born in a town near the sea. The director of the film.",
    ),
    "f5": (
        "Clockmakers",
        "The guild of Clockmakers of Nordland knows many repairers. A Nordland Guild prize exists.",
    ),
    "f6": ("Prizes", "A prize of the Nordland Guild was given to a baker."),
    "f7": ("Silent Harbour (novel)", "Silent Harbour is a novel about a lighthouse."),
}


def documents():
    return [
        Document(key, title, text, f"{key}.txt", "text/plain", "0") for key, (title, text) in FILMS.items()
    ]


def index(made=None):
    made = documents() if made is None else made
    return GraphIndex(made, [passage for document in made for passage in whole(document)])


def test_two_hops_from_a_film_to_its_director():
    hits = index().search("Where was the director of Silent Harbour born?", 4)
    assert hits.ids[:3] == ("f1", "f7", "f2")  # both things of that name, then whom the first one mentions
    assert [hit.score for hit in hits.hits[:2]] == [2.0, 2.0]


def test_the_linking_sentence_that_shares_words_with_the_question_counts_more():
    hits = index().search("Who is the husband of Maria Lunde?", 3)
    assert hits.ids[0] == "f2"
    assert {hit.id: hit.score for hit in hits.hits}["f3"] > 1  # one link, and "husband" stands beside it


def test_names_without_a_document_of_their_own_link_passages():
    hits = index().search("What did the Nordland Guild give?", 5)
    assert set(hits.ids) >= {"f5", "f6"}


def test_pagerank_ranks_what_is_near():
    hits = index().search("Silent Harbour", 3, way="pagerank")
    assert hits.ids[0] in {"f1", "f7"}
    assert "f2" in index().search("Silent Harbour", 4, way="pagerank").ids
    scores = [hit.score for hit in hits.hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("way", ["hop", "pagerank"])
def test_the_order_in_which_documents_come_does_not_matter(way):
    mixed = documents()
    random.Random(3).shuffle(mixed)
    for query in ("Where was the director of Silent Harbour born?", "the Nordland Guild"):
        assert index(mixed).search(query, 7, way=way).hits == pytest.approx(
            index().search(query, 7, way=way).hits
        )


def test_filters_apply_inside_and_unknown_questions_say_so():
    hits = index().search("director of Silent Harbour", 1, {"document": ["f2", "f3"]})
    assert hits.ids == ("f2",)
    nothing = index().search("what about xylophones?")
    assert nothing.hits == ()
    assert "names nothing" in nothing.notes[0]
    assert index([]).search("anything").hits == ()


def test_bad_requests():
    with pytest.raises(NotFound, match="pagerank"):
        index().search("x", way="pagerang")
    with pytest.raises(UsageError, match="k must be"):
        index().search("x", 0)


def test_names_by_rule():
    assert names("Later Anna Berg sailed to Port of Nord. She left Nord.") == [
        "Anna Berg",
        "Port of Nord",
        "Nord",
    ]
    assert names("What was it? When? The end.") == []


def test_labels_list_numbers_dates_and_amounts_are_no_names():
    said = "Date: 3 May 2021\n\nItem 1\n\nRent & Rein AS pays NOK 14,800 to MV Skarv.\n\n2. Goods\nEither party may go."
    assert names(said) == ["Rent & Rein AS", "MV Skarv"]
    assert names("Ship | Port\nMV Alke | Bergen") == ["Ship", "Port", "MV Alke", "Bergen"]
    notes = [
        (
            "a",
            "Item 1\n\nThe crew of Skerrow paints. Prices fall.\n\nItem 2\n\nOld Prices and the prices of Skerrow.",
        ),
        ("b", "Item 1\n\nThe prices at Skerrow rise, says the Prices list.\n\nItem 2\n\nNothing."),
    ]
    made = [Document(key, f"Note {key}", text, f"{key}.txt", "text/plain", "0") for key, text in notes]
    assert index(made).entity_names() == ["Skerrow"]


def test_an_own_extractor_plugs_in():
    made = documents()
    passages = [passage for document in made for passage in whole(document)]
    graph = GraphIndex(made, passages, extract=lambda text: ["clocks"] if "clocks" in text else ["film"])
    assert graph.search("a film", 5).hits  # "film" stands in several documents, so it is an entity now
