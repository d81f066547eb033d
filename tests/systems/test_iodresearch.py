"""A worked number of IoDResearch's specification that belongs to no metric (the others: fusion, claims, citations)."""

from leadline.retrieval.units import max_p


def test_pieces_collapse_to_their_object_by_the_best():
    pieces = {"10.1.1": 0.4, "10.1.3": 0.9, "10.2.1": 0.7}
    assert max_p((piece.rsplit(".", 1)[0], score) for piece, score in pieces.items()) == [
        ("10.1", 0.9),
        ("10.2", 0.7),
    ]
