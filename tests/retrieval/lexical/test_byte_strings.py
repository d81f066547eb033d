import numpy as np
import pytest

from leadline.retrieval.lexical import byte_strings
from leadline.retrieval.lexical.byte_strings import KnownIds, bisect, find
from leadline.retrieval.lexical.recent import Recent

ENTRIES = [b"ebb", b"flood", b"neap", "ø".encode()]
DATA = memoryview(b"".join(ENTRIES))
AT = np.cumsum([0, *map(len, ENTRIES)])


@pytest.mark.parametrize(
    ("key", "first", "found"),
    [(b"", 0, -1), (b"ebb", 0, 0), (b"ebbs", 1, -1), (b"flood", 1, 1), (b"n", 2, -1), (b"z", 3, -1), (b"\xff", 4, -1)],
)  # fmt: skip
def test_where_a_key_is_and_would_be(key: bytes, first: int, found: int) -> None:
    assert bisect(DATA, AT, key) == first
    assert find(DATA, AT, key) == found


def test_nothing_is_found_in_nothing() -> None:
    assert bisect(memoryview(b""), np.zeros(1, int), b"a") == 0
    assert find(memoryview(b""), np.zeros(1, int), b"a") == -1


def test_ids_are_read_once_and_forgotten_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_strings, "REMEMBERED_IDS", 2)
    known = KnownIds(DATA, AT.data)
    assert [known[3], known[1]] == ["ø", "flood"]
    assert known[3] is known[3]
    assert (known[0], dict(known)) == ("ebb", {0: "ebb"})


def test_the_last_results_are_kept() -> None:
    asked: list[int] = []

    def square(n: int) -> int:
        asked.append(n)
        return n * n

    recent = Recent(square, 2)
    assert [recent(n) for n in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert asked == [1, 2, 3, 2]  # 2 was the longest unused when 3 came
