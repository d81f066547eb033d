"""DeepResearch Arena: open tasks from seminars, scored by key points and a checklist (arXiv:2509.01396)."""

from __future__ import annotations

from pathlib import Path

from leadline.bench.metrics.keypoints import keypoint_alignment
from leadline.bench.metrics.rubrics import checklist
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.models.judge import Judge


def load(path: Path) -> list[Case]:
    """Rows {id, task, phase, task_type, difficulty} and optional key_points; the official file is not published."""
    return [
        Case(str(r["id"]), r["task"], {"key_points": r.get("key_points", [])},
             {k: r.get(k) for k in ("phase", "task_type", "difficulty")})
        for r in json_lines(path, ("id", "task"))
    ]  # fmt: skip


def twin(seed: int, n: int) -> Twin:
    """Tasks over world lists; key points are the evidence sentences."""
    items, library = twin_of("reverse", seed, n)
    return Twin(
        [Case(i.id, i.question, {"key_points": [s.quote for s in i.evidence]}) for i in items],
        library.documents,
    )


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """KAE over the case's key points (KSR + KCR + KOR = 1), and ACE: .5 coverage, .3 no conflict, .2 sources cited."""
    verdicts = [judge.judge(point, answer.text).verdict for point in case.gold["key_points"]]
    counts = [verdicts.count(v) for v in ("supported", "contradicted", "omitted")]
    kae = keypoint_alignment(*counts)
    said = bool(answer.text.strip())
    marks = [10 * kae.ksr, 10 * (1 - kae.kcr) * said, 10 * float(bool(answer.citations))]
    return {
        "KSR": kae.ksr,
        "KCR": kae.kcr,
        "KOR": kae.kor,
        "UEK": float(kae.n),
        "ACE": checklist([0.5, 0.3, 0.2], marks),
    }


PROTOCOL = Protocol(
    name="deepresearch-arena",
    title="DeepResearch Arena",
    paper="2509.01396",
    licence="not published",
    how_to_get="The tasks are not published; make your own with `leadline tasks make transcripts`.",
    main="KSR",
    twin=twin,
    score=score,
    load=load,
)
