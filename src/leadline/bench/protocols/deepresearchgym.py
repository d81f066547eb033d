"""DeepResearchGym: reports against key points, with citation faithfulness (arXiv:2505.19253)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from leadline.bench.metrics.citations import claim_precision, claim_recall
from leadline.bench.metrics.keypoints import key_point_rate
from leadline.bench.protocol import Answer, Case, Cited, Protocol, Scored, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge, split_sentences


def load(path: Path) -> list[Case]:
    """The query file {id, query} with the key points of key_point/<id>_aggregated.json, in a folder beside the file
    or one above (as the repository has it). Raises SourceError when a query has no such file."""
    folder = next((f for f in (path.parent / "key_point", path.parents[1] / "key_point") if f.is_dir()), None)
    if folder is None:
        raise SourceError(f"{path}: there is no folder key_point beside it or one above.")
    return [
        Case(str(row["id"]), row["query"], {"key_points": _points(folder / f"{row['id']}_aggregated.json")})
        for row in json_lines(path, ("id", "query"))
    ]


def _points(file: Path) -> list[str]:
    """24 of the 1,000 published files are empty: queries without key points."""
    try:
        text = file.read_text("utf-8")
        return [p["point_content"] for p in json.loads(text)["key_points"]] if text.strip() else []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is not a key-point file: {error!r}.") from error


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
    """KPR and KPC (0..100), and citation recall and precision over the claims of the report.

    KPR leaves out queries without key points; "KPR (released)" counts them as 0, as the published averages do. A page
    that cannot be fetched is missing: it is counted, not judged as evidence.
    """
    labels = [judge.judge(point, answer.text).verdict for point in case.gold["key_points"]]
    claims = answer.claims or tuple(Cited(s) for s in split_sentences(answer.text) if len(s.split()) > 3)
    judged = [c for c in claims if c.pages]
    scores = {
        "KPR (released)": key_point_rate([labels], mode="released"),
        "citation recall": claim_recall([len(c.documents) for c in claims]),
        "citation precision": claim_precision([support(c, judge) for c in judged]),
        "pages missing": float(sum(len(c.documents) - len(c.pages) for c in claims)),
        "key points": float(len(labels)),
    }
    rates = {"KPR": key_point_rate([labels]), "KPC": key_point_rate([labels], "contradicted")}
    return {**rates, **scores} if labels else scores


def over_all(scored: Sequence[Scored]) -> Scores:
    """Over all key points of all queries: about nine points from the mean over queries on the published outputs."""
    points = sum(s.scores["key points"] for s in scored)
    hits = sum(s.scores["KPR"] * s.scores["key points"] for s in scored if "KPR" in s.scores)
    return {"micro KPR": hits / points if points else 0.0}


def support(claim: Cited, judge: Judge) -> float:
    """1 when the cited pages bear out the whole claim, .5 when they bear out some of its sentences, else 0."""
    pages = "\n".join(claim.pages)
    verdicts = [judge.judge(part, pages).verdict for part in split_sentences(claim.text)]
    share = verdicts.count("supported") / len(verdicts) if verdicts else 0.0
    return 1.0 if share == 1 else 0.5 * (share > 0)


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
    known={
        "39c97a79da4be948e53a90cdf73c30c664388b39df1f9f5947a123ed6d7a1568": "the 1,000 queries (d5fa708b)"
    },
    write=write,
    over_all=over_all,
)
