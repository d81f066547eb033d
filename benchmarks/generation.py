"""Tokens per second of the tiny policy against transformers' generate on the same weights, batch and lengths.

Interleaved in one process, medians over repeats. Both return the log probability of every sampled token; these are
compared with a plain forward first. `fixed`: every row is as long as allowed. `ragged`: rows end at a stop token whose
probability makes answers of different lengths, prompts repeat 8 times (as in GRPO), as rollouts do in training.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from benchmarks.record import record, table

NEW = 32


def policies() -> tuple[Any, Any]:
    from leadline.train.policies.transformer import Shape, Transformer, as_llama

    ours = Transformer(Shape(40, layers=4, channels=144, heads=4, inner=400), seed=0)
    return ours, as_llama(ours).eval()  # type: ignore[attr-defined]


def prompts(n: int, ragged: bool) -> list[list[int]]:
    import torch

    rng = torch.Generator().manual_seed(0)
    lengths = (
        [24] * n if not ragged else [int(torch.randint(8, 33, (1,), generator=rng)) for _ in range(n // 8)]
    )
    drawn = [torch.randint(2, 40, (k,), generator=rng).tolist() for k in lengths]
    return drawn if not ragged else [p for p in drawn for _ in range(8)]


def ours_once(policy: Any, batch: list[list[int]], stop: tuple[int, ...]) -> tuple[float, int]:
    import torch

    from leadline.train.policies.generate import generate

    began = time.perf_counter()
    made = generate(policy, batch, NEW, torch.Generator().manual_seed(1), stop=stop)
    return time.perf_counter() - began, int(made.mask.sum())


def theirs_once(model: Any, batch: list[list[int]], stop: tuple[int, ...]) -> tuple[float, int]:
    import torch

    from leadline.train.policies.decode import left_padded

    torch.manual_seed(1)
    ids, visible = left_padded(batch)
    length: dict[str, Any] = {"eos_token_id": list(stop)} if stop else {"min_new_tokens": NEW}
    began = time.perf_counter()
    made = model.generate(
        ids, attention_mask=visible.long(), max_new_tokens=NEW, do_sample=True, top_k=0, top_p=1.0, temperature=1.0,
        return_dict_in_generate=True, output_logits=True, pad_token_id=0, **length,
    )  # fmt: skip
    model.compute_transition_scores(made.sequences, made.logits, normalize_logits=True)
    seconds = time.perf_counter() - began
    new = made.sequences[:, ids.shape[1] :]
    tokens = 0
    for row in new.tolist():
        ends = [i for i, token in enumerate(row) if token in stop]
        tokens += ends[0] + 1 if ends else len(row)
    return seconds, tokens


def largest_gap(policy: Any, model: Any) -> float:
    """Largest difference of our sampled log probabilities from Llama's forward on the same sequences."""
    import torch

    from leadline.train.policies.generate import generate

    batch = prompts(16, True)
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


def measure(policy: Any, model: Any, n: int, ragged: bool, repeats: int) -> dict[str, Any]:
    batch, stop = prompts(n, ragged), ((7, 11) if ragged else ())
    ours, theirs = [], []
    for _ in range(repeats + 1):  # the first warms up
        ours.append(ours_once(policy, batch, stop))
        theirs.append(theirs_once(model, batch, stop))
    a, b = ([tokens / seconds for seconds, tokens in runs[1:]] for runs in (ours, theirs))
    ratios = sorted(x / y for x, y in zip(a, b, strict=True))
    return {
        "batch": n, "lengths": "ragged" if ragged else "fixed", "ours": statistics.median(a),
        "transformers": statistics.median(b), "ratio": statistics.median(ratios), "low": ratios[0], "high": ratios[-1],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    import torch

    policy, model = policies()
    gap = largest_gap(policy, model)
    rows = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        sizes = [(ragged, n) for ragged in (False, True) for n in (8, 64, 512)]
        rows += [
            {"threads": threads, **measure(policy, model, n, ragged, options.repeats)} for ragged, n in sizes
        ]
    text = (
        f"{policy.n_parameters:,} parameters, {NEW} new tokens, tokens/s, medians of {options.repeats} interleaved "
        f"repeats; low and high are the extremes of the paired ratio. Goal: 5x. Largest difference of log "
        f"probabilities from Llama's forward: {gap:.1e} (goal 1e-5).\n\n"
        + table(list(rows[0]), [list(row.values()) for row in rows])
    )
    record(
        "generation",
        "Generation with a cache against transformers' generate",
        text,
        {"gap": gap, "rows": rows},
    )


if __name__ == "__main__":
    main()
