"""The laboratory: published systems and their cards, what reproducing them gave, leaderboards and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.bench.reproduce import ClaimResult, Reproduction
from leadline.bench.run import Summary
from leadline.bench.stats import Interval
from leadline.bench.system import System
from leadline.errors import NotFound
from leadline.evidence.render.page import escape, tag, void
from leadline.serve.pages.frame import badge, html, layout, table
from leadline.systems import get, load


class Laboratory:
    """`results` is the folder that `leadline reproduce` and `leadline bench run` write to."""

    def __init__(self, results: Path) -> None:
        self.results = results

    def routes(self) -> list[Route]:
        return [
            Route("/laboratory", self.page),
            Route("/laboratory/plots/{name}.svg", self.plot),
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
            + _result(result, self._plot_of(result))
            + _said("Where it departs", card.departs)
            + _said("Not verified", card.not_verified)
        )

    def _plot_of(self, result: Reproduction | None) -> str:
        if result is None:
            return ""
        stem = result.slug if result.scale == "full" else f"{result.slug}.smoke"
        return f"/laboratory/plots/{stem}.svg" if (self.results / f"{stem}.svg").is_file() else ""

    async def plot(self, request: Request) -> Response:
        """A plot by its name; only what the folder lists can be had."""
        name = request.path_params["name"] + ".svg"
        known = {path.name: path for path in self.results.glob("*.svg")}
        if name not in known:
            raise NotFound("plot", name[:80], known)
        headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
        return Response(
            await run_in_threadpool(known[name].read_bytes), media_type="image/svg+xml", headers=headers
        )


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
    if not rows:
        return ""
    lines = [
        (escape(row.benchmark), escape(row.agent), escape(f"{row.main} {_interval(row.metrics[row.main])}"), str(row.n),
         str(row.failed))
        for row in rows
    ]  # fmt: skip
    return tag("h2", "Leaderboards") + table(
        ("benchmark", "agent", "mean, 95 % interval", "cases", "failed"), lines
    )


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


def _result(result: Reproduction | None, plot: str) -> str:
    if result is None:
        return tag("p", "No result in this folder yet.", cls="soft")
    note = f"{result.seeds} seeds, {result.scale} size, {result.seconds:.1f} s."
    if result.scale != "full":
        note += " A smoke run shows that it runs; it proves nothing."
    rows = [_claim(claim) for claim in result.claims]
    columns = ("claim", "metric", "baseline", "method", "difference", "verdict")
    picture = (
        void("img", src=plot, alt="Both arms of each claim with their intervals and every seed")
        if plot
        else ""
    )
    return tag("h2", "What reproducing it gave") + tag("p", escape(note), cls="soft") + table(columns, rows) + (
        tag("figure", picture, cls="plot") if picture else ""
    )  # fmt: skip


def _claim(claim: ClaimResult) -> tuple[str, ...]:
    values = (
        claim.id,
        claim.metric,
        _interval(claim.baseline),
        _interval(claim.method),
        _interval(claim.difference),
    )
    return (*(escape(value) for value in values), badge(claim.verdict))


def _interval(value: Interval) -> str:
    if value.n < 2:
        return f"{value.mean:.4g}"
    return f"{value.mean:.4g} [{value.low:.4g}, {value.high:.4g}]"


def _said(title: str, text: str) -> str:
    return tag("h2", title) + tag("p", escape(text)) if text else ""
