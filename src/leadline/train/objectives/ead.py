"""EAD: temperatures that start hot and cool down along the response, corrected by truncated weights (arXiv:2510.05251).

Idea: the first tokens choose the plan, the later ones must carry it out; explore early only.
Method: tau_t = 1 for t < cutoff, else max(1 + tau_max - exp(t / d), tau_min), d = min(d0 + growth * step, d_cap).
Presets: `paper` d0 25, growth 5; `repo` 20 times both (the released sampler divides by 20 d). Default: repo, cutoff 10.
Correction: token weights min(pi_old / q, cap) with q the tempered policy; cap 2 is common practice, the paper's was
not found, and the released recipe has the correction off (cap=0 here).
"""

from __future__ import annotations

from typing import Literal

import msgspec
import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.explore.decoding import PAPER, RELEASED
from leadline.train.hooks import Hooks, State
from leadline.train.importance import truncated
from leadline.train.rows import Rows

PRESETS = {"paper": PAPER, "repo": RELEASED}


def objective(
    *,
    preset: str = "repo",
    tau_max: float = 1.2,
    tau_min: float = 0.1,
    d0: float = 0.0,
    growth: float = -1.0,
    cutoff: int = 10,
    cap: float = 2.0,
    level: Literal["token", "sequence"] = "token",
    constant: float = 0.0,
    reverse_at: int = 0,
) -> Hooks:
    """d0 0 and growth -1 take the preset's. `constant` > 0 samples at that temperature instead (a baseline);
    `reverse_at` L > 0 runs the schedule backwards over L tokens (cold to hot, the negative control).
    """
    if preset not in PRESETS:
        raise NotFound("preset of ead", preset, PRESETS)
    base = PRESETS[preset]
    schedule = msgspec.structs.replace(
        base, tau_max=tau_max, tau_min=tau_min, cutoff=cutoff,
        d0=d0 or base.d0, growth=base.growth if growth < 0 else growth,
    )  # fmt: skip

    def temperature(t: Tensor, step: int) -> Tensor:
        if constant:
            return torch.full(t.shape, constant, dtype=torch.float64)
        position = (reverse_at - 1 - t).clamp(min=0) if reverse_at else t
        return torch.from_numpy(schedule.tau(position.numpy(), step))

    def weight(rows: Rows, state: State) -> Tensor:
        assert rows.logp_old is not None
        assert rows.logp_roll is not None
        return truncated(rows.logp_old, rows.logp_roll, rows.mask, cap=cap, level=level)

    corrected = (weight,) if cap else ()
    return Hooks(name="ead", needs=frozenset({"logp_roll"}), temperature=temperature, is_weight=corrected)
