"""Loops over the node table of a tree, written once: plain Python, or compiled by numba when a tree grows large.

Both run the same statements on the same arrays, so results are equal bit for bit (test_tree.py compares them).
Numba is imported only when `compiled()` is called.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace
from typing import Any

import numpy as np

from leadline.machine_code import keep_apart

NODE = np.dtype(
    [
        ("value", "f8"), ("score", "f8"), ("entropy", "f8"), ("reward", "f8"),
        ("parent", "i4"), ("first", "i4"), ("count", "i4"), ("depth", "i4"),
        ("visits", "i4"), ("open", "i4"), ("action", "i4"), ("tokens", "i4"), ("flags", "i8"),
    ],
    align=True,
)  # fmt: skip
"""72 bytes a node. value: accumulated q; score: the expander's own estimate; reward: NaN unless terminal;
first, count: children lie side by side; open: children below which something can still be expanded."""

TERMINAL, PENDING, CLOSED, EXPANDED, FAILED, USED = 1, 2, 4, 8, 16, 32


def close(nodes: Any, node: int) -> None:
    """Nothing below `node` can be expanded now; tells its ancestors."""
    parent, open_, flags = nodes["parent"], nodes["open"], nodes["flags"]
    flags[node] |= 4
    while node != 0:
        node = parent[node]
        open_[node] -= 1
        if open_[node] > 0:
            return
        flags[node] |= 4


def reopen(nodes: Any, node: int) -> None:
    """The opposite of `close`."""
    parent, open_, flags = nodes["parent"], nodes["open"], nodes["flags"]
    flags[node] &= 251
    while node != 0:
        node = parent[node]
        open_[node] += 1
        if open_[node] > 1:
            return
        flags[node] &= 251


def add_visits(nodes: Any, node: int, n: int) -> None:
    """Add n to the visits of `node` and its ancestors."""
    parent, visits = nodes["parent"], nodes["visits"]
    while node >= 0:
        visits[node] += n
        node = parent[node]


def descend(nodes: Any, lam: float, unvisited_first: bool) -> int:
    """The leaf that UCT leads to from the root through open children; ties go to the first child."""
    first, count, visits = nodes["first"], nodes["count"], nodes["visits"]
    value, flags = nodes["value"], nodes["flags"]
    node = 0
    while count[node] > 0:
        best, best_score = -1, -math.inf
        log_n = math.log(max(visits[node], 1))
        for child in range(first[node], first[node] + count[node]):
            if flags[child] & 4:
                continue
            n = visits[child]
            score = math.inf if unvisited_first else 0.0
            if n > 0:
                score = value[child] / n + lam * math.sqrt(log_n / n)
            if score > best_score or best < 0:
                best, best_score = child, score
        node = best
    return node


def ask_uct(nodes: Any, lam: float, unvisited_first: bool, out: Any) -> int:
    """Fill `out` with leaves to expand, each leaving a virtual visit on its path; how many were found."""
    flags = nodes["flags"]
    for k in range(len(out)):
        if flags[0] & 4:
            return k
        leaf = descend(nodes, lam, unvisited_first)
        out[k] = leaf
        flags[leaf] |= 2
        close(nodes, leaf)
        add_visits(nodes, leaf, 1)
    return len(out)


def tell(nodes: Any, n: int, owners: Any, counts: Any, new: Any, virtual: int, sum_values: bool) -> int:
    """Append the children of `owners` (rows of `new`, side by side) and back their scores up; the new number of
    nodes. `sum_values`: each child with a finite score counts as one visit with that value on its whole path."""
    parent, first, count, depth = nodes["parent"], nodes["first"], nodes["count"], nodes["depth"]
    visits, value, score, flags, open_ = (
        nodes["visits"], nodes["value"], nodes["score"], nodes["flags"], nodes["open"],
    )  # fmt: skip
    row = 0
    for k in range(len(owners)):
        owner = owners[k]
        if virtual:
            add_visits(nodes, owner, -virtual)
        flags[owner] = (flags[owner] & 253) | 8
        first[owner], count[owner] = n, counts[k]
        alive, gained, total = 0, 0, 0.0
        for _ in range(counts[k]):
            nodes[n] = new[row]
            parent[n], depth[n], first[n], count[n] = owner, depth[owner] + 1, -1, 0
            if flags[n] & 1:
                flags[n] |= 4
            else:
                alive += 1
            if sum_values and not math.isnan(score[n]):
                visits[n], value[n] = 1, score[n]
                gained += 1
                total += score[n]
            n += 1
            row += 1
        open_[owner] = alive
        if alive:
            reopen(nodes, owner)
        node = owner
        while gained and node >= 0:
            visits[node] += gained
            value[node] += total
            node = parent[node]
    return n


def simulate(
    nodes: Any, n: int, calls: int, max_calls: int, tokens: int, max_tokens: float,
    lam: float, unvisited_first: bool, expand: Any, rows: Any,
) -> tuple[int, int, int, int]:  # fmt: skip
    """One UCT simulation after the other: descend, let `expand(nodes, leaf, rows)` fill rows and say how many, back
    up. Until a limit is reached, the table is full or nothing is open; (nodes, calls, tokens, failed expansions).
    An infinite score or reward fails its expansion."""
    leaf, count, failed = np.zeros(1, np.int32), np.zeros(1, np.int32), 0
    score, reward, flags, cost = rows["score"], rows["reward"], rows["flags"], rows["tokens"]
    entropy, action = rows["entropy"], rows["action"]
    while calls < max_calls and tokens < max_tokens and n + len(rows) <= len(nodes):
        if ask_uct(nodes, lam, unvisited_first, leaf) == 0:
            break
        for k in range(len(rows)):
            score[k], reward[k], entropy[k], cost[k], action[k] = math.nan, math.nan, 0.0, 0, k
        count[0] = expand(nodes, leaf[0], rows)
        finite = True
        for k in range(count[0]):
            flags[k] = 0 if math.isnan(reward[k]) else 1
            if math.isnan(score[k]):
                score[k] = reward[k]
            finite = finite and not math.isinf(score[k]) and not math.isinf(reward[k])
            tokens += cost[k]
        if not finite:
            count[0] = 0
        n = tell(nodes, n, leaf, count, rows, 1, True)
        if not finite:
            nodes["flags"][leaf[0]] |= 16
            failed += 1
        calls += 1
    return n, calls, tokens, failed


def heap_push(major: Any, minor: Any, ids: Any, n: int, a: float, b: float, node: int) -> int:
    """Add (a, b, node) to a binary heap of n entries ordered by (major, minor, id); n + 1."""
    k = n
    while k > 0:
        up = (k - 1) >> 1
        if major[up] < a or (major[up] == a and (minor[up] < b or (minor[up] == b and ids[up] <= node))):
            break
        major[k], minor[k], ids[k] = major[up], minor[up], ids[up]
        k = up
    major[k], minor[k], ids[k] = a, b, node
    return n + 1


def heap_pop(major: Any, minor: Any, ids: Any, n: int) -> int:
    """Remove the smallest entry (read it at index 0 before); n - 1."""
    n -= 1
    a, b, node = major[n], minor[n], ids[n]
    k = 0
    while True:
        down = 2 * k + 1
        if down >= n:
            break
        other = down + 1
        if other < n and (
            major[other] < major[down]
            or (
                major[other] == major[down]
                and (minor[other] < minor[down] or (minor[other] == minor[down] and ids[other] < ids[down]))
            )
        ):
            down = other
        if a < major[down] or (
            a == major[down] and (b < minor[down] or (b == minor[down] and node <= ids[down]))
        ):
            break
        major[k], minor[k], ids[k] = major[down], minor[down], ids[down]
        k = down
    major[k], minor[k], ids[k] = a, b, node
    return n


def push_many(major: Any, minor: Any, ids: Any, n: int, a: Any, b: Any, nodes: Any) -> int:
    for k in range(len(nodes)):
        n = heap_push(major, minor, ids, n, a[k], b[k], nodes[k])
    return n


_ALL: tuple[Any, ...] = (
    close, reopen, add_visits, descend, ask_uct, tell, simulate, heap_push, heap_pop, push_many,
)  # fmt: skip
plain = SimpleNamespace(**{f.__name__: f for f in _ALL})


@lru_cache(maxsize=1)
def compiled() -> SimpleNamespace:
    """The same functions through numba, or the plain ones where it is not installed (extra `fast`).

    A second copy of this module is loaded, so that the compiled functions call each other and the plain ones stay.
    """
    try:
        from numba import njit
    except ImportError:
        return plain
    keep_apart()
    spec = find_spec(__name__)
    assert spec is not None
    assert spec.loader is not None
    copy = module_from_spec(spec)
    spec.loader.exec_module(copy)
    for name in vars(plain):
        # A kernel that is given a function is compiled for each: there is nothing to keep on disk.
        setattr(copy, name, njit(cache=name != "simulate")(getattr(copy, name)))
    return SimpleNamespace(**{name: getattr(copy, name) for name in vars(plain)})
