"""The knowledge graph of a collection: what is linked, what is drawn, and the same as lists."""

import re

import numpy as np
import pytest
from pages_client import Browser

from leadline.errors import UsageError
from leadline.retrieval.collection import Collection
from leadline.serve.pages import network as networks
from leadline.serve.pages.network import Link, Node, apart, network, places

TEXTS = {
    "oxley.md": "# Oxley Reach\n\nThe project is led by Hanna Brandt.\n",
    "merrow.md": "# Merrow Bay\n\nIt followed Oxley Reach, and Hanna Brandt left it in May.\n",
    "crew.md": "# Crew list\n\nOn board of Merrow Bay were four people.\n",
}


@pytest.fixture
def linked(leadline_home, tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    collection = Collection.open("notes", create=True)
    collection.update([folder])
    return collection


def test_documents_that_name_each_other_and_names_that_two_share_are_linked(linked):
    found = network(linked)
    label = {node.id: node.label for node in found.nodes}
    pairs = {frozenset((label[link.a], label[link.b])) for link in found.links}
    assert pairs == {
        frozenset(("Merrow Bay", "Oxley Reach")),
        frozenset(("Crew list", "Merrow Bay")),
        frozenset(("Oxley Reach", "Hanna Brandt")),
        frozenset(("Merrow Bay", "Hanna Brandt")),
    }
    about = found.part("name:Hanna Brandt")[0]
    assert [node.label for node in about] == ["Hanna Brandt", "Merrow Bay", "Oxley Reach"]
    assert {s.document for s in found.said("name:Hanna Brandt")} == {n.id for n in about if n.is_document}


def test_linked_nodes_stand_nearer_than_others_and_inside_the_frame():
    nodes = [Node(id, id, 1) for id in "abcdef"]
    links = [Link("a", "b", 3), Link("b", "c", 3), Link("a", "c", 3), Link("d", "e", 3), Link("e", "f", 3)]
    at = dict(zip("abcdef", places(nodes, links), strict=True))

    def far(x, y):
        return float(np.linalg.norm(at[x] - at[y]))

    assert all(0 <= value <= 1 for place in at.values() for value in place)
    assert max(far("a", "b"), far("b", "c"), far("a", "c")) < min(far("a", "e"), far("b", "e"), far("c", "e"))
    assert np.array_equal(places(nodes, links), places(nodes, links))
    assert places([], []).shape == (0, 2)
    assert places(nodes[:1], []).tolist() == [[0.5, 0.5]]


def test_the_page_draws_what_the_lists_say(linked):
    browser = Browser()
    page = browser.get("/collections/notes/graph").text
    drawn, listed = page.split('class="graph-lists"')
    for label in ("Oxley Reach", "Merrow Bay", "Crew list", "Hanna Brandt"):
        assert label in drawn
        assert f">{label}</a>" in listed
    assert drawn.count('class="node document"') == 3
    assert "4 nodes and 4 links" in page
    address = re.search(r'href="([^"]+about=name[^"]+)"', listed)[1]
    about = browser.get(address).text
    assert "Mentioned in 2 passages" in about
    link = re.search(
        r'<section class="card">.*?href="(/collections/notes/documents/[^"]+)"', about, re.DOTALL
    )[1]
    assert "Hanna Brandt" in browser.get(link.replace("&amp;", "&")).text
    assert browser.get("/collections/notes/graph?about=nobody").status_code == 404


def test_nothing_to_draw_and_too_much_to_draw_say_so(collection, monkeypatch):
    assert "nothing to draw" in Browser().get("/collections/c/graph").text
    monkeypatch.setattr(networks, "MAX_PASSAGES", 2)
    with pytest.raises(UsageError, match="at most 2 passages"):
        networks.network.__wrapped__(collection)  # past what is remembered of this state


def test_labels_that_would_cover_each_other_go_apart_where_there_is_least_to_go():
    frame, boxes = np.array([100.0, 100.0]), np.full((2, 2), 20.0)
    at = apart(np.array([[50.0, 50.0], [54.0, 60.0]]), boxes, frame)  # they overlap 16 wide and 10 high
    assert at[:, 0].tolist() == [50.0, 54.0]
    assert 20 > at[1, 1] - at[0, 1] >= 19.9
    same = apart(np.array([[5.0, 50.0], [5.0, 50.0]]), boxes, frame)
    assert np.abs(same[0] - same[1]).max() >= 19.9
    assert same[:, 0].min() >= 10  # inside the frame
    assert apart(np.zeros((0, 2)), np.zeros((0, 2)), frame).shape == (0, 2)
