"""Run files of BrowseComp-Plus (arXiv:2508.06600): written so that its own script reads them, and scored here.

One JSON file per query: query_id, tool_call_counts, status, retrieved_docids, result (steps; the last is the output
text), optional metadata. Departures of the scorer from the released one, each with a switch: `upstream=True` takes
the number of files as denominator and the released calibration loop, which never counts its most confident bin.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.metrics.calibration import calibration_error
from leadline.bench.metrics.citations import citation_scores, cited_ids
from leadline.errors import UsageError
from leadline.files import DISK, Disk
from leadline.retrieval.beir import Qrels


class Step(msgspec.Struct):
    """type is tool_call, reasoning or output_text."""

    type: str
    tool_name: str | None = None
    arguments: Any = None
    output: Any = None


class RunFile(msgspec.Struct):
    """One query's run in the JSON layout that BrowseComp-Plus agents write and its scorer reads (arXiv:2508.06600)."""

    query_id: str
    tool_call_counts: dict[str, int]
    status: str
    retrieved_docids: list[str]
    result: list[Step]
    metadata: dict[str, Any] = {}

    @property
    def answer(self) -> str:
        """The final text; empty for a run that did not complete."""
        last = self.result[-1] if self.result else None
        return (
            str(last.output or "")
            if last and last.type == "output_text" and self.status == "completed"
            else ""
        )


class Final(msgspec.Struct, frozen=True):
    """What the prescribed answer format holds."""

    answer: str
    confidence: float
    """Share in [0, 1]; 1 where none is stated, as the released judge prompt says."""


def read_final(text: str) -> Final:
    """`Exact Answer:` and `Confidence:` (percent, capped at 100), plain or bold.

    >>> read_final("Explanation: x [3]\\n**Exact Answer:** Oslo\\nConfidence: 85%")
    Final(answer='Oslo', confidence=0.85)
    """
    answer = re.search(r"\**Exact Answer:?\**:?[ \t]*(.*)", text, re.I)
    confidence = re.search(r"\**Confidence:?\**:?\s*(\d+(?:\.\d+)?)", text, re.I)
    said = answer.group(1).strip() if answer else text.strip()
    return Final(said, min(100.0, float(confidence.group(1))) / 100 if confidence else 1.0)


def write_run_file(folder: Path, run: RunFile, disk: Disk = DISK) -> Path:
    """run_<query id>.json; UsageError when the last step is not the output text."""
    if not run.result or run.result[-1].type != "output_text":
        raise UsageError(f"Run {run.query_id}: the last step must be the output text.")
    path = folder / f"run_{re.sub(r'[^A-Za-z0-9._-]', '_', run.query_id)}.json"
    disk.write(path, msgspec.json.format(msgspec.json.encode(run), indent=2))
    return path


def read_run_files(folder: Path) -> Iterator[RunFile]:
    """All *.json of a folder, sorted; UsageError names the file that is broken or repeats a query."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.json")):
        try:
            run = msgspec.json.decode(path.read_bytes(), type=RunFile)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{path} is no run file: {error}.") from error
        if run.query_id in seen:
            raise UsageError(f"{path}: query {run.query_id} has a run already.")
        seen.add(run.query_id)
        yield run


Judged = Callable[[str, str], bool]
"""(query id, final answer) -> whether it is right."""


def score_run_files(
    runs: Sequence[RunFile],
    evidence: Qrels,
    is_right: Judged,
    *,
    upstream: bool = False,
    known_ids_only: bool = True,
) -> dict[str, Any]:
    """The summary of the leaderboard, plus citations.

    Accuracy and recall are over all queries of `evidence`, a missing run counting as wrong; upstream: over the files.
    Runs that did not complete are wrong without asking `is_right`, and their retrieval still counts.
    """
    if not runs:
        raise UsageError("There is no run file to score.")
    by_query = {run.query_id: run for run in runs}
    wanted = list(by_query) if upstream else sorted(set(evidence) | set(by_query))
    rows: list[dict[str, Any]] = []
    confidences, correct = [], []
    for query in wanted:
        run = by_query.get(query)
        right = bool(run and run.answer and is_right(query, run.answer))
        rows.append(
            {"query_id": query, "correct": right, "recall": 100 * recall(run, evidence.get(query, {}))}
        )
        if run is not None and run.answer:
            confidences.append(read_final(run.answer).confidence)
            correct.append(right)
    n = len(wanted)
    counts: dict[str, float] = {}
    for run in runs:
        for tool, count in run.tool_call_counts.items():
            counts[tool] = counts.get(tool, 0.0) + count / len(runs)
    return {
        "Accuracy (%)": 100 * sum(row["correct"] for row in rows) / n,
        "Recall (%)": sum(row["recall"] for row in rows) / n,
        "avg_tool_stats": counts,
        "Calibration Error (%)": calibration_error(
            confidences, correct, mode="released" if upstream else "strict"
        ),
        "Citations": citations(runs, evidence, known_ids_only=known_ids_only),
        "per_query_metrics": rows,
        "mode": "upstream" if upstream else "strict",
        "n_runs": len(runs),
    }


def recall(run: RunFile | None, evidence: Mapping[str, int]) -> float:
    """Share of the evidence documents that the run retrieved."""
    gold = {document for document, grade in evidence.items() if grade > 0}
    return len(gold & set(run.retrieved_docids)) / len(gold) if run is not None and gold else 0.0


def citations(runs: Sequence[RunFile], evidence: Qrels, *, known_ids_only: bool) -> dict[str, float]:
    """Precision and recall of cited ids over the responses that cite, and the share that cite (coverage)."""
    scores = []
    for run in runs:
        known: Collection[str] | None = run.retrieved_docids if known_ids_only else None
        cited = cited_ids(run.answer, known)
        gold = [document for document, grade in evidence.get(run.query_id, {}).items() if grade > 0]
        if cited:
            scores.append(citation_scores(cited, gold))
    return {
        "coverage": len(scores) / len(runs),
        "precision": sum(s.precision for s in scores) / len(scores) if scores else 0.0,
        "recall": sum(s.recall for s in scores) / len(scores) if scores else 0.0,
    }


def scramble(text: str, password: str) -> str:
    """The benchmark's obfuscation: XOR with the repeated SHA-256 of the password, then base64.

    It keeps questions out of training data. Never write what `unscramble` gives to a file.

    >>> scramble("hello world", "canary-demo")
    'gP2L3n0trRGaQoQ='
    """
    key = cycle(sha256(password.encode()).digest())
    return base64.b64encode(bytes(a ^ b for a, b in zip(text.encode(), key, strict=False))).decode()


def unscramble(text: str, password: str) -> str:
    """The inverse of `scramble`; UsageError when the password is wrong."""
    key = cycle(sha256(password.encode()).digest())
    try:
        data = base64.b64decode(text, validate=True)
        return bytes(a ^ b for a, b in zip(data, key, strict=False)).decode()
    except ValueError as error:
        raise UsageError(
            "The text cannot be unscrambled.", remedy="Check the password (the canary)."
        ) from error
