import hashlib
from itertools import pairwise

import msgspec
import pytest

from leadline.errors import UsageError
from leadline.tasks.reader import Knowledge, read_statements
from leadline.tasks.render.images import bar_chart, scanned_form
from leadline.tasks.render.pictures import render_charts, render_forms
from leadline.tasks.render.tables import render_database, render_tables, sqlite_bytes
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.schema import BY_NAME, PREDICATES
from leadline.tasks.world import make_world

WORLD = make_world(600, seed=3)


def digest(library):
    return hashlib.sha256(msgspec.json.encode([library.documents, library.written])).hexdigest()


def test_same_seed_same_bytes_and_another_seed_other_bytes():
    style = Style(redundancy=2, dispersion=0.5, staleness=0.1, contradictions=0.1, distractors=3)
    first = render_text(WORLD, style)
    assert digest(first) == digest(render_text(make_world(600, seed=3), style))
    assert digest(first) != digest(render_text(make_world(600, seed=4), style))


@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_size_is_what_was_asked(n):
    assert len(make_world(n).facts) == pytest.approx(n, rel=0.03, abs=10)


def test_too_small_a_world_is_refused():
    with pytest.raises(UsageError, match="at least 100"):
        make_world(99)


def test_names_are_unique_and_relations_typed():
    names = [e.name for e in WORLD.entities]
    assert len(set(names)) == len(names)
    for fact in WORLD.facts:
        predicate = BY_NAME[fact.predicate]
        assert WORLD.entities[fact.subject].kind == predicate.subject
        assert fact.object != fact.subject
        if fact.object >= 0:
            assert WORLD.entities[fact.object].kind == predicate.object


def test_cardinalities_hold():
    for predicate in PREDICATES:
        counts = [len(WORLD.get(e.id, predicate.name)) for e in WORLD.entities if e.kind == predicate.subject]
        assert max(counts) <= predicate.most
        if predicate.cardinality == "one" and not predicate.hierarchy:
            assert set(counts) == {1}


def test_districts_form_a_forest():
    for fact in WORLD.facts:
        if fact.predicate == "lies in":
            assert fact.object < fact.subject


def test_every_fact_knows_where_it_is_written():
    library = render_text(WORLD, Style(redundancy=2, dispersion=0.3, staleness=0.2, contradictions=0.2))
    for fact in WORLD.facts:
        places = library.places[fact.id]
        assert len({p.document for p in places}) == 2
        for place in places:
            quote = library.span(place).quote
            assert fact.value in quote
            assert WORLD.entities[fact.subject].name in quote
    states = {place.state for place in library.written}
    assert states == {"true", "stale", "false"}


def test_stale_and_false_values_differ_from_the_truth():
    library = render_text(WORLD, Style(staleness=0.5, contradictions=0.5))
    for place in library.written:
        if place.state != "true":
            assert WORLD.facts[place.fact].value not in library.span(place).quote


def test_the_reader_reads_back_every_fact():
    library = render_text(WORLD, Style(dispersion=0.5))
    known = Knowledge.of(document.text for document in library.documents)
    for fact in WORLD.facts:
        assert fact.value in known.forward[(WORLD.entities[fact.subject].name, fact.predicate)]
    assert sum(map(len, known.forward.values())) == len(WORLD.facts)


@pytest.mark.parametrize("predicate", PREDICATES, ids=lambda p: p.name)
def test_each_wording_reads_back(predicate):
    value = {"number": "1,234", "date": "2001-02-03", "text": "optics", "entity": "Mira Doral"}[
        predicate.range
    ]
    for wording in predicate.wordings:
        [statement] = read_statements(wording.format(s="Ada Brenou", o=value))
        assert statement == ("Ada Brenou", predicate.name, value)


def test_tables_hold_the_contract_of_evidence_tables():
    library = render_tables(WORLD)
    for document in library.documents:
        [table] = document.tables
        lines = document.text[table.start :].splitlines()
        assert lines[0] == " | ".join(table.columns)
        assert len(lines) == len(table.rows) + 1
        for row, line in zip(table.rows, lines[1:], strict=True):
            assert line == " | ".join("" if cell is None else str(cell) for cell in row)
    assert {w.fact for w in library.written} == {f.id for f in WORLD.facts}


def test_sqlite_holds_the_same_rows(tmp_path):
    import sqlite3

    path = tmp_path / "w.db"
    path.write_bytes(sqlite_bytes(WORLD))
    people = sqlite3.connect(path).execute("SELECT count(*), count(DISTINCT name) FROM persons").fetchone()
    assert people == (sum(e.kind == "person" for e in WORLD.entities),) * 2
    assert sqlite_bytes(WORLD) == sqlite_bytes(WORLD)


def test_pictures_are_reproducible_and_boxed():
    form = scanned_form("Invoice 7", [("Total", "1,250.00"), ("Date", "2023-04-01")], seed=5)
    assert form.png == scanned_form("Invoice 7", [("Total", "1,250.00"), ("Date", "2023-04-01")], seed=5).png
    assert form.texts == ("Invoice 7", "Total:", "1,250.00", "Date:", "2023-04-01")
    assert all(0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 for x0, y0, x1, y1 in form.boxes)
    chart = bar_chart("Sales", [("north", 12), ("south", 40)], unit="kg")
    assert chart.texts == ("Sales", "north", "12 kg", "south", "40 kg")
    widths = [box[0] for text, box in zip(chart.texts, chart.boxes, strict=True) if "kg" in text]
    assert all(a < b for a, b in pairwise(widths))  # the longer bar pushes its label further right


def test_every_fact_knows_its_place_in_tables_a_database_forms_and_charts():
    small = make_world(120, seed=2)
    database, data = render_database(small)
    assert data.startswith(b"SQLite format 3")
    forms, charts = render_forms(small), render_charts(small)
    for library in (render_tables(small), database, forms.library):
        assert {place.fact for place in library.written} == {fact.id for fact in small.facts}
    quantities = {f.id for f in small.facts if BY_NAME[f.predicate].range == "number"}
    assert {place.fact for place in charts.library.written} == quantities
    for library in (database, forms.library, charts.library):
        for place in library.written:
            quote, fact = library.span(place).quote, small.facts[place.fact]
            assert fact.value.replace(",", "") in quote.replace(",", "")
            said = f"{library.by_id[place.document].title} {quote}"
            assert small.entities[fact.subject].name in said


def test_pictures_of_facts_hold_what_their_documents_say():
    small = make_world(120, seed=2)
    forms = render_forms(small, [0, 1])
    assert len(forms.pictures) == len(forms.library.documents) == 2
    for document in forms.library.documents:
        picture = forms.pictures[document.id]
        assert document.media_type == "image/png"
        assert document.sha256 == hashlib.sha256(picture.png).hexdigest()
        assert picture.texts[0] == document.title
        assert all(text in document.text for text in picture.texts)
    again = render_forms(small, [0, 1])
    assert [p.png for p in again.pictures.values()] == [p.png for p in forms.pictures.values()]
