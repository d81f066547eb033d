"""What is seen of a run while it goes on: gauges, the tree of questions, what was read, and its steps in time order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from leadline.agents.questions import split
from leadline.evidence.render.page import escape, tag
from leadline.runs.record import RunRecord
from leadline.runs.trace import Step
from leadline.serve.pages.calls import Call
from leadline.serve.pages.frame import card, count

MAX_SHOWN = 280
"""Characters of a step that are shown."""
_HEAD = re.compile(r"(.*) \(d[0-9a-f]+, (.*)\)", re.DOTALL)
N_READ = 12
"""Documents that the list of what was read shows."""
FRAME = ("reset", "end")
"""Steps that are no work of the agent."""
UNSAID = ("k", "seed")
"""Arguments that tell a reader nothing."""
AGAIN = ("search", "find", "open", "tables")
"""Steps that only read: what they saw can be looked up again."""


def said_of(step: Step) -> str:
    """What a step was asked, in a line."""
    said = [str(value) for name, value in step.arguments.items() if name not in UNSAID]
    return " ".join(" ".join(said).split())[:MAX_SHOWN]


def step_row(step: Step, run: str) -> str:
    """One step as a list item."""
    came = " ".join(step.summary.split())[:MAX_SHOWN]
    tokens = sum(n for unit, n in step.cost.items() if "token" in unit) if step.kind != "end" else 0
    took = f"{step.seconds * 1000:.0f} ms" + (f", {tokens:g} tokens" if tokens else "")
    more = ""
    if step.kind in AGAIN and not step.error:
        name = "hits" if step.kind in ("search", "find") else "what it saw"
        more = tag("a", f"Show {name}", href=f"/runs/{run}/steps/{step.n}", cls="more", data_more="",
                   aria_label=f"Show {name} of step {step.n}")  # fmt: skip
    inside = (
        tag("span", escape(step.kind.replace("_", " ")), cls="kind"),
        tag("span", escape(said_of(step)), cls="what", dir="auto"),
        tag("span", took, cls="soft time"),
        tag("p", escape(came), cls="soft", dir="auto") if came else "",
        tag("p", escape(step.error), cls="bad") if step.error else "",
        more,
    )
    return tag("li", inside, value=str(step.n))


def call_row(call: Call) -> str:
    """A call of a model as a list item between the steps."""
    tokens = " · ".join(f"{value:g} {unit.replace('_', ' ')}" for unit, value in sorted(call.cost.items()))
    inside = (
        tag("span", "model", cls="kind"),
        tag("span", escape(call.model), cls="what"),
        tag("span", f"{call.seconds * 1000:.0f} ms", cls="soft time"),
        tag("p", escape(tokens), cls="soft") if tokens else "",
        tag("p", escape(call.error), cls="bad") if call.error else "",
    )
    return tag("li", inside, cls="call")


def rows_of(steps: Sequence[Step], calls: Sequence[Call], run: str) -> list[str]:
    """One piece of HTML per step: the calls of a model that led to it, then the step."""
    before: dict[int, list[Call]] = {}
    for call in calls:
        before.setdefault(call.after + 1, []).append(call)
    return ["".join(map(call_row, before.get(step.n, ()))) + step_row(step, run) for step in steps]


SELDOM = {"tables": "questions to tables", "web_search": "web searches", "web_open": "web pages opened",
          "python": "programs run"}  # fmt: skip
"""Kind of step -> the name of its gauge, which is there once there was one."""
KNOWN = ("search", "find", "open", *SELDOM)

# ---- gauges -----------------------------------------------------------------------------------------


def gauges(record: RunRecord, steps: Sequence[Step], calls: Sequence[Call], under_way_s: float = 0.0) -> str:
    """What is spent so far, beside its limit where there is one; the present step is `under_way_s` old."""
    total = Counter(step.kind for step in steps)
    spent = sum(step.seconds for step in steps) + under_way_s
    n_steps = sum(n for kind, n in total.items() if kind not in FRAME)
    rows = [
        ("steps", n_steps, record.max_steps),
        ("seconds", round(spent), record.max_seconds),
        ("searches", total["search"] + total["find"], None),
        ("documents opened", len({step.arguments.get("document") for step in steps if step.kind == "open"}), None),
    ]  # fmt: skip
    other = sum(n for kind, n in total.items() if kind not in (*FRAME, *KNOWN))
    seldom = {name: total[kind] for kind, name in SELDOM.items()} | {"other calls": other}
    rows += [(name, n, None) for name, n in seldom.items() if n]
    cost = costs(steps, calls)
    rows += [(name, cost[unit], None) for unit, name in COSTS.items() if cost[unit]]
    return "".join(_gauge(name, value, most) for name, value, most in rows)


COSTS = {
    "model_calls": "model calls",
    "tokens_in": "tokens in",
    "tokens_out": "tokens out",
    "tokens": "tokens",
    "usd": "US dollars",
}
"""Unit of a step's cost -> its name."""


def costs(steps: Iterable[Step], calls: Sequence[Call] = ()) -> Counter[str]:
    """What steps and model calls cost by unit. The last step repeats the sum of the others, and is left out."""
    total: Counter[str] = Counter({"model_calls": len(calls)})
    for call in calls:
        total.update(call.cost)
    for step in steps:
        if step.kind != "end":
            total.update(step.cost)
    return total


def _gauge(name: str, value: float, most: float | None) -> str:
    bar, of = "", ""
    if most is not None:
        bar = tag("meter", "", min="0", max=f"{most:g}", value=f"{min(value, most):g}", aria_label=name)
        of = tag("span", f" of {most:g}", cls="soft")
    shown = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return tag("div", tag("b", shown) + of + tag("span", name, cls="soft name") + bar, cls="gauge")


# ---- the tree of questions --------------------------------------------------------------------------


class Asked(NamedTuple):
    """A question with what was done for it, and the further searches that it led to."""

    text: str
    work: Counter[str]
    further: dict[str, Counter[str]]


def tree(question: str, steps: Sequence[Step]) -> tuple[list[Asked], str]:
    """The sub-questions of a question and what each led to, and the one that was worked on last.

    A step belongs to the sub-question that was last asked for; words that were searched for besides are its further
    searches, in the order of their first time.
    """
    parts = {part.query: Asked(part.text, Counter(), {}) for part in split(question)}
    here = next(iter(parts), "")
    for step in steps:
        if step.kind in FRAME or not parts:
            continue
        query = str(step.arguments.get("query") or step.arguments.get("question") or "")
        here = query if query in parts else here
        asked = parts[here]
        asked.work[step.kind] += 1
        if query and query not in parts:
            asked.further.setdefault(query, Counter())[step.kind] += 1
    return list(parts.values()), parts[here].text if parts else ""


def tree_list(record: RunRecord, steps: Sequence[Step]) -> str:
    parts, current = tree(record.question, steps)
    rows = []
    for part in parts:
        here = {"aria_current": "step"} if part.text == current and record.state == "running" else {}
        below = [
            tag("li", tag("span", escape(query), dir="auto") + tag("span", _work(work), cls="soft"))
            for query, work in part.further.items()
        ]
        inside = tag("span", escape(part.text), dir="auto") + tag("span", _work(part.work), cls="soft")
        rows.append(tag("li", inside + (tag("ul", below, cls="tree") if below else ""), **here))
    return tag("ul", rows, cls="tree") if rows else ""


def _work(work: Counter[str]) -> str:
    return ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in work.items())


# ---- what was read ----------------------------------------------------------------------------------


def read_so_far(steps: Sequence[Step], collection: str) -> str:
    """Documents that were opened, the last first, with the words that were read last in each."""
    last: dict[str, Step] = {}
    times: Counter[str] = Counter()
    for step in steps:
        document = str(step.arguments.get("document" if step.kind == "open" else "url", ""))
        if step.kind in ("open", "web_open") and document and not step.error:
            last.pop(document, None)
            last[document] = step
            times[document] += 1
    rows = []
    for document, step in list(reversed(last.items()))[:N_READ]:
        head, _, words = step.summary.partition("\n")
        name, uri = _named(head.rpartition(", characters ")[0] or document)
        inside = collection and step.kind == "open"
        shown = (
            tag("a", name, href=_place(collection, document, step), dir="auto")
            if inside
            else tag("span", name, dir="auto")
        )
        facts = " · ".join(fact for fact in (uri, count(times[document], "time")) if fact)
        shown += tag("span", escape(facts), cls="soft", dir="auto")
        rows.append(tag("li", shown + tag("p", escape(" ".join(words.split())[:MAX_SHOWN]), dir="auto")))
    if not rows:
        return ""
    more = f"The last {N_READ} of {len(last)}." if len(last) > N_READ else ""
    return (
        tag("h2", "Read so far") + tag("ul", rows, cls="hits") + (tag("p", more, cls="soft") if more else "")
    )


def _named(head: str) -> tuple[str, str]:
    """Title (as HTML) and address of a document from the first line that an agent is shown of it.

    >>> _named("Minutes (of May) (d12ab, notes/m.md)"), _named("d12ab")
    (('Minutes (of May)', 'notes/m.md'), ('d12ab', ''))
    """
    found = _HEAD.fullmatch(head)
    return (escape(found[1]), found[2]) if found else (escape(head), "")


def _place(collection: str, document: str, step: Step) -> str:
    start = step.arguments.get("start", 0)
    end = start + step.arguments.get("characters", 0)
    return f"/collections/{collection}/documents/{document}?start={start}&end={end}#quote"


def overview(
    record: RunRecord, steps: Sequence[Step], calls: Sequence[Call], collection: str, under_way_s: float = 0.0
) -> str:
    """Gauges, tree and what was read, as they are now."""
    questions = tree_list(record, steps)
    return (
        tag("div", gauges(record, steps, calls, under_way_s), cls="gauges")
        + (card(tag("h2", "Questions") + questions) if questions else "")
        + read_so_far(steps, collection)
    )
