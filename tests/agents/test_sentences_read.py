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


def test_a_sentence_that_begins_in_a_full_line_is_no_list() -> None:
    text = (
        "The annual rent is NOK 1,860,000, payable quarterly in advance. The rent is adjusted every 1\n"
        "January in line with the consumer price index."
    )
    assert pieces(text)[1] == "The rent is adjusted every 1\nJanuary in line with the consumer price index."


def test_a_heading_is_no_part_of_the_sentence_below_it() -> None:
    text = "Lease of Dock 7, Port of Bergen\n1. Use\nThe dock may be used for repair of vessels up to 120 metres long."
    reading = Reading("d", "Lease of Dock 7", 0, text)
    assert [(s.text.split()[0], s.heading) for s in quotable([reading])] == [
        ("Lease", True),
        ("1.", True),
        ("The", False),
    ]


def test_steps_and_rows_of_words_are_no_headings() -> None:
    steps = Reading("d", "Pump", 0, "To restart:\n1. Open the valve\n2. Press the button\nThen wait.")
    rows = Reading("e", "Ports", 0, "Ship | Port\nSkarv | Bergen")
    assert not any(s.heading for s in quotable([steps, rows]))
    markdown = Reading("f", "Paint", 0, "| Item | EUR |\n|---|---|\n| Primer | 11.40 |")
    assert [s.text for s in quotable([markdown]) if s.heading] == ["| Item | EUR |"]
