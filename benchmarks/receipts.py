"""Totals of 626 real scanned receipts (SROIE): `python -m benchmarks.receipts --data FOLDER`

FOLDER holds data/box, data/key and data/img of zzzDavid/ICDAR-2019-SROIE. The extractor was written looking at receipts
with an even number only, so those with an odd number are held out. Beside it: the largest amount, and a keyword rule
(lines with TOTAL and no word of a part; the last amount of each; the most frequent). `--scans N` also reads N images.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import bootstrap_interval
from leadline.models.ocr import Box, lines, read_lines
from leadline.sources.receipts import amounts, total

PARTS = ("SUB", "QTY", "ITEM", "TAX", "GST", "DISC", "SAV")


def written(file: Path) -> list[str]:
    """The receipt's lines, from its boxes as people drew them: eight coordinates and the text in each row."""
    found = []
    for row in file.read_text("utf-8", errors="replace").splitlines():
        *corners, text = row.split(",", 8)
        if len(corners) == 8 and all(re.fullmatch(r"\s*-?\d+\s*", c) for c in corners):
            found.append(Box(text, np.array([int(c) for c in corners], float).reshape(4, 2), 1.0))
    return [line.text for line in lines(found)]


def paid(file: Path) -> Decimal | None:
    """The total as people read it; None where it is no number."""
    found = re.search(
        r"\d[\d,]*(?:\.\d+)?", json.loads(file.read_text("utf-8", errors="replace")).get("total", "")
    )
    return Decimal(found.group().replace(",", "")) if found else None


def largest(text: Sequence[str]) -> Decimal | None:
    return max((a for line in text for a in amounts(line)), default=None)


def keywords(text: Sequence[str]) -> Decimal | None:
    wanted = [line for line in text if "TOTAL" in line.upper() and not any(p in line.upper() for p in PARTS)]
    last = [found[-1] for line in wanted if (found := amounts(line))]
    return Counter(last).most_common(1)[0][0] if last else None


def measured(name: str, texts: Mapping[str, Sequence[str]], gold: Mapping[str, Decimal]) -> dict[str, Any]:
    """Shares of right totals, and the gain over the keyword rule with its bootstrap interval."""
    right = {
        how.__name__: [float(how(text) == gold[key]) for key, text in texts.items()]
        for how in (total, keywords, largest)
    }
    gain = bootstrap_interval(right["total"], right["keywords"], seed=0)
    return {
        "what": name,
        "n": len(texts),
        **{k: float(np.mean(v)) for k, v in right.items()},
        "gain": gain._asdict(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="Folder with data/box, data/key and data/img."
    )
    parser.add_argument(
        "--scans", type=int, default=0, help="How many images to read as well (seconds each)."
    )
    asked = parser.parse_args()
    folder = asked.data / "data"
    if not (folder / "box").is_dir():
        parser.error(f"{folder} has no folder box: give a copy of zzzDavid/ICDAR-2019-SROIE (MIT).")
    known = {file.stem: paid(file) for file in sorted((folder / "key").glob("*.json"))}
    gold = {key: value for key, value in known.items() if value is not None}
    boxes = {key: written(folder / "box" / f"{key}.csv") for key in gold}
    odd = {key: text for key, text in boxes.items() if int(key) % 2}
    rows = [measured("gold boxes, all", boxes, gold), measured("gold boxes, held out", odd, gold)]
    if asked.scans:
        some = sorted(gold)
        random.Random(0).shuffle(some)
        scans = {key: read_lines((folder / "img" / f"{key}.jpg").read_bytes()) for key in some[: asked.scans]}
        held = {key: text for key, text in scans.items() if int(key) % 2}
        rows += [measured("scans by OCR", scans, gold), measured("scans by OCR, held out", held, gold)]
    shown = [
        [r["what"], r["n"], r["total"], r["keywords"], r["largest"],
         f"{r['gain']['mean']:+.3f} [{r['gain']['low']:+.3f}, {r['gain']['high']:+.3f}]"] for r in rows
    ]  # fmt: skip
    columns = ["", "receipts", "Leadline", "keyword rule", "largest amount", "Leadline - keyword rule, 95 %"]
    record("receipts", "Totals of scanned receipts", table(columns, shown), {"rows": rows, "seed": 0})


if __name__ == "__main__":
    main()
