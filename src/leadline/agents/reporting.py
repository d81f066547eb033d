"""From a run to its report: what was claimed and left out, why nothing was found, and what the run was like."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import msgspec

from leadline.agents.base import Outcome
from leadline.agents.findings import Findings
from leadline.agents.omissions import opened, stale_copies, unanswered
from leadline.agents.premises import elsewhere
from leadline.agents.spelling import misspelt
from leadline.agents.writer import Writer
from leadline.environments.captures import ARCHIVE, Captures
from leadline.evidence.model import Cell, Document, Omissions, Region, Report, Status
from leadline.evidence.render.save import save_report
from leadline.retrieval.collection import Collection
from leadline.runs.budget import Budget
from leadline.runs.store import Run

INFINITY = float("inf")
LOOP = "The agent made the same call again and again, with the same answer, and was stopped."


def write_report(
    question: str,
    outcome: Outcome,
    collection: Collection,
    facts: dict[str, Cell],
    captures: Captures | None = None,
) -> Report:
    """The report of a finished or interrupted run. What the check refuses is dropped and counted."""
    findings = outcome.result if isinstance(outcome.result, Findings) else Findings()
    captures = captures or Captures()
    writer = Writer(lru_cache(maxsize=None)(by_id(collection, captures)))
    draft = findings.draft
    if draft is not None and (draft.sentences or not draft.refused):
        claims = writer.composed(draft, findings.disputes, findings.figures)
        spoken = {name for s in draft.sentences for name in (s.question, *(e.question for e in s.entries))}
        left = tuple(q.text for q in findings.questions if q.text not in spoken | set(findings.figures))
    else:
        claims = writer.claims(findings.questions, findings.ledger, findings.disputes, findings.figures)
        left = unanswered(findings.questions, claims)
        writer.dropped += draft.refused if draft else 0
    writer.dropped += findings.refused
    omissions = Omissions(
        left,
        writer.contradictions(findings.disputes),
        tuple(sorted(collection.failures, key=lambda failure: failure.uri)),
        len(collection) + len(captures.documents),
        len(opened(outcome.turns) | set(writer.cited)),
        stale_copies(collection),
        writer.dropped,
        elsewhere(findings.unsaid, collection, writer.cited.values()),
        writer.otherwise(findings.contrary),
    )
    if findings.trouble:
        facts = facts | {"trouble": findings.trouble}
    if outcome.ending == "loop broken":
        facts = facts | {"note": f"{LOOP} {facts.get('note', '')}".strip()}
    status: Status = "answered" if claims else "nothing found"
    if outcome.ending == "budget spent":
        status = "budget spent"
    elif not claims:
        why = reason(collection, outcome, findings, captures)
        facts = facts | {"reason": f"{why} {misspelt(question, collection)}".rstrip()}
    return Report(question, status, claims, writer.sources(), omissions, facts)


def by_id(collection: Collection, captures: Captures) -> Callable[[str], Document]:
    """Documents by id: what came in from outside, else the collection's."""
    return lambda id: captures.documents[id] if id in captures.documents else collection.document(id)


def reason(collection: Collection, outcome: Outcome, findings: Findings, captures: Captures) -> str:
    """Why nothing was found, in a sentence."""
    if not len(collection) and not captures.documents:
        n = len(collection.failures)
        return "None of the sources could be read." if n else "There are no readable files in the sources."
    if findings.trouble:
        return findings.trouble
    if findings.draft is not None:
        return "There is evidence, but the model that writes found no answer in it."
    if findings.apart:
        return f"No source speaks of {' and '.join(findings.apart[0])} together."
    if findings.missing:
        return f"The sources nowhere mention {' or '.join(dict.fromkeys(findings.missing))}."
    if not opened(outcome.turns):
        return "No passage shares a word or a meaning with the question."
    return (
        "Passages were read, but no sentence in them is likely enough to answer the question. "
        "Ask again in the words that the sources use."
    )


def facts_of(run: Run, collection: Collection, agent: str, budget: Budget) -> dict[str, Cell]:
    """What the report says of its run."""
    record = run.record
    allowed = ", ".join(record.outside.get("allow", ()))
    return {
        "id": record.id,
        "agent": agent,
        "seed": record.seed,
        "collection": collection.name,
        "index": collection.index_id,
        "steps": budget.steps,
        "max_steps": budget.max_steps if budget.max_steps < INFINITY else None,
        "max_seconds": budget.max_seconds if budget.max_seconds < INFINITY else None,
        **paid(budget),
        "started": record.started,
        "seconds": round(budget.seconds, 3),
        "sources": msgspec.json.encode(record.sources).decode(),
        **({"allowed": allowed} if allowed else {}),
    }


def paid(budget: Budget) -> dict[str, Cell]:
    """What the model was paid with and how much of it there was to spend; nothing where there was no model."""
    known: dict[str, Cell] = {"tokens": budget.tokens, "usd": round(budget.usd, 6)} if budget.tokens else {}
    limits = {"max_tokens": budget.max_tokens, "max_usd": budget.max_usd}
    return known | {name: limit for name, limit in limits.items() if limit < INFINITY}


def save(report: Report, folder: Path, collection: Collection, captures: Captures, record: Run) -> None:
    document = by_id(collection, captures)
    cited = {source.document: document(source.document) for source in report.sources}
    beside = [record.trace_path, record.folder / ARCHIVE]
    more = {path.name: path.read_bytes() for path in beside if path.exists()}
    save_report(report, folder, documents=cited, images=_images(collection), more=more)


def _images(collection: Collection) -> Callable[[Document, Region], bytes | None]:
    """Cuts cited regions out of scans; None where the file cannot be read any more."""
    roots = collection.sources.roots

    def image(document: Document, region: Region) -> bytes | None:
        from leadline.errors import LeadlineError
        from leadline.sources.image import render_region

        first, _, _ = document.uri.partition("/")
        try:
            return render_region(Path(roots.get(first, first)), document.uri, region)
        except (LeadlineError, OSError):
            return None

    return image
