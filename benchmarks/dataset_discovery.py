"""Known-item discovery of data sets on real cards (DatasetResearch, arXiv:2508.06960, in miniature).

`python -m benchmarks.dataset_discovery --data FOLDER`, where FOLDER is a copy of vincentarelbundock/Rdatasets
(datasets.csv and doc/). A demand is the Description section of a card without the words of the data set's name; what is
searched is name, title and Format section. Data sets of the same name in other packages count as right.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval, paired_interval
from leadline.models.embed import embedder
from leadline.retrieval.fusion import rrf
from leadline.retrieval.lexical import LexicalIndex


class Card(NamedTuple):
    """`item` is the data set's name without its package."""

    id: str
    item: str
    title: str
    description: str
    format: str


def sections(page: str) -> dict[str, str]:
    """Heading -> plain text of a documentation page."""
    parts = re.split(r"<h3>(.*?)</h3>", page, flags=re.DOTALL)
    plain = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in parts]
    return dict(zip(plain[1::2], plain[2::2], strict=True))


def cards(folder: Path) -> list[Card]:
    """Every data set whose page has a Description."""
    found = []
    with (folder / "datasets.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            page = folder / "doc" / row["Package"] / f"{row['Item']}.html"
            if page.is_file():
                said = sections(page.read_text("utf-8", errors="replace"))
                if said.get("Description"):
                    name = f"{row['Package']}/{row['Item']}"
                    found.append(
                        Card(name, row["Item"], row["Title"], said["Description"], said.get("Format", ""))
                    )
    return found


def demand(card: Card) -> str:
    """The description without the words of the name."""
    hidden = {w.lower() for w in re.findall(r"[A-Za-z]+|\d+", card.item)} | {card.item.lower()}
    return " ".join(w for w in card.description.split() if re.sub(r"\W", "", w).lower() not in hidden)


class Found(NamedTuple):
    """Shares of demands per seed: the item first, the item among the first five."""

    at_1: list[float]
    at_5: list[float]


def measure(known: list[Card], seeds: int, n: int) -> tuple[Found, Found]:
    """BM25, and BM25 fused with MiniLM by reciprocal ranks, over `n` demands of at least 15 words per seed."""
    asked = [card for card in known if len(demand(card).split()) >= 15]
    home = {card.id: card.item for card in known}
    model = embedder("minilm")
    vectors = model.encode([f"{card.item} {card.title} {card.format[:600]}" for card in known])
    plain, fused = Found([], []), Found([], [])
    with tempfile.TemporaryDirectory() as place:
        index = LexicalIndex.create(place)
        with index.writer() as writer:
            for card in known:
                writer.add(card.id, f"{card.item} {card.title} {card.format}")
        for seed in range(seeds):
            picked = [asked[i] for i in np.random.default_rng(seed).choice(len(asked), n, replace=False)]
            for arm in (plain, fused):
                arm.at_1.append(0.0)
                arm.at_5.append(0.0)
            for card, vector in zip(picked, model.encode_queries([demand(c) for c in picked]), strict=True):
                by_words = [hit.id for hit in index.search(demand(card), 50).hits]
                by_meaning = [known[i].id for i in np.argsort(-(vectors @ vector), kind="stable")[:50]]
                both = rrf([scored(by_words), scored(by_meaning)])
                for arm, ranked in ((plain, by_words), (fused, sorted(both, key=lambda i: (-both[i], i)))):
                    names = [home[i] for i in ranked[:5]]
                    arm.at_1[-1] += (card.item in names[:1]) / n
                    arm.at_5[-1] += (card.item in names) / n
    return plain, fused


def scored(ranked: list[str]) -> dict[str, float]:
    return {name: -float(rank) for rank, name in enumerate(ranked)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("LEADLINE_DATA"), help="Copy of Rdatasets."
    )
    folder = parser.parse_args().data
    if folder is None or not (Path(folder) / "datasets.csv").is_file():
        parser.error("Give a copy of vincentarelbundock/Rdatasets (datasets.csv and doc/): --data FOLDER")
    known = cards(Path(folder))
    plain, fused = measure(known, 5, 150)
    lines = []
    for name, before, after, told in (
        ("hit@1", plain.at_1, fused.at_1, 0.432),
        ("hit@5", plain.at_5, fused.at_5, 0.621),
    ):
        gain = paired_interval(after, before)
        shown = [
            f"{i.mean:.3f} [{i.low:.3f}, {i.high:.3f}]"
            for i in (mean_interval(before), mean_interval(after), gain)
        ]
        lines.append([name, f"{told:.3f}", *shown])
    text = (
        f"{len(known):,} cards, 5 seeds of 150 demands, mean and 95 % interval over seeds. Random hit@5 is "
    )
    text += f"{5 / len(known):.4f}.\n\n"
    text += table(
        ["metric", "plain BM25, measured elsewhere", "BM25", "BM25 and MiniLM (RRF 60)", "gain"], lines
    )
    figures = {"cards": len(known), "bm25": plain._asdict(), "fused": fused._asdict()}
    record("dataset_discovery", "Finding data sets by what they hold", text, figures)


if __name__ == "__main__":
    main()
