from leadline.agents.sentences import Reading, quotable, stretches


def pieces(text: str) -> list[str]:
    return [text[a:b] for a, b in stretches(text)]


def test_wrapped_prose_stays_whole_and_short_lines_are_cut() -> None:
    wrapped = (
        "This sentence is so long that the file breaks it after about\neighty characters as text files do."
    )
    assert pieces(wrapped) == [wrapped]
    assert pieces("Invoice 7\nTotal 6,000.00\nDue 2024-01-01") == [
        "Invoice 7",
        "Total 6,000.00",
        "Due 2024-01-01",
    ]


def test_table_rows_are_quoted_one_by_one() -> None:
    row = "C-2022-07 | Nordlys Optics | late | a remark that is rather long so that the line is long"
    assert pieces(f"{row}\n{row}") == [row, row]


def test_offsets_are_those_of_the_document_and_a_place_counts_once() -> None:
    document = "0123456789One. Two."
    first = Reading("d", "T", 10, document[10:], rank=1)
    found = quotable([first, Reading("d", "T", 15, document[15:], "named")])
    assert [(s.span.start, s.span.quote, s.number, s.reading.route) for s in found] == [
        (10, "One.", 0, "search"),
        (15, "Two.", 1, "search"),
    ]
    assert all(document[s.span.start : s.span.end] == s.text for s in found)
