"""One full GRPO step (sample, score, update) of ours against TRL's GRPOTrainer: same weights, sizes and lengths.

64 prompts x 8 rollouts, about 1 M parameters, 24 new tokens, one optimizer step per batch, AdamW; seconds per step are
medians over steps after a first one that warms up. Also the share of the measured matrix-multiply peak of the machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import pairwise
from typing import Any

from benchmarks.record import record, table

PROMPTS, ROLLOUTS, NEW, PROMPT_LENGTH = 64, 8, 24, 12


def policy() -> Any:
    from leadline.train.policies.transformer import Shape, Transformer

    return Transformer(Shape(40, layers=4, channels=144, heads=4, inner=400), seed=0)


def batch() -> list[list[int]]:
    import torch

    rng = torch.Generator().manual_seed(0)
    return torch.randint(2, 40, (PROMPTS, PROMPT_LENGTH), generator=rng).tolist()


def ours(steps: int) -> tuple[list[float], float]:
    """Seconds of each step, and its floating-point operations (a multiply-add counted twice)."""
    import torch

    from leadline.explore.decoding import Shape as CostShape
    from leadline.train.compute import sampling_flops, training_flops
    from leadline.train.hooks import token_advantages
    from leadline.train.objectives import build
    from leadline.train.policies.generate import generate
    from leadline.train.rows import Rows
    from leadline.train.trainer import adamw
    from leadline.train.update import update

    model, hooks, seconds = policy(), build("grpo"), []
    optimizer, rng = adamw(model, 1e-4), torch.Generator().manual_seed(1)
    prompts = [p for p in batch() for _ in range(ROLLOUTS)]
    group = torch.arange(PROMPTS).repeat_interleave(ROLLOUTS)
    for _ in range(steps + 1):
        began = time.perf_counter()
        made = generate(model, prompts, NEW, rng, stop=())
        ids = torch.cat([torch.tensor(prompts), made.ids], 1)
        mask = torch.cat([torch.zeros(len(prompts), PROMPT_LENGTH), made.mask], 1)
        reward = (made.ids % 2 == 0).float().mean(1)
        rows = Rows(
            group, ids, mask, reward, reward > 0.5
        )  # one step per batch: the ratio is 1, no old forward
        update(rows, model, optimizer, hooks, token_advantages(rows, hooks, {}), rng, micro_rows=128)
        seconds.append(time.perf_counter() - began)
    shape, tokens = model.shape, len(prompts) * NEW
    size = CostShape(shape.channels, shape.layers, shape.inner, shape.channels, shape.vocabulary)
    operations = 2 * (
        sampling_flops(size, tokens, NEW) + training_flops(size, tokens + PROMPT_LENGTH * 512, NEW)
    )
    return seconds[1:], operations


def theirs(steps: int) -> list[float]:
    """TRL with the same weights; its rewards see token text, its data set the same prompts."""
    import trl
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, TrainerCallback

    from leadline.train.policies.transformer import as_llama

    words = Tokenizer(
        models.WordLevel({"<pad>": 0, "<end>": 1, **{f"t{i}": i for i in range(2, 40)}}, "<pad>")
    )
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")
    stamps: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *args: Any, **more: Any) -> None:
            stamps.append(time.perf_counter())

    def even(completions: list[str], **columns: Any) -> list[float]:
        found = [[int(w[1:]) % 2 == 0 for w in text.split() if w.startswith("t")] for text in completions]
        return [sum(f) / max(1, len(f)) for f in found]

    with tempfile.TemporaryDirectory() as folder:
        config = trl.GRPOConfig(
            output_dir=folder, per_device_train_batch_size=128, gradient_accumulation_steps=4, num_generations=ROLLOUTS,
            steps_per_generation=4, max_completion_length=NEW, max_steps=steps + 1, learning_rate=1e-4, report_to=[],
            use_cpu=True, bf16=False, save_strategy="no", logging_strategy="no", disable_tqdm=True, beta=0.0,
            gradient_checkpointing=False, generation_kwargs={"min_new_tokens": NEW},
        )  # fmt: skip
        data = Dataset.from_dict({"prompt": [" ".join(f"t{i}" for i in p) for p in batch()]})
        trainer = trl.GRPOTrainer(
            model=as_llama(policy()), reward_funcs=[even], args=config, processing_class=tokenizer,
            train_dataset=data, callbacks=[Clock()],
        )  # fmt: skip
        trainer.train()
    return [b - a for a, b in pairwise(stamps)]


def peak() -> float:
    """Operations per second of a 1024 x 1024 float32 product, the best of five."""
    import torch

    a = torch.randn(1024, 1024)
    best = 0.0
    for _ in range(5):
        began = time.perf_counter()
        a @ a
        best = max(best, 2 * 1024**3 / (time.perf_counter() - began))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3)
    options = parser.parse_args()
    import torch

    rows = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        top = peak()
        mine, operations = ours(options.steps)
        other = theirs(options.steps)
        mine += ours(options.steps)[0]
        a, b = statistics.median(mine), statistics.median(other)
        rows.append({
            "threads": threads, "ours s": a, "TRL s": b, "ratio": b / a, "ours min": min(mine), "ours max": max(mine),
            "TRL min": min(other), "TRL max": max(other), "share of peak": operations / a / top,
        })  # fmt: skip
    text = (
        f"{PROMPTS} prompts x {ROLLOUTS}, {policy().n_parameters:,} parameters, {NEW} new tokens; seconds per step, "
        f"{options.steps} steps of TRL between two runs of as many of ours. Goal: 3x.\n\n"
        + table(list(rows[0]), [list(row.values()) for row in rows])
    )
    record("grpo_step", "A full GRPO step against TRL's GRPOTrainer", text, {"rows": rows})


if __name__ == "__main__":
    main()
