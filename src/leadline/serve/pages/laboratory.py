"""The laboratory: published systems and their cards, what reproducing them gave, leaderboards and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.bench.reproduce import ClaimResult, Reproduction
from leadline.bench.run import Summary
from leadline.bench.system import System
from leadline.evidence.render.page import escape, tag, void
from leadline.serve.pages.charts import Arm, in_words, intervals
from leadline.serve.pages.frame import badge, html, layout, table
from leadline.serve.pages.training import training_list, training_page
from leadline.systems import get, load


class Laboratory:
    """`results` is the folder that `leadline reproduce` and `leadline bench run` write to."""

    def __init__(self, results: Path) -> None:
        self.results = results

    def routes(self) -> list[Route]:
        return [
            Route("/laboratory", self.page),
            Route("/laboratory/training/{name:path}", self.training),
            Route("/laboratory/{slug}", self.system),
        ]

    async def page(self, request: Request) -> Response:
        body = await run_in_threadpool(self._page)
        return html(layout("Laboratory", body, here="/laboratory", scripts=["gallery.js"], wide=True))

    def _page(self) -> str:
        cards, found = load(), reproductions(self.results)
        built = sum(card.status == "built" for card in cards.values())
        says = f"{len(cards)} published systems: {built} built here, {len(found)} with a result in {self.results}."
        filter = tag("div", tag("label", "Find a system", for_="find")
                     + void("input", type="search", id="find", autocomplete="off"), cls="field find")  # fmt: skip
        gallery = "".join(_card(card, found.get(card.slug)) for card in cards.values())
        return (
            tag("h1", "Laboratory")
            + tag("p", escape(says), cls="lead")
            + _boards(summaries(self.results))
            + training_list(self.results)
            + tag("h2", "Systems")
            + filter
            + tag("ul", gallery, cls="gallery", id="gallery")
        )

    async def system(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        body = await run_in_threadpool(self._system, slug)
        return html(layout(slug, body, here="/laboratory"))

    def _system(self, slug: str) -> str:
        card = get(slug)
        result = reproductions(self.results).get(slug)
        paper = tag(
            "p",
            escape(f"arXiv:{card.paper}" if card.paper else "no preprint") + badge(card.status),
            cls="state",
        )
        parts = (
            tag("p", "Made of " + ", ".join(tag("code", escape(part)) for part in card.parts))
            if card.parts
            else ""
        )
        claims = "".join(tag("li", escape(claim.text)) for claim in card.claims)
        return (
            tag("p", tag("a", "Laboratory", href="/laboratory"))
            + tag("h1", escape(card.title))
            + paper
            + tag("p", escape(card.idea), cls="lead")
            + parts
            + (tag("h2", "What it claims") + tag("ul", claims) if claims else "")
            + _result(result)
            + _said("Where it departs", card.departs)
            + _said("Not verified", card.not_verified)
        )

    async def training(self, request: Request) -> Response:
        name = request.path_params["name"]
        body = await run_in_threadpool(training_page, self.results, name)
        return html(layout(name, body, here="/laboratory", scripts=["curves.js"]))


def reproductions(folder: Path) -> dict[str, Reproduction]:
    """Slug -> the result that says most: the full one, else the smoke run. A damaged file is left out."""
    found: dict[str, Reproduction] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            result = msgspec.json.decode(path.read_bytes(), type=Reproduction)
        except (OSError, msgspec.DecodeError):
            continue
        if result.slug not in found or result.scale == "full":
            found[result.slug] = result
    return found


def summaries(folder: Path) -> list[Summary]:
    """The finished benchmark runs, best first within each benchmark."""
    rows = []
    for path in folder.glob("bench/*/*/summary.json"):
        try:
            rows.append(msgspec.json.decode(path.read_bytes(), type=Summary))
        except (OSError, msgspec.DecodeError):
            continue
    return sorted(rows, key=lambda row: (row.benchmark, -row.metrics[row.main].mean, row.agent))


def _boards(rows: Sequence[Summary]) -> str:
    """Each benchmark: its agents best first, drawn and as figures."""
    boards = "".join(_board(name, list(mine)) for name, mine in groupby(rows, key=lambda row: row.benchmark))
    return tag("h2", "Leaderboards") + tag("div", boards, cls="charts wide-charts") if boards else ""


def _board(name: str, rows: Sequence[Summary]) -> str:
    main = rows[0].main
    picture = intervals([Arm(row.agent, row.metrics[row.main]) for row in rows], f"{name}, {main}")
    lines = [
        (str(place), escape(row.agent), escape(in_words(row.metrics[row.main])), str(row.n), str(row.failed))
        for place, row in enumerate(rows, 1)
    ]
    figures = table(("", "agent", f"{main}, 95 % interval", "cases", "failed"), lines, name)
    return tag("section", tag("h3", escape(name)) + picture + figures, cls="card chart-card")


def _card(card: System, result: Reproduction | None) -> str:
    verdicts = ""
    if result is not None:  # a smoke run proves nothing, so its verdicts stand on the system's own page only
        full = result.scale == "full"
        verdicts = "".join(badge(c.verdict) for c in result.claims) if full else badge("smoke run", "planned")
    inside = (
        tag("h3", tag("a", escape(card.title), href=f"/laboratory/{card.slug}")),
        tag("p", escape(card.idea), cls="idea") if card.idea else "",
        tag("p", badge(card.status) + tag("span", escape(card.paper), cls="soft") + verdicts, cls="state"),
    )
    words = f"{card.slug} {card.title} {card.idea} {card.paper}".lower()
    return tag("li", inside, cls="card", data_words=words)


def _result(result: Reproduction | None) -> str:
    if result is None:
        return tag("p", "No result in this folder yet.", cls="soft")
    note = f"{result.over}, {result.scale} size, {result.seconds:.1f} s. Small dots are seeds."
    if result.scale != "full":
        note += " A smoke run shows that it runs; it proves nothing."
    columns = ("claim", "metric", "baseline", "method", "difference", "verdict")
    rows = table(columns, [_claim(claim) for claim in result.claims])
    plots = tag("div", [_plot(claim) for claim in result.claims], cls="charts")
    return tag("h2", "What reproducing it gave") + tag("p", escape(note), cls="soft") + plots + rows


def _plot(claim: ClaimResult) -> str:
    """Both arms with their intervals and every seed, and the paired difference below them."""
    arms = [
        Arm(claim.baseline_name, claim.baseline, tuple(pair.baseline for pair in claim.pairs)),
        Arm(claim.method_name, claim.method, tuple(pair.method for pair in claim.pairs)),
    ]
    title = f"{claim.id}: {claim.metric}, {claim.direction} is better"
    caption = tag("figcaption", escape(title) + badge(claim.verdict), cls="state")
    return tag("figure", caption + intervals(arms, title), cls="card chart-card")


def _claim(claim: ClaimResult) -> tuple[str, ...]:
    arms = (claim.baseline, claim.method, claim.difference)
    said = (claim.id, claim.metric, *(in_words(value) for value in arms))
    return (*(escape(text) for text in said), badge(claim.verdict))


def _said(title: str, text: str) -> str:
    return tag("h2", title) + tag("p", escape(text)) if text else ""
