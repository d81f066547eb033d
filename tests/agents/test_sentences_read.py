from leadline.agents.sentences import MAX_LINES, Reading, quotable, stretches


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


def test_of_many_rows_those_that_say_most_are_weighed() -> None:
    rows = [f"S{n} | Nordlys | late" if n in (70, 90) else f"S{n} | Orrin | on time" for n in range(100)]
    reading = Reading("d", "T", 0, "\n".join(rows))
    found = [s.number for s in quotable([reading], {"nordli": 2.0, "late": 1.0})]
    assert len(found) == MAX_LINES
    assert found == sorted(found)
    assert {70, 90} <= set(found)
    assert found[:38] == list(range(38))


def test_headings_are_not_quoted() -> None:
    reading = Reading("d", "T", 0, "# Minutes of the board\n\nIt rained.")
    assert [s.text for s in quotable([reading])] == ["It rained."]
