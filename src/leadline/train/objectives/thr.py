"""THR: how much the gradient of a token moves the group's correct answers (arXiv:2510.03669).

Idea: tokens whose gradient raises the likelihood of correct answers get more (p > 0, exploit) or less (p < 0, explore).
Method: G = onehot - softmax, H hidden states that predict the tokens, M = sum over correct i of G_i^T H_i / |y_i|,
THR_j = (2 r_j - 1) rowsum((G_j M) * H_j); weight 1[|THR| > tau] (1 + p sign THR).
T tokens, K vocabulary columns (all, or those of the group: `restrict`), D hidden size. fp32 throughout.
Assumes: softmax at temperature 1, and that the update flows through the output layer (unconstrained features).
Not verified: the paper's tau and beta; the text of its predecessor (arXiv:2505.18830) is followed.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.train.groups import members
from leadline.train.hooks import Hooks, State
from leadline.train.rows import Rows

TAUS = ("none", "nthr", "quantile")


class GroupScores(NamedTuple):
    """THR [n, T] of one group's rows (0 outside the mask), and the mean over each correct row's tokens."""

    scores: Tensor
    correct_means: Tensor


def error_rows(probs: Tensor, ids: Tensor, sub_ids: Tensor) -> Tensor:
    """[..., K] onehot(id) - probs, over the columns `sub_ids`."""
    return (ids[..., None] == sub_ids).to(probs.dtype) - probs


def group_scores(
    g: Tensor, hidden: Tensor, mask: Tensor, correct: Tensor, *, length_norm: bool = True
) -> GroupScores:
    """THR of one group: g [n, T, K], hidden [n, T, D], mask [n, T], correct [n] bool. Linear in tokens."""
    g, hidden = g * mask[..., None], hidden * mask[..., None]
    length = mask.sum(1).clamp(min=1)
    share = correct.to(g.dtype) / (length if length_norm else torch.ones_like(length))
    m = torch.einsum("ntk,ntd,n->kd", g, hidden, share)
    sign = 2 * correct.to(g.dtype) - 1
    scores = sign[:, None] * (torch.einsum("ntk,kd->ntd", g, m) * hidden).sum(-1)
    return GroupScores(scores, (scores.sum(1) / length)[correct])


def thr_scores(rows: Rows, *, restrict: bool = False, length_norm: bool = True) -> Tensor:
    """[R, T] THR of every token; 0 in groups without both outcomes. `restrict` keeps only the group's own ids."""
    return torch.stack([scores for scores, _ in scores_and_tau(rows, restrict, length_norm, 0.0)])


def scores_and_tau(rows: Rows, restrict: bool, length_norm: bool, beta: float) -> list[tuple[Tensor, Tensor]]:
    """Per row: THR [T] and the group's threshold beta * min over correct rows of their mean THR."""
    assert rows.probs is not None
    assert rows.hidden is not None
    assert rows.sub_ids is not None
    zero = torch.zeros(())
    found: list[tuple[Tensor, Tensor]] = [(torch.zeros_like(rows.mask[0]), zero)] * len(rows)
    for index in members(rows.group_id):
        correct = rows.correct[index]
        if bool(correct.all()) or not bool(correct.any()):
            continue
        ids, mask, probs, columns = rows.ids[index], rows.mask[index], rows.probs[index], rows.sub_ids
        if restrict:
            keep = torch.isin(columns, torch.unique(ids[mask > 0]))
            probs, columns = probs[..., keep], columns[keep]
        g = error_rows(probs, ids, columns)
        result = group_scores(g, rows.hidden[index].float(), mask, correct, length_norm=length_norm)
        tau = beta * result.correct_means.min()
        for row, scores in zip(index.tolist(), result.scores, strict=True):
            found[row] = (scores, tau)
    return found


def thr_weights(scores: Tensor, tau: Tensor | float, p: float) -> Tensor:
    """1[|THR| > tau] * (1 + p sign THR)."""
    return (scores.abs() > tau).to(scores.dtype) * (1 + p * scores.sign())


def objective(
    *,
    p: float = 0.1,
    tau: str = "nthr",
    beta: float = 1.0,
    quantile: float = 0.5,
    restrict: bool = False,
    length_norm: bool = True,
    keep_sum: bool = False,
) -> Hooks:
    """`keep_sum` rescales the weights so that their mean over the mask is 1: separates direction from step size.

    With p = 0 and tau = none the weights are exactly 1. Rows of unmixed groups keep weight 1 (their advantage is 0).
    """
    if tau not in TAUS:
        raise NotFound("threshold", tau, TAUS)

    def weight(rows: Rows, state: State) -> Tensor:
        pairs = scores_and_tau(rows, restrict, length_norm, beta)
        scores = torch.stack([s for s, _ in pairs])
        if tau == "none":
            found = 1 + p * scores.sign()
        elif tau == "nthr":
            found = thr_weights(scores, torch.stack([t for _, t in pairs])[:, None], p)
        else:
            scored = scores.abs()[(rows.mask > 0) & (scores != 0)]
            found = thr_weights(scores, torch.quantile(scored, quantile) if len(scored) else 0.0, p)
        unscored = (scores == 0).all(1, keepdim=True)
        found = torch.where(unscored | (rows.mask == 0), torch.ones_like(found), found)
        return found * rows.mask.sum() / (found * rows.mask).sum().clamp(min=1e-9) if keep_sum else found

    return Hooks(name="thr", needs=frozenset({"hidden", "probs"}), token_weight=(weight,))


def explain(rows: Rows, row: int, *, beta: float = 1.0) -> list[tuple[int, float, bool]]:
    """(token id, THR, kept) for the policy's tokens of one row: a view of credit assignment."""
    scores, tau = scores_and_tau(rows, False, True, beta)[row]
    used = rows.mask[row] > 0
    triples = zip(rows.ids[row][used].tolist(), scores[used].tolist(), strict=True)
    return [(token, value, abs(value) > float(tau)) for token, value in triples]
