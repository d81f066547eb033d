"""Agentic Search in the Wild: what the request log of a search API says about agents (arXiv:2601.17617).

Idea: split the log into sessions, label each reformulation, and measure how many new query terms come from what was
retrieved before (CTAR).
Method: sessions by client, time and content; four moves; CTAR over the last step and over all earlier steps.
Departs: rules instead of language-model labels; scripted agents over a seeded world instead of 14 million requests.
Not verified: sessionisation constants and prompts (the method section could not be read); the published shares.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from leadline.bench.logs.adoption import adoption, mean_adoption
from leadline.bench.logs.moves import move
from leadline.bench.logs.sessions import LogRow, pairwise_f1, sessionise
from leadline.bench.logs.stop import looping
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.search import LibrarySearch, library_search
from leadline.tasks.world import World, make_world


def session(
    kind: str,
    world: World,
    search: LibrarySearch,
    rng: np.random.Generator,
    steps: int,
    client: str,
    start: int,
) -> list[LogRow]:
    """A scripted agent's requests. chainer: adds a name from the last result; delayed: from the one before;
    blind: a fixed list of names; looper: repeats its query with probability .6; switcher: a looper that moves on
    when the sensor says that it goes round in circles."""
    names = [e.name for e in world.entities]
    query = names[rng.integers(len(names))]
    rows: list[LogRow] = []
    for step in range(steps):
        texts = search.texts(query, 3)
        rows.append(LogRow(f"{client}-{start}-{step}", client, start + step * 4000, "/search", query, 3, 1.0, [],
                           " ".join(texts)))  # fmt: skip
        back = 2 if kind == "delayed" and len(rows) > 1 else 1
        found = [n for n in re.findall(r"[A-Z]\w{3,}(?: [A-Z]\w+)*", rows[-back].evidence) if n not in query]
        stuck = kind in ("looper", "switcher") and rng.random() < 0.6
        warned = kind == "switcher" and looping([r.query for r in rows], [r.evidence for r in rows])
        if stuck and not warned:
            continue
        if kind == "blind" or not found:
            query = names[rng.integers(len(names))]
        else:
            query = f"{query.split()[0]} {found[rng.integers(min(6, len(found)))]}"
    return rows


def ctar(rows: list[LogRow], *, accumulated: bool = True) -> float:
    return mean_adoption(
        adoption([r.query for r in rows], [r.evidence for r in rows]), accumulated=accumulated
    )


def repetition(rows: list[LogRow]) -> float:
    return float(np.mean([move(a.query, b.query) == "Repetition" for a, b in pairwise(rows)]))


def calls_per_result(sessions: list[list[LogRow]]) -> float:
    """Requests for each distinct result that was seen."""
    distinct = sum(len({row.evidence for row in rows}) for rows in sessions)
    return sum(map(len, sessions)) / distinct


@system(
    slug="agentic-search-in-the-wild",
    title="Agentic Search in the Wild: log analysis of agent search requests",
    paper="2601.17617",
    idea="How much of an agent's next query was in its last results? A sensor for search agents.",
    parts=("bench.logs.sessions", "bench.logs.moves", "bench.logs.adoption", "bench.logs.report"),
    claims=(
        Claim("adoption", "Agents that chain take their new terms from the evidence", "CTAR accumulated", "chainer",
              "blind"),
        Claim("memory", "Earlier steps explain more than the last step alone when entities are delayed", "CTAR",
              "accumulated", "last step"),
        Claim("loop", "Repetition shows agents that loop", "share of repetitions", "looper", "chainer"),
        Claim("sessions", "Two interleaved agents of one key are separated", "pairwise F1 of sessions", "linked",
              "time gap only"),
        Claim("stop", "An agent that moves on when the sensor sees a loop pays fewer calls for each result",
              "calls per distinct result", "repetition-aware", "looper", "lower"),
    ),
    departs="Scripted agents; rule labels; sessions linked by shared terms.",
    not_verified="The shares of the 14.44 million released requests.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 61])
    world = make_world(600, seed)
    runs, steps = (12, 9) if scale == "full" else (4, 6)
    with library_search(render_text(world, Style(dispersion=0.4)).documents) as search:
        log = {
            kind: [session(kind, world, search, rng, steps, f"{kind}{i}", 0) for i in range(runs)]
            for kind in ("chainer", "delayed", "blind", "looper")
        }
        switched = [session("switcher", world, search, rng, steps, f"switcher{i}", 0) for i in range(runs)]
        pairs = [
            session("chainer", world, search, rng, steps, f"key{i // 2}", 1500 * (i % 2))
            for i in range(2 * runs)
        ]
    rows = [row for one in pairs for row in one]
    true = [[r.request_id for r in one] for one in pairs]
    by_gap = [[r.request_id for r in rows if r.client_id == f"key{i}"] for i in range(runs)]
    linked = [[r.request_id for r in s] for s in sessionise(rows)]
    mean = {kind: float(np.mean([ctar(s) for s in found])) for kind, found in log.items()}
    late = float(np.mean([ctar(s, accumulated=False) for s in log["delayed"]]))
    loops = {kind: float(np.mean([repetition(s) for s in log[kind]])) for kind in ("looper", "chainer")}
    return {
        "stop": Pair(calls_per_result(log["looper"]), calls_per_result(switched)),
        "adoption": Pair(mean["blind"], mean["chainer"]),
        "memory": Pair(late, mean["delayed"]),
        "loop": Pair(loops["chainer"], loops["looper"]),
        "sessions": Pair(pairwise_f1(by_gap, true), pairwise_f1(linked, true)),
    }
