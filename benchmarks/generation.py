"""Tokens per second of the tiny policy against transformers' generate on the same weights, batch and lengths.

Interleaved in one process, medians over repeats, wall and processor seconds (all threads). Both return the log
probability of every sampled token; these are compared with a plain forward first. `fixed`: every row is as long as
allowed. `ragged`: rows end at a stop token whose probability makes answers of different lengths. `own` prompts differ
from row to row and have 24 tokens; `shared` ones have 8 to 32 and are continued by 8 rows each, as GRPO's rollouts do.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.record import disturbed, record, table

NEW, GOAL = 32, 5


def policies() -> tuple[Any, Any]:
    from leadline.train.policies.transformer import Shape, Transformer, as_llama

    ours = Transformer(Shape(40, layers=4, channels=144, heads=4, inner=400), seed=0)
    return ours, as_llama(ours).eval()  # type: ignore[attr-defined]


SETTINGS = [
    (n, lengths, kind)
    for lengths, kind in (("fixed", "own"), ("fixed", "shared"), ("ragged", "shared"))
    for n in (1, 8, 64, 512)
    if n > 1 or kind == "own"
]
STOPS = {"fixed": (), "ragged": (7, 11)}


def prompts(n: int, kind: str) -> list[list[int]]:
    import torch

    rng = torch.Generator().manual_seed(0)
    if kind == "own":
        return torch.randint(2, 40, (n, 24), generator=rng).tolist()
    lengths = torch.randint(8, 33, (n // 8,), generator=rng).tolist()
    return [p for k in lengths for p in [torch.randint(2, 40, (k,), generator=rng).tolist()] * 8]


class Run(NamedTuple):
    wall: float
    processor: float
    tokens: int


def timed(function: Callable[[], Any]) -> tuple[Any, float, float]:
    began, used = time.perf_counter(), time.process_time()
    found = function()
    return found, time.perf_counter() - began, time.process_time() - used


def ours_once(policy: Any, batch: list[list[int]], stop: tuple[int, ...]) -> Run:
    import torch

    from leadline.train.policies.generate import generate

    rng = torch.Generator().manual_seed(1)
    made, wall, processor = timed(lambda: generate(policy, batch, NEW, rng, stop=stop))
    return Run(wall, processor, int(made.mask.sum()))


def theirs_once(model: Any, batch: list[list[int]], stop: tuple[int, ...]) -> Run:
    import torch

    from leadline.train.policies.decode import left_padded

    torch.manual_seed(1)
    ids, visible = left_padded(batch)
    length: dict[str, Any] = {"eos_token_id": list(stop)} if stop else {"min_new_tokens": NEW}

    def run() -> Any:
        made = model.generate(
            ids, attention_mask=visible.long(), max_new_tokens=NEW, do_sample=True, top_k=0, top_p=1.0,
            temperature=1.0, return_dict_in_generate=True, output_logits=True, pad_token_id=0, **length,
        )  # fmt: skip
        model.compute_transition_scores(made.sequences, made.logits, normalize_logits=True)
        return made

    made, wall, processor = timed(run)
    new = made.sequences[:, ids.shape[1] :]
    tokens = 0
    for row in new.tolist():
        ends = [i for i, token in enumerate(row) if token in stop]
        tokens += ends[0] + 1 if ends else len(row)
    return Run(wall, processor, tokens)


def largest_gap(policy: Any, model: Any) -> float:
    """Largest difference of our sampled log probabilities from Llama's forward on the same sequences."""
    import torch

    from leadline.train.policies.generate import generate

    batch = prompts(16, "shared")
    made = generate(policy, batch, NEW, torch.Generator().manual_seed(3), stop=(7,))
    worst = 0.0
    for row, prompt in enumerate(batch):
        n = int(made.mask[row].sum())
        ids = torch.tensor([[*prompt, *made.ids[row, :n].tolist()]])
        with torch.no_grad():
            logp = torch.log_softmax(model(ids).logits, -1)[0, :-1].gather(1, ids[0, 1:, None])[
                len(prompt) - 1 :, 0
            ]
        worst = max(worst, float((logp - made.logp[row, :n]).abs().max()))
    return worst


def measure(policy: Any, model: Any, n: int, lengths: str, kind: str, repeats: int) -> dict[str, Any]:
    batch, stop = prompts(n, kind), STOPS[lengths]
    ours, theirs = [], []
    for _ in range(repeats + 1):  # the first warms up
        ours.append(ours_once(policy, batch, stop))
        theirs.append(theirs_once(model, batch, stop))
    pairs = list(zip(ours[1:], theirs[1:], strict=True))
    ratios = sorted((a.tokens / a.wall) / (b.tokens / b.wall) for a, b in pairs)
    processor = sorted((a.tokens / a.processor) / (b.tokens / b.processor) for a, b in pairs)
    return {
        "batch": n, "lengths": lengths, "prompts": kind, "ours": statistics.median(a.tokens / a.wall for a, _ in pairs),
        "transformers": statistics.median(b.tokens / b.wall for _, b in pairs), "ratio": statistics.median(ratios),
        "low": ratios[0], "high": ratios[-1], "ratio processor": statistics.median(processor),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    import torch

    policy, model = policies()
    gap = largest_gap(policy, model)
    rows = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rows += [
            {"threads": threads, **measure(policy, model, *setting, options.repeats)} for setting in SETTINGS
        ]
    held = [row for row in rows if row["ratio"] >= GOAL]
    text = (
        f"{policy.n_parameters:,} parameters, {NEW} new tokens, tokens/s, medians of {options.repeats} interleaved "
        f"repeats; low and high are the extremes of the paired ratio, `ratio processor` is per processor second. Goal: "
        f"{GOAL}x, reached in {len(held)} of {len(rows)} rows. Largest difference of log probabilities from Llama's "
        f"forward: {gap:.1e} (goal 1e-5).\n\n"
        + table(list(rows[0]), [list(row.values()) for row in rows])
        + disturbed()
    )
    record(
        "generation",
        "Generation with a cache against transformers' generate",
        text,
        {"gap": gap, "rows": rows},
    )


if __name__ == "__main__":
    main()
