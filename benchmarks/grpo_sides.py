"""The two sides of benchmarks/grpo_step.py: one GRPO step of Leadline's trainer and one of TRL's, timed by phase."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROMPTS, ROLLOUTS, NEW, PROMPT_LENGTH, LR = 64, 8, 24, 12, 1e-4
WARM_STEPS = 1600
SHAPE = {"layers": 4, "channels": 144, "heads": 4, "inner": 400}


class Clock:
    """Wall and processor seconds by phase; `step` closes one step."""

    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []
        self.now: dict[str, float] = {}
        self.mark = (time.perf_counter(), time.process_time())

    def step(self, **about: float) -> None:
        began, self.mark = self.mark, (time.perf_counter(), time.process_time())
        whole = {"wall": self.mark[0] - began[0], "processor": self.mark[1] - began[1]}
        self.steps.append({**whole, **self.now, **about})
        self.now = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.now[name] = self.now.get(name, 0.0) + time.perf_counter() - began

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            with self.phase(name):
                return function(*args, **more)

        return run


def policy(vocabulary: int) -> Any:
    from leadline.train.policies.transformer import Shape, Transformer

    return Transformer(Shape(vocabulary, **SHAPE), seed=0)


def trainer() -> Any:
    """Our trainer on Countdown with the 1 M policy in place of the named ones."""
    from leadline.train.policies.sized import SIZES
    from leadline.train.settings import Settings
    from leadline.train.trainer import Trainer

    SIZES["tiny"] = SHAPE
    settings = Settings(
        env="countdown", objective="grpo", prompts=PROMPTS, n=ROLLOUTS, pool=512, lr=LR, lr_warmup=1,
        warmup_steps=WARM_STEPS,
    )  # fmt: skip
    return Trainer(settings)


def warm(folder: Path) -> None:
    """Warm up once; every process starts from these weights. Those that lie in the folder are taken as they are."""
    import torch

    if not (folder / "warm.pt").exists():
        made = trainer()
        made.warm_up()
        torch.save(made.policy.state_dict(), folder / "warm.pt")


def random_prompts() -> list[list[int]]:
    import torch

    rng = torch.Generator().manual_seed(0)
    return torch.randint(2, 40, (PROMPTS, PROMPT_LENGTH), generator=rng).tolist()


def ours_countdown(steps: int, folder: Path, clock: Clock) -> None:
    import torch

    made = trainer()
    made.policy.load_state_dict(torch.load(folder / "warm.pt"))
    made.sample = clock.timed("generation", made.sample)
    made.learn = clock.timed("update", made.learn)
    for _ in range(steps + 1):
        tokens = made.total["tokens"]
        record = made.step()
        clock.step(tokens=made.total["tokens"] - tokens, dead=record["dead"])


def ours_fixed(steps: int, folder: Path, clock: Clock) -> None:
    import torch

    from leadline.train.descend import adamw
    from leadline.train.hooks import token_advantages
    from leadline.train.objectives import build
    from leadline.train.policies.generate import generate
    from leadline.train.rows import Rows
    from leadline.train.update import update

    model, hooks = policy(40), build("grpo")
    optimizer, rng = adamw(model, LR), torch.Generator().manual_seed(1)
    prompts = [p for p in random_prompts() for _ in range(ROLLOUTS)]
    group = torch.arange(PROMPTS).repeat_interleave(ROLLOUTS)
    for _ in range(steps + 1):
        with clock.phase("generation"):
            made = generate(model, prompts, NEW, rng, stop=())
        with clock.phase("update"):
            ids = torch.cat([torch.tensor(prompts), made.ids], 1)
            mask = torch.cat([torch.zeros(len(prompts), PROMPT_LENGTH), made.mask], 1)
            reward = (made.ids % 2 == 0).float().mean(1)
            rows = Rows(group, ids, mask, reward, reward > 0.5)
            update(rows, model, optimizer, hooks, token_advantages(rows, hooks, {}), rng)
        clock.step(tokens=float(made.mask.sum()), dead=0.0)


def tokenizer(symbols: list[str]) -> Any:
    """Ids as in our alphabets: 0 pads, 1 ends, then the symbols, one token each."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({s: i for i, s in enumerate(["<pad>", "<end>", *symbols])}, "<pad>"))
    words.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    words.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")


def theirs(setting: str, steps: int, folder: Path, clock: Clock) -> None:
    import torch
    import trl
    from datasets import Dataset
    from transformers import TrainerCallback

    from leadline.agents.base import Outcome
    from leadline.train.policies.transformer import as_llama

    if setting == "countdown":
        made = trainer()
        made.policy.load_state_dict(torch.load(folder / "warm.pt"))
        model, symbols = made.policy, list(made.codec.characters)
        prompts, new = [t.prompt for t in made.pool], made.world.max_new
        by_prompt = {t.prompt: t for t in made.pool}
        more: dict[str, Any] = {}
    else:
        model, symbols = policy(40), [chr(0x4E00 + i) for i in range(38)]
        prompts = ["".join(symbols[i - 2] for i in p) for p in random_prompts()]
        new, more = NEW, {"generation_kwargs": {"min_new_tokens": NEW}}
    dead: list[float] = []

    def rewards(
        prompts: list[str], completions: list[str], completion_ids: Any, **columns: Any
    ) -> list[float]:
        if setting == "countdown":
            found = [
                float(by_prompt[p].score(Outcome(c, "finished")))  # type: ignore[misc]
                for p, c in zip(prompts, completions, strict=True)
            ]
        else:
            found = [sum(i % 2 == 0 for i in row) / len(row) for row in completion_ids]
        groups = [found[i : i + ROLLOUTS] for i in range(0, len(found), ROLLOUTS)]
        dead.append(sum(len(set(g)) == 1 for g in groups) / len(groups))
        return found

    class Stamp(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *args: Any, **more: Any) -> None:
            clock.step(dead=dead[-1])

    class Timed(trl.GRPOTrainer):  # type: ignore[misc]
        _generate_single_turn = clock.timed("generation", trl.GRPOTrainer._generate_single_turn)

    config = trl.GRPOConfig(
        output_dir=str(folder / "trl"), per_device_train_batch_size=128, gradient_accumulation_steps=4,
        num_generations=ROLLOUTS, steps_per_generation=4, max_completion_length=new, max_steps=steps + 1,
        learning_rate=LR, adam_beta2=0.95, report_to=[], use_cpu=True, bf16=False, save_strategy="no",
        logging_strategy="no", disable_tqdm=True, beta=0.0, gradient_checkpointing=False, temperature=1.0, top_k=0,
        **more,
    )  # fmt: skip
    Timed(
        model=as_llama(model), reward_funcs=[rewards], args=config, processing_class=tokenizer(symbols),
        train_dataset=Dataset.from_dict({"prompt": prompts}), callbacks=[Stamp()],
    ).train()  # fmt: skip
    for step in clock.steps:
        step["update"] = step["wall"] - step["generation"]


def child(side: str, setting: str, steps: int, threads: int, folder: Path) -> None:
    """One process: run, and print the steps but the first."""
    import torch

    torch.set_num_threads(threads)
    clock = Clock()
    if side == "TRL":
        theirs(setting, steps, folder, clock)
    else:
        (ours_countdown if setting == "countdown" else ours_fixed)(steps, folder, clock)
    print("\n" + json.dumps({"steps": clock.steps[1:], "peak": peak()}))


def peak() -> float:
    """Operations per second of a 1024 x 1024 float32 product, the best of twenty."""
    import torch

    a, best = torch.randn(1024, 1024), 0.0
    for _ in range(20):
        began = time.perf_counter()
        a @ a
        best = max(best, 2 * 1024**3 / (time.perf_counter() - began))
    return best
