"""DeepResearchGym: reports against key points, with citation faithfulness (arXiv:2505.19253)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from leadline.bench.metrics.citations import claim_precision, claim_recall
from leadline.bench.metrics.keypoints import key_point_rate
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge


def load(path: Path) -> list[Case]:
    """The query file {id, query}; key points come from key_point/<id>_aggregated.json beside it, when there."""
    cases = []
    for row in json_lines(path, ("id", "query")):
        file = path.parent / "key_point" / f"{row['id']}_aggregated.json"
        points: list[str] = []
        if file.is_file():
            try:
                data = json.loads(file.read_text("utf-8"))
                points = [p["point_content"] for p in data["key_points"]]
            except (ValueError, KeyError, TypeError) as error:
                raise SourceError(f"{file} is not a key-point file: {error!r}.") from error
        cases.append(Case(str(row["id"]), row["query"], {"key_points": points}))
    return cases


def twin(seed: int, n: int) -> Twin:
    """Key points are the sentences of the evidence; the question asks for what they say together."""
    items, library = twin_of("inverted", seed, n)
    cases = [
        Case(
            i.id,
            i.question,
            {"key_points": [s.quote for s in i.evidence], "evidence": [s.document for s in i.evidence]},
        )
        for i in items
    ]
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """KPR and KPC (0..100) by the judge, and citation scores from the report's own sentences."""
    labels = [judge.judge(point, answer.text).verdict for point in case.gold["key_points"]]
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", answer.text) if len(s.split()) > 3]
    cited = [len(answer.citations)] * len(sentences)
    evidence = set(case.gold.get("evidence", []))
    return {
        "KPR": key_point_rate([labels]),
        "KPC": key_point_rate([labels], "contradicted"),
        "citation recall": claim_recall(cited),
        "citation precision": claim_precision([float(c in evidence) for c in answer.citations]),
        "key points": float(len(labels)),
    }


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """<id>.q and <id>.a as the official scripts read them."""
    for case, answer in results:
        DISK.write(folder / f"{case.id}.q", case.prompt.encode())
        DISK.write(folder / f"{case.id}.a", answer.text.encode())


PROTOCOL = Protocol(
    name="deepresearchgym",
    title="DeepResearchGym reports",
    paper="2505.19253",
    licence="none stated for the key points; Researchy Questions is CDLA-Permissive-2.0",
    how_to_get="Clone cxcscmu/deepresearch_benchmarking; queries/researchy_queries_sample_doc_click.jsonl, key_point/.",
    main="KPR",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 1000},
    write=write,
)
