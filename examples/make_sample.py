"""Make the sample folder: some forty files of a small fictional maker of buoys, 2021 to 2024.

    python examples/make_sample.py [FOLDER] [--seed 7]

Everything is invented and seeded: the same seed gives the same bytes (with the same library versions).
The truth that is locked in the scans and the questions with known answers go to a side file outside the
folder (FOLDER/../examples/sample_truth.json by default), so that nobody finds the answers by reading on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from examples.sample_maker import SEED, make

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample folder.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE.parent / "sample")
    parser.add_argument("--truth", type=Path, default=HERE / "sample_truth.json")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    files, truth = make(arguments.seed)
    for name, data in files.items():
        target = arguments.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    arguments.truth.write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    size = sum(map(len, files.values()))
    print(f"{len(files)} files, {size / 1e6:.1f} MB in {arguments.folder}")


if __name__ == "__main__":
    main()
