"""BrowseComp-Plus: a fixed corpus, evidence documents known (arXiv:2508.06600)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.calibration import calibration_error
from leadline.bench.metrics.citations import citation_scores
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, json_lines
from leadline.bench.twin import answer_twin
from leadline.files import DISK
from leadline.models.judge import Judge


def load(path: Path) -> list[Case]:
    """The decrypted query file: query_id, query, answer, evidence_docs (list of ids or of {docid})."""
    cases = []
    for row in json_lines(path, ("query_id", "query", "answer")):
        evidence = [
            str(d.get("docid")) if isinstance(d, dict) else str(d) for d in row.get("evidence_docs", [])
        ]
        cases.append(
            Case(str(row["query_id"]), row["query"], {"answers": [row["answer"]], "evidence": evidence})
        )
    return cases


def twin(seed: int, n: int) -> Twin:
    return answer_twin("multihop", seed, n)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Accuracy, evidence recall over what was retrieved, citation precision and recall, searches."""
    evidence = case.gold["evidence"]
    citations = citation_scores(answer.citations, evidence)
    return {
        "accuracy": verify_answer(answer.text, case.gold["answers"], case.gold.get("answer_type", "text")),
        "evidence recall": citation_scores(answer.retrieved, evidence).recall,
        "citation precision": citations.precision,
        "citation recall": citations.recall,
        "searches": float(answer.searches),
    }


def over_all(scored: Sequence[Scored]) -> Scores:
    """Calibration error of the confidences that agents stated, and the released script's, which leaves out the most
    confident bin and sees nothing below 200 cases."""
    stated = [
        (s.answer.confidence, s.scores["accuracy"] == 1) for s in scored if s.answer.confidence is not None
    ]
    if not stated:
        return {}
    confidence, right = zip(*stated, strict=True)
    return {
        "calibration error": calibration_error(confidence, right),
        "calibration error (released)": calibration_error(confidence, right, mode="released"),
    }


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """One run file per query, as the official evaluation script reads them (specification, section 4)."""
    for case, answer in results:
        run = {
            "query_id": case.id,
            "tool_call_counts": {"search": answer.searches},
            "status": "failed" if answer.error else "completed",
            "retrieved_docids": list(answer.retrieved),
            "result": [{"type": "output_text", "tool_name": None, "arguments": None, "output": answer.text}],
        }
        DISK.write(folder / f"run_{case.id}.json", msgspec.json.format(msgspec.json.encode(run), indent=2))


PROTOCOL = Protocol(
    name="browsecomp-plus",
    title="BrowseComp-Plus",
    paper="2508.06600",
    licence="none stated in the repository; questions are encrypted against leakage",
    how_to_get="Get the queries from Tevatron/browsecomp-plus (Hugging Face) and decrypt them with its script.",
    main="accuracy",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 830},
    write=write,
    over_all=over_all,
)
