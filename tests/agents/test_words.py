import pytest

from leadline.agents.words import codes, has_date, has_place, n_numbers, names, years


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("When did Lothair II's mother die?", ["Lothair II"]),
        ("The Bank of England and Élodie Durand-Ruel met.", ["Bank of England and Élodie Durand-Ruel"]),
        ("is invoice NO-2024-806 paid", ["NO-2024-806"]),
        ("he read “War and Peace” twice", ["War and Peace"]),
        ("Where is it?", []),
        ("", []),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_numbers_dates_and_places() -> None:
    assert n_numbers("three of 12 cost 1,200.50") == 3
    assert years("1999, 2003 and 12345 and 3000") == {"1999", "2003"}
    assert all(map(has_date, ("in May", "2021-05-03", "the 1990s")))
    assert not has_date("maybe 12")
    assert has_place("born in Paris")
    assert not has_place("born in spring")
    assert codes("C-2022-07, HE-2022-312 and 2022") == {"C-2022-07", "HE-2022-312"}
