from leadline.bench.traces import Search, analyse_trace, coverage


def test_parents_are_where_a_word_first_appeared():
    shape = analyse_trace(
        "who made the Velar valve",
        [
            Search("Velar valve maker", "The maker is Drouk Works."),
            Search("Drouk Works seat", "The seat is in Brenou."),
            Search("Brenou inhabitants", "It has 4711 inhabitants."),
            Search("Drouk Works founder", "The founder is Ada."),
        ],
    )
    assert shape.parents == (-1, 0, 1, 0)
    assert (shape.queries, shape.dependent, shape.depth) == (4, 3, 3)
    assert shape.backtracking == 1  # the last query goes back to the first observation
    assert shape.branching_events == 1
    assert shape.branching_factor == 4 / 3  # root 1, step 0 has 2, step 1 has 1


def test_words_of_the_question_make_nothing_dependent():
    assert analyse_trace("red fox", [Search("red", "x"), Search("fox red", "y")]).dependent == 0


def test_empty_trace():
    assert analyse_trace("q", []).depth == 0


def test_coverage():
    assert coverage([{"a"}, {"b"}, {"c"}], [{"a", "x"}, {"b"}]) == 2 / 3
    assert coverage([{"a"}], []) == 0.0
