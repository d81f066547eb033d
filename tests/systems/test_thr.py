"""The worked numbers of THR."""

import pytest
import torch

from leadline.train.objectives.thr import error_rows, explain, group_scores, thr_scores, thr_weights
from leadline.train.rows import Rows

W = torch.tensor([[1, 0], [0, 1], [-1, 0.5]], dtype=torch.float64)
H = torch.tensor([[[1, 0], [0.5, 0.5]], [[1, 0], [0, 1]]], dtype=torch.float64)
IDS = torch.tensor([[0, 1], [0, 2]])
MASK = torch.ones(2, 2, dtype=torch.float64)
CORRECT = torch.tensor([True, False])


def scores(w=W, columns=3, **settings):
    probs = torch.softmax(H @ w.T, -1)[..., :columns]
    g = error_rows(probs, IDS, torch.arange(columns))
    return group_scores(g, H, MASK, CORRECT, **settings)


def test_error_rows():
    g = error_rows(torch.softmax(H @ W.T, -1), IDS, torch.arange(3))
    assert g[0, 1].tolist() == pytest.approx([-0.404471, 0.595529, -0.191058], abs=1e-6)
    assert g[1, 1].tolist() == pytest.approx([-0.186324, -0.506480, 0.692804], abs=1e-6)


def test_scores_and_threshold():
    found = scores()
    assert found.scores.flatten().tolist() == pytest.approx(
        [0.024045, 0.072703, -0.024045, 0.089657], abs=1e-6
    )
    assert float(found.correct_means) == pytest.approx(0.048374, abs=1e-6)
    assert float(scores(length_norm=False).correct_means) == pytest.approx(0.096748, abs=1e-6)


@pytest.mark.parametrize(("row", "place"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_score_is_the_derivative_of_the_correct_likelihood(row, place):
    """d ln pi(y+) / |y+| along the update that this token's gradient makes on the output layer."""
    g = error_rows(torch.softmax(H @ W.T, -1), IDS, torch.arange(3))
    direction = (1 if CORRECT[row] else -1) * torch.outer(g[row, place], H[row, place])

    def value(step):
        logp = torch.log_softmax(H[0] @ (W + step * direction).T, -1)
        return logp.gather(1, IDS[0][:, None]).mean()

    slope = (value(1e-5) - value(-1e-5)) / 2e-5
    assert float(slope) == pytest.approx(float(scores().scores[row, place]), abs=1e-6)


def test_restricted_vocabulary_keeps_signs():
    wide = torch.cat([W, torch.tensor([[0.3, -0.2]], dtype=torch.float64)])
    exact, restricted = scores(wide, 4).scores.flatten(), scores(wide, 3).scores.flatten()
    assert exact.tolist() == pytest.approx([0.118923, 0.101106, -0.118923, 0.082607], abs=1e-6)
    assert restricted.tolist() == pytest.approx([0.075364, 0.077870, -0.075364, 0.089391], abs=1e-6)
    assert torch.equal(exact.sign(), restricted.sign())


def test_weights():
    found = scores().scores
    signed = torch.tensor([[1.0], [-1.0]])
    assert (thr_weights(found, -1.0, 0.1) * signed).flatten().tolist() == pytest.approx(
        [1.1, 1.1, -0.9, -1.1]
    )
    assert (thr_weights(found, 0.048374, 0.1) * signed).flatten().tolist() == pytest.approx([0, 1.1, 0, -1.1])


def rows(extra=False):
    groups = torch.tensor([0, 0, 1, 1] if extra else [0, 0])
    repeat = (lambda x: torch.cat([x, x])) if extra else (lambda x: x)
    probs = torch.softmax(H @ W.T, -1)
    return Rows(
        groups, repeat(IDS), repeat(MASK), repeat(CORRECT.double()), repeat(CORRECT),
        hidden=repeat(H), probs=repeat(probs), sub_ids=torch.arange(3),
    )  # fmt: skip


def test_other_prompts_do_not_matter():
    assert torch.allclose(thr_scores(rows()), thr_scores(rows(extra=True))[:2])


def test_unmixed_groups_have_no_scores():
    r = rows()
    r.correct = torch.tensor([True, True])
    assert float(thr_scores(r).abs().max()) == 0


def test_explanation_lists_tokens():
    assert [(i, round(v, 4), k) for i, v, k in explain(rows(), 0)] == [(0, 0.024, False), (1, 0.0727, True)]


def random_group(n=5, tokens=4, columns=6, channels=3):
    rng = torch.Generator().manual_seed(0)
    hidden = torch.randn(n, tokens, channels, generator=rng, dtype=torch.float64)
    probs = torch.softmax(torch.randn(n, tokens, columns, generator=rng, dtype=torch.float64), -1)
    ids = torch.randint(columns, (n, tokens), generator=rng)
    mask = (torch.arange(tokens) < torch.tensor([4, 2, 3, 1, 4])[:, None]).double()
    return (
        error_rows(probs, ids, torch.arange(columns)),
        hidden,
        mask,
        torch.tensor([True, False, True, False, False]),
    )


def pairwise(g, hidden, mask, correct, row, place):
    """The definition: over every token of every correct response, logit similarity times hidden similarity."""
    total = 0.0
    for i in correct.nonzero().flatten().tolist():
        n = int(mask[i].sum())
        alpha, beta = g[i, :n] @ g[row, place], hidden[i, :n] @ hidden[row, place]
        total += float((alpha * beta).sum()) / n
    return total if correct[row] else -total


def test_the_linear_form_equals_the_sum_over_pairs_of_tokens():
    group = random_group()
    found = group_scores(*group).scores
    for row, place in [(0, 0), (1, 1), (2, 2), (3, 0), (4, 3)]:
        assert float(found[row, place]) == pytest.approx(pairwise(*group, row, place), abs=1e-12)


def test_another_label_turns_a_response_over_and_joins_it_to_the_sum():
    g, hidden, mask, correct = random_group()
    flipped = correct.clone()
    flipped[4] = True
    n = int(mask[4].sum())
    own = ((g[4, :n] @ g[4, 0]) * (hidden[4, :n] @ hidden[4, 0])).sum() / n
    before, after = (group_scores(g, hidden, mask, c).scores[4, 0] for c in (correct, flipped))
    assert float(after) == pytest.approx(-float(before) + float(own), abs=1e-12)
