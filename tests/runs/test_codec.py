from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import StoreError
from leadline.evidence.model import Capture, Document, Heading, Mark, Table
from leadline.runs.codec import decode, encode


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Box:
    inside: Any


class Anything(msgspec.Struct, frozen=True):
    value: Any
    others: tuple[Any, ...] = ()


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary() | st.dates()
text = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF))  # half characters too
values = st.recursive(
    plain | text,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(text | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.builds(Pair, inner, inner)
        | st.builds(Box, inner)
        | st.builds(Anything, inner, st.tuples(inner))
    ),
    max_leaves=20,
)


@given(values)
def test_what_comes_back_is_what_went_in(value: Any) -> None:
    again = decode(encode(value))
    assert again == value
    assert type(again) is type(value)


def test_a_document_comes_back_with_its_places_and_cells() -> None:
    document = Document(
        "d1", "Title", "text", "a/b.txt", "text/plain", "00", (Mark(0, 2, Heading(("A", "B"))),),
        (Table("t", ("a", "b"), ((1, 2.0), (None, "x"), (True, -0.5)), 0),), ((1, 2),), "2024-05-01", {"k": "v"},
    )  # fmt: skip
    again = decode(encode((document, Capture("u", "f"))))
    assert again == (document, Capture("u", "f"))
    assert [type(cell) for row in again[0].tables[0].rows for cell in row] == [
        int,
        float,
        type(None),
        str,
        bool,
        float,
    ]


def test_numbers_that_json_has_not() -> None:
    assert decode(encode([math.inf, -math.inf])) == [math.inf, -math.inf]
    assert math.isnan(decode(encode(math.nan)))
    assert decode(encode({"score": np.float64(0.5)})) == {"score": 0.5}
    assert decode(encode(datetime(2026, 1, 2, tzinfo=UTC))) == datetime(2026, 1, 2, tzinfo=UTC)
    assert decode(encode({"$": 1, 2: 3})) == {"$": 1, 2: 3}


def test_what_cannot_be_kept_is_named() -> None:
    with pytest.raises(StoreError, match=r"holds a builtins\.object"):
        encode({"deep": [object()]})


@pytest.mark.parametrize(
    "name", ["os:system", "builtins:eval", "subprocess:Popen", "leadline.files:Disk", "gone:Away"]
)
def test_a_journal_makes_no_other_objects(name: str) -> None:
    with pytest.raises(StoreError, match="not there any more"):
        decode(msgspec.json.encode({"$": name, "v": ["true"]}))


def test_a_damaged_result_is_said() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        decode(b'{"half')
