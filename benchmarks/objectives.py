"""What each method adds to a step: milliseconds of its hooks on a batch of 512 rows x 64 tokens, 2,000 repeats bounded.

The peer is the plain loop that one would write per row; results are compared before they are timed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.record import record, table

METHODS = (
    "grpo",
    "grpo:advantage=rank",
    "grpo+ead",
    "grpo+thr:tau=none",
    "grpo+verl_hidden_state:stride=8",
    "grpo+repexp",
)


def batch(rows: int = 512, width: int = 64, channels: int = 64, vocabulary: int = 40) -> Any:
    import torch

    from leadline.train.rows import Rows

    rng = torch.Generator().manual_seed(0)
    mask = (torch.arange(width) < torch.randint(8, width + 1, (rows, 1), generator=rng)).float()
    reward = (torch.rand(rows, generator=rng) < 0.3).float()
    return Rows(
        torch.arange(rows) // 8, torch.randint(0, vocabulary, (rows, width), generator=rng), mask, reward, reward > 0,
        logp_roll=-torch.rand(rows, width, generator=rng), logp_old=-torch.rand(rows, width, generator=rng),
        hidden=torch.randn(rows, width, channels, generator=rng),
        probs=torch.softmax(torch.randn(rows, width, vocabulary, generator=rng), -1), sub_ids=torch.arange(vocabulary),
        pooled=torch.randn(rows, channels, generator=rng),
    )  # fmt: skip


def loop_advantages(rows: Any) -> Any:
    """GRPO's advantage as a dictionary loop over uids (the form that verl ships)."""
    import torch

    by_group: dict[int, list[float]] = {}
    for group, reward in zip(rows.group_id.tolist(), rows.reward.tolist(), strict=True):
        by_group.setdefault(group, []).append(reward)
    stats = {g: (torch.tensor(r).mean(), torch.tensor(r).std()) for g, r in by_group.items()}
    found = [
        (r - stats[g][0]) / (stats[g][1] + 1e-6)
        for g, r in zip(rows.group_id.tolist(), rows.reward, strict=True)
    ]
    return torch.stack(found)[:, None] * rows.mask


def median_ms(function: Callable[[], Any], budget_s: float = 3.0) -> tuple[float, int]:
    times: list[float] = []
    end = time.perf_counter() + budget_s
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 2000):
        began = time.perf_counter()
        function()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times), len(times)


def main() -> None:
    import torch

    from leadline.train.hooks import token_advantages
    from leadline.train.objectives import build

    torch.set_num_threads(1)
    rows, found = batch(), []
    ours, loop = token_advantages(rows, build("grpo"), {}), loop_advantages(rows)
    assert torch.allclose(ours, loop, atol=1e-4)
    loop_ms, n = median_ms(lambda: loop_advantages(rows))
    found.append(["loop over rows (verl's form)", loop_ms, n])
    for method in METHODS:
        hooks = build(method)
        ms, n = median_ms(lambda hooks=hooks: token_advantages(rows, hooks, {}))  # type: ignore[misc]
        found.append([method, ms, n])
    text = "512 rows x 64 tokens in 64 groups, 64 channels, 40 symbols, one thread; median milliseconds.\n\n"
    text += table(["method", "ms", "repeats"], found)
    record("objectives", "What each objective adds to a step", text, {"rows": found})


if __name__ == "__main__":
    main()
