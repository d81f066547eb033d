"""Our hooks inside TRL 1.16. TRL is imported once, by the fixtures of this file."""

import math
from types import SimpleNamespace

import pytest
import torch

from leadline.errors import UsageError
from leadline.train.adapters.kept import refuse_settings
from leadline.train.adapters.trl import (
    refuse_slots,
    reward_function,
    rollout_function,
    rows_of,
    with_advantages,
)
from leadline.train.hooks import Hooks, compose
from leadline.train.importance import truncated
from leadline.train.objectives import build, get
from leadline.train.policies.huggingface import HuggingFace, packed, unpacked
from leadline.train.policies.transformer import Shape, Transformer, as_llama

torch.set_num_threads(1)
MASK = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]])
LOGP = torch.tensor([[-0.6, -1, 0], [-1, -1.5, -0.9], [-0.5, 0, 0], [-1, -1, 0]], dtype=torch.float64)
OLD = -torch.ones(4, 3, dtype=torch.float64)
ROLL = torch.tensor([[-1.1, -1, 0], [-1, -1, -1.4], [-1, 0, 0], [-0.8, -1, 0]], dtype=torch.float64)
W_THR = torch.tensor([[0, 1.1, 1], [0.9, 1, 1], [1, 1, 1], [1, 1, 1]], dtype=torch.float64)
REWARD = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)


def batch():
    return {
        "prompt_ids": torch.ones(4, 1, dtype=torch.long), "prompt_mask": torch.ones(4, 1, dtype=torch.long),
        "completion_ids": torch.zeros(4, 3, dtype=torch.long), "completion_mask": MASK,
        "old_per_token_logps": OLD, "sampling_per_token_logps": ROLL, "num_items_in_batch": MASK.sum(),
        "advantages": torch.zeros(4),
    }  # fmt: skip


def hooks(kind):
    thr = Hooks("thr", token_weight=(lambda rows, state: W_THR,))
    tis = Hooks(
        "tis", is_weight=(lambda rows, state: truncated(rows.logp_old, rows.logp_roll, rows.mask, cap=2.0),)
    )
    return compose(
        get("grpo", advantage="mean"), *{"plain": (), "thr": (thr,), "tis": (tis,), "both": (thr, tis)}[kind]
    )


def golden(kind):
    out = batch()
    return with_advantages(out, rows_of(out, REWARD, 4), hooks(kind), {})


@pytest.fixture(scope="module")
def trl():
    return pytest.importorskip("trl")


@pytest.mark.parametrize(
    ("kind", "token_mean", "sequence_mean", "constant"),
    [
        ("plain", -0.008941, 0.012319, -0.004470), ("thr", 0.098559, 0.120861, 0.049280),
        ("tis", -0.010240, 0.005358, -0.005120), ("both", 0.109880, 0.126520, 0.054940),
    ],
)  # fmt: skip
def test_golden_step_through_trls_own_loss(trl, kind, token_mean, sequence_mean, constant):
    """TRL's _compute_loss, with a stand-in for the model's log probabilities, on our advantages."""
    for loss_type, expected in (("dapo", token_mean), ("grpo", sequence_mean), ("dr_grpo", constant)):
        trainer = SimpleNamespace(
            _get_per_token_logps_and_entropies=lambda *a, **k: (LOGP, torch.zeros_like(LOGP), None),
            aux_loss_enabled=False, top_entropy_quantile=1.0, off_policy_mask_threshold=None, beta=0.0,
            importance_sampling_level="token", loss_type=loss_type, epsilon_low=0.2, epsilon_high=0.28,
            use_vllm=False, _entropy_bonus_enabled=False, max_completion_length=4,
            current_gradient_accumulation_steps=1, model=SimpleNamespace(training=True),
            args=SimpleNamespace(delta=None, steps_per_generation=1),
            accelerator=SimpleNamespace(num_processes=1, gather=lambda x: x, gather_for_metrics=lambda x: x,
                                        reduce=lambda x, **k: x),
            _metrics={"train": __import__("collections").defaultdict(list)},
        )  # fmt: skip
        loss = trl.GRPOTrainer._compute_loss(trainer, None, golden(kind))
        assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_rewards_of_the_wrong_length_are_refused():
    with pytest.raises(UsageError, match="3 rewards for 4 completions"):
        rows_of(batch(), REWARD[:3], 4)


def test_slots_that_trl_keeps_are_refused_with_its_option():
    with pytest.raises(UsageError, match="rollout_func"):
        refuse_slots(build("grpo+deepsearch"))
    with pytest.raises(UsageError, match=r"sample \(by deepsearch\): use rollout_func"):
        refuse_slots(build("deepsearch"))
    with pytest.raises(UsageError, match=r"aggregate \(by mine\): use loss_type"):
        refuse_slots(compose(get("grpo"), Hooks("mine", aggregate=lambda rows: rows.mask)))
    with pytest.raises(UsageError, match="TRL keeps its own loss: grpo:loss would do nothing there"):
        refuse_settings("grpo:advantage=mean,loss=cispo+thr", "TRL", "epsilon")
    refuse_settings("grpo:advantage=mean+thr:p=.2", "TRL", "epsilon")
    with pytest.raises(UsageError, match="fixed number of rows"):
        refuse_slots(compose(get("grpo"), Hooks("f", row_filter=(lambda rows, state: rows,))))
    refuse_slots(build("grpo+thr+verl_hidden_state"))


def test_packing_left_padded_prompts_keeps_log_probabilities():
    policy = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=32), seed=1)
    model = HuggingFace(as_llama(policy))
    prompt, mask = torch.tensor([[0, 0, 5], [6, 7, 8]]), torch.tensor([[0, 0, 1], [1, 1, 1]])
    out = {
        "completion_ids": torch.tensor([[3, 4, 0], [9, 2, 3]]),
        "completion_mask": torch.tensor([[1, 1, 0], [1, 1, 1]]),
    }
    rows = rows_of(out, torch.zeros(2), 2)
    full, place = packed(prompt, mask, out["completion_ids"], out["completion_mask"], rows)
    found = unpacked(model.score(full).logp, place)
    assert full.ids[0, :3].tolist() == [5, 3, 4]
    own = policy.score(full, frozenset({"hidden"}))
    assert torch.allclose(found, unpacked(own.logp, place), atol=1e-5)
    assert torch.allclose(model.score(full, frozenset({"hidden"})).hidden, own.hidden, atol=1e-5)
    assert found[0, 2] == 0


def tiny_trainer(trl, tmp_path, make, **more):
    """A GRPO trainer of TRL on a tiny Llama and a word-level tokenizer, one step per generation."""
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {"<pad>": 0, "<end>": 1, **{str(i): i + 2 for i in range(10)}}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")
    config = trl.GRPOConfig(
        output_dir=str(tmp_path), per_device_train_batch_size=8, num_generations=4, max_completion_length=5,
        max_steps=3, learning_rate=1e-2, logging_steps=1, report_to=[], use_cpu=True, bf16=False, save_strategy="no",
        lr_scheduler_type="constant", beta=0.0, loss_type="dapo", scale_rewards="none", max_grad_norm=1e9,
        disable_tqdm=True, seed=5, weight_decay=0.0, gradient_checkpointing=False,
    )  # fmt: skip
    policy = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=32), seed=1)
    return make(
        model=as_llama(policy), reward_funcs=[even_digits], args=config, processing_class=tokenizer,
        train_dataset=Dataset.from_dict({"prompt": ["1 2", "3 4 5", "6", "7 8"]}), **more,
    )  # fmt: skip


def even_digits(prompts, completions, **columns):
    return [float(sum(c in "02468" for c in text.split()) > 2) for text in completions]


@pytest.fixture(scope="module")
def recorded(trl, tmp_path_factory):
    """TRL's GRPO, step by step: its batches and weights before each step, and its logged loss and gradient norm."""
    steps = []

    class Recording(trl.GRPOTrainer):
        def _generate_and_score_completions(self, inputs):
            weights = {
                k: v.detach().clone()
                for k, v in self.accelerator.unwrap_model(self.model).state_dict().items()
            }
            output = super()._generate_and_score_completions(inputs)
            steps.append({"weights": weights, "output": dict(output), "rewards": self.stash})
            return output

        def _calculate_rewards(self, *args):
            found = super()._calculate_rewards(*args)
            self.stash = found[:, 0]
            return found

    trainer = tiny_trainer(trl, tmp_path_factory.mktemp("trl"), Recording)
    trainer.train()
    logs = [r for r in trainer.state.log_history if "grad_norm" in r]
    return steps, logs


def test_trl_and_our_update_agree_step_by_step_in_loss_and_gradient_norm(recorded):
    from leadline.train.hooks import token_advantages
    from leadline.train.scores import fill
    from leadline.train.update import accumulate

    steps, logs = recorded
    assert len(steps) == len(logs) == 3
    assert any(float(s["rewards"].std()) > 0 for s in steps)
    for step, log in zip(steps, logs, strict=True):
        policy = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=32), seed=1)
        model = as_llama(policy)
        model.load_state_dict(step["weights"])
        out, objective = step["output"], build("grpo:advantage=mean")
        rows = rows_of(out, step["rewards"].float(), 4)
        full, _ = packed(
            out["prompt_ids"], out["prompt_mask"], out["completion_ids"], out["completion_mask"], rows
        )
        learner = HuggingFace(model)
        full = fill(full, learner, frozenset())
        loss, _ = accumulate(full, learner, objective, token_advantages(full, objective, {}), micro_rows=3)
        norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters() if p.grad is not None))
        assert loss == pytest.approx(log["loss"], abs=2e-4)  # TRL logs rounded values
        assert norm == pytest.approx(log["grad_norm"], rel=2e-3, abs=1e-5)


def test_the_adapter_at_its_neutral_setting_is_trl(trl, recorded, tmp_path):
    from leadline.train.adapters.trl import trainer_class

    trainer = tiny_trainer(trl, tmp_path, trainer_class(), objective="grpo:advantage=mean+thr:p=0,tau=none")
    trainer.train()
    ours = [(r["loss"], r["grad_norm"]) for r in trainer.state.log_history if "grad_norm" in r]
    theirs = [(r["loss"], r["grad_norm"]) for r in recorded[1]]
    assert len(ours) == 3
    for a, b in zip(ours, theirs, strict=True):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-6)


def test_rewards_and_rollouts_for_trl():
    import numpy as np

    from leadline.train import worlds
    from leadline.train.policies.alphabet import Alphabet
    from leadline.train.rollouts import Rollouts

    world = worlds.get("sums")
    pool = world.draw(np.random.default_rng(0), 3, "train")
    by_prompt = {t.prompt: t for t in pool}
    gold = [t.metadata["demonstration"][0] for t in pool]
    reward = reward_function(world, by_prompt)
    assert reward([t.prompt for t in pool], gold) == [1.0, 1.0, 1.0]
    assert reward([pool[0].prompt], ["no"]) == [0.0]
    codec = Alphabet(world.alphabet)
    policy = Transformer(Shape(codec.size, layers=1, channels=8, heads=2, inner=16, context=32))
    sampling = Rollouts(policy, codec, world, pool, 2, torch.Generator().manual_seed(0))
    found = rollout_function(sampling)([pool[1].prompt, pool[1].prompt])
    assert found["prompt_ids"] == [codec.encode(pool[1].prompt)] * 2
    assert [len(x) for x in found["logprobs"]] == [len(x) for x in found["completion_ids"]]
    assert all(set(m) == {1} for m in found["env_mask"])
