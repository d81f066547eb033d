"""One full GRPO step (sample, score, update) of ours against TRL's GRPOTrainer: same weights, prompts and rewards.

64 prompts x 8 rollouts of a policy of 1 M parameters, one AdamW step per batch, clip and token-mean as both ship them.
`countdown`: prompts of the Countdown world, a policy warmed up on demonstrations, answers that end
by themselves, rewards by the verifier: the work of a training run. `fixed`: random prompts of 12 tokens, answers of
exactly 24, a reward that differs in every row: no answer ends early and no group is without a signal, the least
favourable to us. Ours is the trainer's own step (agent loop and verifier included), for `fixed` its parts.

Each repeat runs one process per side, interleaved; medians over the steps of all repeats, a first step per process
left out. Wall seconds and processor seconds (all threads) per step.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.grpo_sides import (
    NEW,
    PROMPT_LENGTH,
    PROMPTS,
    ROLLOUTS,
    SHAPE,
    WARM_STEPS,
    child,
    policy,
    warm,
)
from benchmarks.record import disturbed, record, table


def operations(prompts: int) -> float:
    """Of one `fixed` step with so many prompts: each row's (TRL), or each once (ours). A multiply-add counts twice."""
    from leadline.explore.decoding import Shape as CostShape
    from leadline.train.compute import sampling_flops, training_flops

    c, inner, tokens = SHAPE["channels"], SHAPE["inner"], PROMPTS * ROLLOUTS * NEW
    size = CostShape(c, SHAPE["layers"], inner, c, 40)
    return 2 * (
        sampling_flops(size, tokens, NEW) + training_flops(size, tokens + prompts * PROMPT_LENGTH, NEW)
    )


def measured(setting: str, threads: int, steps: int, repeats: int, folder: Path) -> dict[str, Any]:
    sides: dict[str, list[dict[str, float]]] = {"ours": [], "TRL": []}
    ratios, top = [], 0.0
    for _ in range(repeats):
        walls = {}
        for side, kept in sides.items():
            command = [
                sys.executable,
                "-m",
                "benchmarks.grpo_step",
                "--child",
                side,
                setting,
                str(steps),
                str(threads),
            ]
            out = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True).stdout
            found = json.loads(out.strip().splitlines()[-1])
            kept += found["steps"]
            top = max(top, found["peak"])
            walls[side] = statistics.median(s["wall"] for s in found["steps"])
        ratios.append(walls["TRL"] / walls["ours"])

    def middle(side: str, name: str) -> float:
        return statistics.median(step[name] for step in sides[side])

    row: dict[str, Any] = {"setting": setting, "threads": threads}
    for side in sides:
        row |= {f"{side} s": middle(side, "wall"), f"{side} processor s": middle(side, "processor")}
        row |= {
            f"{side} generation s": middle(side, "generation"),
            f"{side} update s": middle(side, "update"),
        }
    row |= {"ratio": row["TRL s"] / row["ours s"], "low": min(ratios), "high": max(ratios)}
    row |= {"ratio processor": row["TRL processor s"] / row["ours processor s"]}
    row |= {"dead groups": middle("ours", "dead"), "TRL dead": middle("TRL", "dead")}
    if setting == "fixed":
        row |= {"share of peak": operations(PROMPTS * ROLLOUTS) / row["ours s"] / top}
        row |= {"seconds at peak": operations(PROMPTS) / top}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, help="Keep the warm policy here, or take the one that is there."
    )
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        side, setting, steps, threads, folder = options.child
        child(side, setting, int(steps), int(threads), Path(folder))
        return
    with tempfile.TemporaryDirectory() as name:
        place = options.folder or Path(name)
        warm(place)
        rows = [
            measured(setting, threads, options.steps, options.repeats, place)
            for setting in ("countdown", "fixed")
            for threads in (1, 2)
        ]
    columns = [
        "setting",
        "threads",
        "ours s",
        "TRL s",
        "ratio",
        "low",
        "high",
        "ratio processor",
        "dead groups",
    ]
    phases = [
        "setting",
        "threads",
        *(k for k in rows[0] if k.endswith((" generation s", " update s", " processor s"))),
    ]
    text = (
        f"{PROMPTS} prompts x {ROLLOUTS}, {policy(40).n_parameters:,} parameters; medians of {options.repeats} x "
        f"{options.steps} steps, one process per side and repeat, interleaved; low and high are the extremes of a "
        f"repeat's ratio. Goal: 3x.\n\n`countdown`: warm policy ({WARM_STEPS} supervised steps), "
        f"answers of at most 28 tokens that end by themselves, rewards as they come; dead "
        f"groups have equal rewards throughout, hence no gradient. `fixed`: prompts of {PROMPT_LENGTH} tokens, answers "
        f"of exactly {NEW}, every group with a signal.\n\n"
        + table(columns, [[row[c] for c in columns] for row in rows])
        + "\n\nBy phase (TRL's update is all that is not generation):\n\n"
        + table(phases, [[row[c] for c in phases] for row in rows])
        + "\n\nShare of the measured matrix-product peak in `fixed`, counting the operations that TRL computes "
        + "(prompts repeated): "
        + ", ".join(
            f"{row['share of peak']:.0%} with {row['threads']} thread(s), at the peak our own operations would take "
            f"{row['seconds at peak']:.2f} s"
            for row in rows
            if row["setting"] == "fixed"
        )
        + ".\n\nWhat ours leaves out, exactly (tests/train/test_packing.py and test_trainer.py): equal beginnings of "
        "rows, padding, rows without an advantage, logits where nothing is trained, and the forward for old log "
        "probabilities when a batch gets one step. All layers run forward and backward in closed form, with matrix "
        "products that stay in registers; threads share rows, not operations." + disturbed()
    )
    record("grpo_step", "A full GRPO step against TRL's GRPOTrainer", text, {"rows": rows})


if __name__ == "__main__":
    main()
