"""Short-answer sets with one scorer: GAIA, FRAMES, SimpleQA, MuSiQue, 2Wiki, HotpotQA and four more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from leadline.bench.metrics.answers import best_f1, cover_match, exact_match
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import answer_twin
from leadline.models.judge import Judge


def load(path: Path, source: str) -> list[Case]:
    """Rows {id, question, answers[] or answer, source?}; a file that mixes sources is filtered to this one."""
    cases = []
    for row in json_lines(path, ("id", "question")):
        if row.get("source", source).lower() == source:
            answers = row["answers"] if "answers" in row else [row.get("answer", "")]
            cases.append(Case(str(row["id"]), row["question"], {"answers": [str(a) for a in answers]}))
    return cases


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """EM, F1, cover match, and SimpleQA's split: attempted, and right given attempted."""
    golds = case.gold["answers"]
    covered = cover_match(answer.text, golds)
    attempted = float(bool(answer.text.strip()))
    scores = {"EM": exact_match(answer.text, golds), "F1": best_f1(answer.text, golds), "cover": covered,
              "attempted": attempted}  # fmt: skip
    return {**scores, "right of attempted": covered} if attempted else scores


def _twin(kind: str) -> Callable[[int, int], Twin]:
    return partial(answer_twin, kind)


_SETS = """
gaia | GAIA | 2311.12983 | gated | Ask for access to gaia-benchmark/GAIA (hub). | multihop
frames    | FRAMES                   | 2409.12941 | Apache-2.0   | See google/frames-benchmark (hub). | multihop
simpleqa  | SimpleQA                 | 2411.04368 | MIT          | The CSV is linked from openai/simple-evals. | levels
musique   | MuSiQue                  | 2108.00573 | CC BY 4.0    | See StonyBrookNLP/musique. | chains
2wiki     | 2WikiMultihopQA          | 2011.01060 | Apache-2.0   | See Alab-NII/2wikimultihop. | multihop
hotpotqa  | HotpotQA                 | 1809.09600 | CC BY-SA 4.0 | See hotpotqa/hotpot. | multihop
bamboogle | Bamboogle                | 2210.03350 | MIT          | See ofirpress/self-ask. | levels
nq        | Natural Questions (open) | 1906.00300 | CC BY-SA 3.0 | See google-research-datasets. | levels
tq        | TriviaQA                 | 1705.03551 | Apache-2.0   | See mandarjoshi90/triviaqa. | levels
popqa     | PopQA                    | 2212.10511 | MIT          | See AlexTMallen/adaptive-retrieval. | levels
"""
# name, title, paper, licence, where the data are, and the maker of the twin's questions

PROTOCOLS = [
    Protocol(
        name=name,
        title=title,
        paper=paper,
        licence=licence,
        how_to_get=f"{how} Rows: {{id, question, answers}} as JSON lines.",
        main="cover",
        twin=_twin(kind),
        score=score,
        load=partial(load, source=name),
    )
    for name, title, paper, licence, how, kind in (
        map(str.strip, row.split("|")) for row in _SETS.strip().split("\n")
    )
]
