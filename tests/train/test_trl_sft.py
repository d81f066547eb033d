"""Our supervised losses inside TRL 1.16's SFTTrainer, on a tiny real model."""

import pytest
import torch

from leadline.errors import UsageError
from leadline.train.adapters.trl_sft import IGNORED, token_mean, trainer_class
from leadline.train.policies.transformer import Shape, Transformer, as_llama
from leadline.train.supervised import build
from leadline.train.supervised.fit import fit
from leadline.train.worlds.ring_ops import VOCABULARY, taught

torch.set_num_threads(1)
ANSWERS = [(23, 1, 26, 2, 23, 3), (24, 3, 23, 4, 25, 11)]


def test_token_mean_shifts_ignores_and_counts_globally():
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 5, generator=rng)
    labels = torch.tensor([[IGNORED, IGNORED, 3, 1], [IGNORED, 2, IGNORED, IGNORED]])
    logp = torch.log_softmax(logits, -1)
    by_hand = -(logp[0, 1, 3] + logp[0, 2, 1] + logp[1, 0, 2])
    ce = build("cross_entropy")
    assert torch.allclose(token_mean(ce, logits, labels), by_hand / 3)
    parts = sum(token_mean(ce, logits[i : i + 1], labels[i : i + 1], 3) for i in range(2))
    assert torch.allclose(parts, by_hand / 3)


def policy():
    return Transformer(Shape(VOCABULARY, layers=1, channels=16, heads=2, inner=32, context=16), 0)


def trained(trl, tmp_path, loss):
    """The losses of six Adam steps by TRL on two rows, and what they started from."""
    datasets = pytest.importorskip("datasets")
    rows = taught([0, 9], ANSWERS)
    data = datasets.Dataset.from_dict(
        {
            "input_ids": rows.ids.tolist(),
            "labels": torch.where(rows.mask > 0, rows.ids, IGNORED).tolist(),
        }
    )
    start = policy()
    args = trl.SFTConfig(
        output_dir=str(tmp_path), max_steps=6, per_device_train_batch_size=2, learning_rate=1e-2, report_to=[],
        lr_scheduler_type="constant", warmup_steps=0, optim="adamw_torch", adam_beta2=0.999, weight_decay=0.0,
        max_grad_norm=1.0, bf16=False, use_cpu=True, save_strategy="no", disable_tqdm=True, logging_steps=1,
        gradient_checkpointing=False, dataset_kwargs={"skip_prepare_dataset": True},
    )  # fmt: skip
    tokenizer = small_tokenizer()
    trainer = trainer_class()(
        model=as_llama(start), args=args, train_dataset=data, processing_class=tokenizer, loss=loss
    )
    trainer.train()
    return [h["loss"] for h in trainer.state.log_history if "loss" in h], start, rows


def small_tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    words = tokenizers.models.WordLevel({f"<{i}>": i for i in range(VOCABULARY)}, unk_token="<0>")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(words), pad_token="<0>", eos_token="<1>", unk_token="<0>"
    )


@pytest.fixture(scope="module")
def trl():
    return pytest.importorskip("trl")


@pytest.mark.parametrize("loss", ["cross_entropy", "curiosft:every=2"])
def test_trl_takes_the_steps_that_our_loop_takes(trl, tmp_path, loss):
    """Same model, data, loss and optimiser: the same losses, step by step, teacher included."""
    found, start, rows = trained(trl, tmp_path, loss)
    ours = fit(start, build(loss), lambda step: rows, steps=6, lr=1e-2)
    assert found == pytest.approx(ours, abs=1e-5)


def test_two_losses_are_refused(trl):
    with pytest.raises(UsageError, match="compute_loss_func"):
        trainer_class()(compute_loss_func=lambda *a: None)
