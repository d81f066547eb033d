"""SFT behind prefixes: with none it is plain SFT, bit for bit; with some, the model comes to bear them."""

import numpy as np
import torch

from leadline.train.pilots.prefix_warmup import behind, warm_up_behind
from leadline.train.policies.prefixed import PrefixRows, PrefixTransformer, prior
from leadline.train.policies.transformer import Shape
from leadline.train.worlds.ring_ops import VOCABULARY, batches

torch.set_num_threads(1)


def model():
    return PrefixTransformer(Shape(VOCABULARY, layers=2, channels=16, heads=2, inner=32, context=16), 0)


def lessons(seed=0):
    return batches(np.random.default_rng(seed), np.arange(50), 16)


def prefixes(length):
    rng = torch.Generator().manual_seed(3)
    return lambda n: prior(n, length, 16, rng)


def test_rows_behind_a_prefix():
    rows = lessons()(0)
    guided = behind(rows, prefixes(2)(16))
    assert isinstance(guided, PrefixRows)
    assert guided.prefixed.all()
    assert guided.ids is rows.ids
    assert not torch.equal(model().score(guided).logp, model().score(rows).logp)
    neutral = behind(rows, prefixes(0)(16))
    assert not neutral.prefixed.any()
    assert torch.equal(model().score(neutral).logp, model().score(rows).logp)


def test_behind_no_prefix_it_is_plain_sft():
    mine, plain, batch = model(), model(), lessons()
    losses = warm_up_behind(mine, lessons(), prefixes(0), steps=3)
    optimizer = torch.optim.Adam(plain.parameters(), lr=1e-3)
    for step in range(3):
        rows = batch(step)
        loss = -(plain.score(rows).logp * rows.mask).sum() / rows.mask.sum()
        assert float(loss.detach()) == losses[step]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
    for a, b in zip(mine.parameters(), plain.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_model_comes_to_bear_prefixes():
    """After equal steps, new prefixes harm the model that saw none, and not the one that saw such prefixes."""
    rows = lessons(1)(0)
    unseen = behind(rows, prior(16, 4, 16, torch.Generator().manual_seed(9)))
    harm = []
    for length in (0, 4):
        policy = model()
        with torch.no_grad():
            for matrix in (weight for weight in policy.parameters() if weight.dim() == 2):
                matrix.mul_(3)  # the attention of a fresh model hardly looks at anything
        warm_up_behind(policy, lessons(), prefixes(length), steps=40, lr=3e-3)
        alone, guided = (float((policy.score(r).logp * r.mask).detach().sum()) for r in (rows, unseen))
        harm.append((alone - guided) / float(rows.mask.sum()))
    assert harm[0] > 0.05
    assert harm[1] < 0.02
