"""transformers models behind our interfaces."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from leadline.errors import UsageError
from leadline.explore.decoding import Annealing
from leadline.train import worlds
from leadline.train.adapters import verifiers
from leadline.train.policies.generate import generate
from leadline.train.policies.huggingface import HuggingFace, generate_with
from leadline.train.policies.transformer import Shape, Transformer, as_llama

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def pair():
    policy = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=40), seed=2)
    policy.embedding.weight.data *= 8
    return policy, HuggingFace(as_llama(policy).eval())


@pytest.mark.parametrize(
    "temperature", [None, lambda t, s: torch.from_numpy(Annealing(d0=6, cutoff=0).tau(t.numpy(), s))]
)
def test_both_generators_say_the_same(pair, temperature):
    prompts = [[5], [6, 7, 8], [5], [2, 3, 4, 5, 6, 7]]
    ours, theirs = (
        function(policy, prompts, 10, torch.Generator().manual_seed(3), temperature=temperature, stop=(1, 9))
        for function, policy in zip((generate, generate_with), pair, strict=True)
    )
    assert torch.equal(ours.ids, theirs.ids)
    assert torch.equal(ours.ended, theirs.ended)
    assert torch.allclose(ours.logp, theirs.logp, atol=1e-5)
    assert torch.allclose(ours.entropy, theirs.entropy, atol=1e-5)


@pytest.mark.slow
def test_smollm2_scores_what_it_says(tmp_path):
    from leadline.train.policies.smollm2 import load
    from leadline.train.rows import Rows, padded

    policy, codec = load(tmp_path)
    prompt = codec.encode("The capital of France is")
    assert codec.decode(prompt) == "The capital of France is"
    made = generate_with(
        policy, [prompt, prompt[:3]], 6, torch.Generator().manual_seed(0), stop=(codec.end_id,)
    )
    ids = [[*p, *made.ids[i][made.mask[i] > 0].tolist()] for i, p in enumerate([prompt, prompt[:3]])]
    mask = [
        [0.0] * len(p) + [1.0] * (len(s) - len(p)) for p, s in zip([prompt, prompt[:3]], ids, strict=True)
    ]
    rows = Rows(torch.arange(2), padded(ids, torch.long), padded(mask), torch.zeros(2), torch.zeros(2) > 0)
    with torch.no_grad():
        scores = policy.score(rows, frozenset({"hidden"}))
    for i in range(2):
        assert torch.allclose(scores.logp[i][rows.mask[i] > 0], made.logp[i][made.mask[i] > 0], atol=1e-3)
    again, _ = load(tmp_path)
    assert torch.equal(again.model.lm_head.weight, policy.model.lm_head.weight)


def test_export_to_verifiers(monkeypatch):
    fake = ModuleType("verifiers")
    fake.Rubric = lambda funcs, weights: SimpleNamespace(funcs=funcs, weights=weights)
    fake.SingleTurnEnv = lambda dataset, rubric: SimpleNamespace(dataset=dataset, rubric=rubric)
    monkeypatch.setitem(sys.modules, "verifiers", fake)
    pytest.importorskip("datasets")
    env = verifiers.environment(worlds.get("sums"), 4)
    row = env.dataset[0]
    score = env.rubric.funcs[0]
    assert score([{"role": "assistant", "content": row["answer"]}], row["info"]) == 1.0
    assert score("wrong", row["info"]) == 0.0
    with pytest.raises(UsageError, match="several turns"):
        verifiers.environment(worlds.get("search_world"), 4)
