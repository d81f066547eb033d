from leadline.retrieval.irregular import bases
from leadline.retrieval.statistics import terms


def test_forms_of_a_verb_are_one_term() -> None:
    assert terms("Where did it begin?")[-1:] == terms("It began.")[-1:] == terms("begun")
    assert terms("wrote") == terms("written") == terms("writes") == ["write"]
    assert terms("grown") == terms("grew") == terms("growing")


def test_forms_that_are_other_words_stay_apart() -> None:
    for form, verb in (
        ("found", "find"),
        ("founded", "find"),
        ("left", "leave"),
        ("Rose", "rise"),
        ("bit", "bite"),
    ):
        assert terms(form) != terms(verb)


def test_no_form_is_a_verb_of_its_own() -> None:
    found = bases(str)
    assert not found.keys() & set(found.values())
