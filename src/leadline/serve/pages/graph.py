"""The knowledge graph of a collection: a picture to pan and zoom, and beside it the same as lists."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import short
from leadline.evidence.render.page import escape, tag
from leadline.serve.pages.frame import count, html, layout
from leadline.serve.pages.network import Link, Network, Node, apart, network, places
from leadline.serve.pages.shelf import Shelf

WIDTH, HEIGHT, MARGIN = 1000, 700, 70
MAX_LABEL, MAX_SAID = 26, 320
LETTER, LINE = 7.2, 18
"""Width of a letter of a label and height of its line, in units of the picture."""


class Graph:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def routes(self) -> list[Route]:
        return [Route("/collections/{name}/graph", self.page)]

    async def page(self, request: Request) -> Response:
        name, about = request.path_params["name"], request.query_params.get("about", "")
        body = await run_in_threadpool(self._page, name, about)
        return html(layout(f"Graph of {name}", body, here="/collections", scripts=["graph.js"], wide=True))

    def _page(self, name: str, about: str) -> str:
        found = network(self.shelf.take(name))
        head = tag("p", tag("a", escape(name), href=f"/collections/{name}")) + tag("h1", "Knowledge graph")
        if not found.nodes:
            says = "No document mentions another one, and no name stands in two of them: there is nothing to draw."
            return head + tag("p", says, cls="lead")
        nodes, links = found.part(about)
        says = (
            f"{count(len(found.nodes), 'node')} and {count(len(found.links), 'link')}, found without a model: "
            "a document or a name is linked where a sentence mentions it."
        )
        if len(nodes) < len(found.nodes):
            says += f" Shown: {'what is next to it' if about else 'the best connected'} ({len(nodes)})."
        picture = tag("div", _picture(name, about, nodes, links), cls="graph-frame")
        lists = tag("div", _about(name, found, about) + _lists(name, about, nodes), cls="graph-lists")
        return head + tag("p", says, cls="lead") + tag("div", picture + lists, cls="graph-page")


def _address(name: str, id: str) -> str:
    return f"/collections/{name}/graph?about={quote(id)}"


def _picture(name: str, about: str, nodes: Sequence[Node], links: Sequence[Link]) -> str:
    frame = np.array([WIDTH, HEIGHT], float)
    boxes = np.array(
        [(9 + LETTER * len(short(node.label, MAX_LABEL)), 2 * _radius(node) + LINE) for node in nodes]
    )
    spread = apart(MARGIN + (frame - 2 * MARGIN) * places(nodes, links), boxes, frame)
    # A box holds the label above the circle.
    at = {node.id: (x, y + LINE / 2) for node, (x, y) in zip(nodes, spread.tolist(), strict=True)}
    drawn = [
        tag("line", tag("title", count(link.n, "sentence")), x1=f"{at[link.a][0]:.1f}", y1=f"{at[link.a][1]:.1f}",
            x2=f"{at[link.b][0]:.1f}", y2=f"{at[link.b][1]:.1f}", stroke_width=f"{min(1 + link.n**0.5 / 2, 5):.1f}")
        for link in links
    ]  # fmt: skip
    drawn += [_node(name, node, *at[node.id], here=node.id == about) for node in nodes]
    buttons = "".join(
        tag("button", sign, type="button", data_do=do, aria_label=says)
        for do, sign, says in (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("all", "⤢", "Show all"))
    )
    how = "Drag or arrow keys move, the wheel or + and − zoom, 0 shows all. The same stands in the lists."
    svg = tag("svg", drawn, id="graph", viewBox=f"0 0 {WIDTH} {HEIGHT}", tabindex="0", role="group",
              aria_label="Graph of documents and names", aria_describedby="graph-how")  # fmt: skip
    return tag("div", buttons, cls="zoom", hidden="") + svg + tag("p", how, id="graph-how", cls="soft")


def _radius(node: Node) -> float:
    return min(6 + node.weight**0.5 * 1.5, 22)


def _node(name: str, node: Node, x: float, y: float, here: bool) -> str:
    size, label = _radius(node), short(node.label, MAX_LABEL)
    kind = "document" if node.is_document else "name"
    inside = (
        tag("title", escape(f"{node.label} ({kind}, {count(node.weight, 'sentence')})")),
        tag("circle", "", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{size:.1f}"),
        tag("text", escape(label), x=f"{x:.1f}", y=f"{y - size - 5:.1f}"),
    )
    current = {"aria_current": "true"} if here else {}
    # The lists beside it hold the same links: so that a keyboard need not pass every node twice.
    return tag("a", inside, href=_address(name, node.id), cls=f"node {kind}", tabindex="-1",
               aria_label=node.label, **current)  # fmt: skip


def _lists(name: str, about: str, nodes: Sequence[Node]) -> str:
    shown = ""
    for title, documents in (("Documents", True), ("Names", False)):
        rows = [
            tag(
                "li",
                tag("a", escape(node.label), href=_address(name, node.id), dir="auto",
                    **({"aria_current": "true"} if node.id == about else {}))
                + tag("span", count(node.weight, "sentence"), cls="soft"),
            )
            for node in nodes
            if node.is_document == documents
        ]  # fmt: skip
        shown += tag("h2", title) + tag("ul", rows, cls="list") if rows else ""
    return shown


def _about(name: str, found: Network, about: str) -> str:
    """What the collection says of the chosen node, each passage a link to its place."""
    if not about:
        return ""
    rows = []
    for said in found.said(about):
        address = f"/collections/{name}/documents/{said.document}?start={said.start}&end={said.end}#quote"
        link = tag("a", escape(found.label(said.document)), href=address, dir="auto")
        text = " ".join(said.text.split())[:MAX_SAID]
        rows.append(tag("li", link + tag("p", escape(text), dir="auto")))
    back = tag("a", "Show the whole graph", href=f"/collections/{name}/graph")
    if found.by_id[about].is_document:
        back += tag("a", "Open the document", href=f"/collections/{name}/documents/{about}")
    head = tag("h2", escape(found.label(about)), dir="auto", cls="plain") + tag("p", back, cls="actions")
    says = tag("p", f"Mentioned in {count(len(rows), 'passage')} of other documents.", cls="soft")
    return tag("section", head + says + tag("ol", rows, cls="hits"), cls="card")
