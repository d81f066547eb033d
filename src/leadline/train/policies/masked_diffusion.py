"""A masked diffusion language model: every position sees every other one, and an answer is revealed step by step.

LLaDA's process (GSAI-ML; used by d1 and IGPO, arXiv:2509.10396, section 2). The id [MASK] is the last of the
vocabulary. R rows, T tokens, P prompt tokens, L answer tokens, V vocabulary, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from leadline.train.policies.alphabet import PAD
from leadline.train.policies.embedded import scored, through
from leadline.train.policies.transformer import Attend, Shape, Transformer
from leadline.train.rows import Rows
from leadline.train.scores import Scores

SMALLEST = 1e-3
"""The forward process masks with probability (1 - SMALLEST) t + SMALLEST."""


class MaskedDiffusionLM(Transformer):
    """`score` is the mean-field estimate: the whole answer masked, one forward, log softmax at each of its tokens."""

    def __init__(self, shape: Shape, seed: int = 0, *, gain: float = 1.0) -> None:
        """`gain` scales the initial matrices: with .02 of the decoder a narrow model hardly learns at first."""
        super().__init__(shape, seed)
        self.mask_id = shape.vocabulary - 1
        with torch.no_grad():
            for weight in self.parameters():
                weight.mul_(gain if weight.dim() == 2 else 1.0)

    def read(self, ids: Tensor) -> Tensor:
        """[R, T, C] hidden states of ids [R, T]; padding is not seen, equal rows are computed once."""
        rows, inverse = torch.unique(ids, dim=0, return_inverse=True)
        position = torch.arange(ids.shape[1])
        return through(self, self.embedding(rows), position, all_but(rows == PAD))[inverse]

    def fill_in(self, ids: Tensor) -> Tensor:
        """[R, T, V] logits of what stands at each position; [MASK] itself is never said."""
        logits = self.logits(self.read(ids))
        return logits.index_fill(-1, torch.tensor([self.mask_id]), float("-inf"))

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        hidden = self.read(rows.ids.masked_fill(rows.mask > 0, self.mask_id))
        return scored(self, rows, hidden, needs, shift=0)


def all_but(hidden: Tensor) -> Attend:
    """Attention to every position that is not `hidden` [R, T]."""
    allowed = ~hidden[:, None, None] if bool(hidden.any()) else None

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (x.transpose(-2, -3) for x in (q, k, v))
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed).transpose(-2, -3)

    return attend


def denoising_loss(policy: MaskedDiffusionLM, rows: Rows, rng: torch.Generator) -> Tensor:
    """SFT: mean over rows of (1 / length) sum over masked answer tokens of CE / p; p = mask probability of the row.

    Each row's t is uniform on (0, 1); the rows of a batch share the interval evenly, which lowers the variance.
    """
    n = len(rows)
    t = (torch.randperm(n, generator=rng)[:, None] + torch.rand(n, 1, generator=rng)) / n
    p = (1 - SMALLEST) * t + SMALLEST
    masked = (torch.rand(rows.ids.shape, generator=rng) < p) & (rows.mask > 0)
    logits = policy.logits(policy.read(rows.ids.masked_fill(masked, policy.mask_id))[masked])
    cross = functional.cross_entropy(logits, rows.ids[masked], reduction="none")
    share = (1 / (p * rows.lengths[:, None])).expand_as(rows.mask)[masked]
    return (cross * share).sum() / n


def reveal_counts(masked: int, steps: int) -> list[int]:
    """How many positions each step reveals: an even split, the remainder first.

    >>> reveal_counts(7, 3)
    [3, 2, 2]
    """
    return [masked // steps + (i < masked % steps) for i in range(steps)]


@torch.no_grad()
def diffusion_sample(
    policy: MaskedDiffusionLM,
    prompts: Tensor,
    answer: Tensor,
    pinned: Tensor,
    rng: torch.Generator,
    *,
    steps: int,
    block: int | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """[R, L] answers to prompts [R, P]; positions `pinned` [R, L] of `answer` [R, L] are kept (inpainting).

    Blocks of `block` positions (default all) from left to right, steps / blocks steps each. A step proposes a token at
    each masked place (Gumbel-max at `temperature`, float64) and reveals the proposals of highest confidence.
    """
    length = answer.shape[1]
    block = block or length
    x = torch.cat([prompts, answer.masked_fill(~pinned, policy.mask_id)], 1)
    before = prompts.shape[1]
    per_block = max(1, steps // -(-length // block))
    for start in range(0, length, block):
        here = slice(before + start, before + min(start + block, length))
        counts = torch.tensor(
            [reveal_counts(n, per_block) for n in (x[:, here] == policy.mask_id).sum(1).tolist()]
        )
        for step in range(per_block):
            if not bool(counts[:, step].any()):
                continue
            logits = policy.fill_in(x)[:, here].double()
            token, confidence = proposals(logits, temperature, rng)
            confidence = confidence.masked_fill(x[:, here] != policy.mask_id, -1.0)
            rank = confidence.argsort(dim=-1, descending=True, stable=True).argsort(-1)
            shown = rank < counts[:, step, None]
            x[:, here] = torch.where(shown, token, x[:, here])
    return x[:, before:]


def proposals(logits: Tensor, temperature: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Token [R, L] by Gumbel-max, argmax of exp(logits) / (-log u)^temperature, and its probability (temperature 1)."""
    u = torch.rand(logits.shape, generator=rng, dtype=torch.float64).clamp(min=1e-300)
    token = (logits - temperature * (-u.log()).log()).argmax(-1)
    return token, logits.softmax(-1).gather(-1, token[..., None])[..., 0]
