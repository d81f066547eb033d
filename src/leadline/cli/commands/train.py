"""Train a small policy in an environment with any composition of objectives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

AT_LEAST_1, AT_LEAST_0 = click.IntRange(min=1), click.IntRange(min=0)


@click.command()
@click.option(
    "--env",
    default="countdown",
    show_default=True,
    help="Training environment, e.g. countdown:n=4, or your own file mine.py; `--list` shows them.",
)
@click.option(
    "--objective",
    default="grpo",
    show_default=True,
    help="base+method:setting=value+..., e.g. grpo+dars; your own file is a method too: grpo+mine.py.",
)
@click.option(
    "--policy", default="tiny", show_default=True, help="A size, micro the smallest; `--list` shows them."
)
@click.option(
    "--steps", type=AT_LEAST_0, default=100, show_default=True, help="RL steps in all, resumed ones included."
)
@click.option("--prompts", type=AT_LEAST_1, default=32, show_default=True, help="Prompts per step.")
@click.option("--rollouts", type=AT_LEAST_1, default=8, show_default=True, help="Rollouts per prompt.")
@click.option(
    "--warmup-steps",
    type=AT_LEAST_0,
    default=300,
    show_default=True,
    help="Supervised steps before the first.",
)
@click.option(
    "--warmup-noise", type=float, default=0.0, show_default=True, help="Share of wrong demonstrations."
)
@click.option("--lr", type=float, default=3e-4, show_default=True, help="Learning rate of the RL steps.")
@click.option(
    "--eval-every", type=AT_LEAST_1, default=20, show_default=True, help="Steps between evaluations."
)
@click.option(
    "--eval-prompts", type=AT_LEAST_1, default=64, show_default=True, help="Held-out tasks, 16 samples each."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--threads", type=AT_LEAST_1, default=1, show_default=True, help="Torch threads; results depend on it."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Default: results/train/ENV-OBJECTIVE-SEED."
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
@click.option("--list", "listed", is_flag=True, help="List environments, objectives and policies.")
@click.option("--json", "as_json", is_flag=True, help="Print every step as a JSON line.")
def command(
    env: str, objective: str, policy: str, steps: int, prompts: int, rollouts: int, warmup_steps: int,
    warmup_noise: float, lr: float, eval_every: int, eval_prompts: int, seed: int, threads: int, out: Path | None,
    resume: bool, listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Train a policy from scratch: supervised warm-up, then RL steps of the composed objective. Writes
    metrics.jsonl, metrics.svg and checkpoint.pt; a run that was stopped (Ctrl-C) or killed goes on with --resume,
    bit for bit. The first run on a computer compiles for about a minute.
    """
    from leadline.cli.asking import Signals
    from leadline.errors import need

    need("torch", "train", "Training")
    if listed:
        catalogue(as_json)
        return
    from leadline.train.settings import Settings
    from leadline.train.trainer import Trainer

    settings = Settings(
        env=env, objective=objective, policy=policy, steps=steps, prompts=prompts, n=rollouts, lr=lr,
        warmup_steps=warmup_steps, warmup_noise=warmup_noise, eval_every=eval_every, eval_prompts=eval_prompts,
        seed=seed, threads=threads,
    )  # fmt: skip
    folder = out or Path("results/train") / re.sub(r"[^\w.+=,-]+", "-", f"{env}-{objective}-{seed}")
    trainer = Trainer(settings, folder)
    begin(trainer, folder, resume)
    with Signals() as signals:
        follow(trainer, signals, as_json)
    finish(trainer, folder, as_json)
    if note := what_to_know(trainer):
        click.echo(f"leadline: {note}", err=True)
    raise SystemExit(signals.exit_code)


def begin(trainer: Any, folder: Path, resume: bool) -> None:
    """Take up the checkpoint, or refuse to overwrite one."""
    from leadline.errors import NotFound, UsageError
    from leadline.files import DISK

    DISK.probe(folder)
    checkpoint = folder / "checkpoint.pt"
    if resume and not checkpoint.exists():
        raise NotFound("checkpoint", str(checkpoint))
    if resume:
        trainer.resume(checkpoint)
    elif checkpoint.exists():
        raise UsageError(f"{checkpoint} exists.", remedy="Go on with --resume, or choose another --out.")
    else:
        (folder / "metrics.jsonl").unlink(missing_ok=True)


def follow(trainer: Any, signals: Any, as_json: bool) -> None:
    """The run, with a bar; the first Ctrl-C ends it after the step under way."""
    import msgspec

    from leadline.cli.progress import bar, compiling_said

    def listen(record: dict[str, Any]) -> None:
        if as_json:
            click.echo(msgspec.json.encode(record).decode())

    try:
        with bar("training", quiet=as_json) as progress, compiling_said():
            trainer.run(signals.heard(listen), progress=progress, stop=lambda: signals.exit_code)
    except KeyboardInterrupt:
        if not trainer.records:
            click.echo("Before the first step: there is nothing to go on from.", err=True)
        raise


def what_to_know(trainer: Any) -> str:
    """Where the run stopped early, was over before it began, or had nothing to learn from."""
    steps, done = trainer.settings.steps, trainer.done
    learned = [r for r in trainer.records if r["step"]]
    if done < steps:
        return f"stopped after step {done} of {steps}. The same command with --resume goes on from there."
    if not learned and done and steps:
        return f"the checkpoint is at step {done} already: --steps counts from the beginning, and is {steps}."
    if learned and not any(r.get("grad_norm") for r in learned):
        wrong = max(r["correct"] for r in learned) == 0
        cure = (
            "warm up longer (--warmup-steps), or take an easier --env or a larger --policy"
            if wrong
            else ("raise --rollouts, or take harder tasks")
        )
        which = "no answer was right" if wrong else "every prompt's answers got equal rewards"
        return f"nothing was learned, for in all {len(learned)} steps {which}: {cure}."
    return ""


def finish(trainer: Any, folder: Path, as_json: bool) -> None:
    """The plot, and for people a table of the evaluations."""
    from leadline.cli.output import print_table
    from leadline.train import metrics

    lines = metrics.read_lines(folder / "metrics.jsonl")
    metrics.plot(folder / "metrics.svg", lines, f"{trainer.settings.env}, {trainer.hooks.name}")
    if as_json:
        return
    evaluated = [r for r in lines if "pass_1" in r]
    k = evaluated[-1]["k"] if evaluated else 0
    print_table(
        ["step", "pass@1 (95 %)", f"pass@{k}", "rollouts", "tokens", "GFLOP"],
        [
            [r["step"], f"{r['pass_1']:.3f} +-{r['pass_1_half']:.3f}", f"{r['pass_k']:.3f}", r.get("rollouts", 0),
             r.get("tokens", 0), f"{r.get('flops', 0) / 1e9:.1f}"]
            for r in evaluated
        ],
    )  # fmt: skip
    click.echo(f"{folder}/metrics.jsonl, {folder}/metrics.svg, {folder}/checkpoint.pt")


def catalogue(as_json: bool) -> None:
    """What can be named, in a line each, with its settings."""
    from leadline.cli.output import print_json, print_table
    from leadline.train import objectives, worlds
    from leadline.train.policies.sized import SIZES

    found = {
        "environments": worlds.about(), "objectives": objectives.about(),
        "policies": {name: {"what": "a transformer", "settings": size} for name, size in SIZES.items()},
    }  # fmt: skip
    if as_json:
        print_json(found)
        return
    for kind, members in found.items():
        rows = [[name, m["what"], in_words(m["settings"])] for name, m in members.items()]
        print_table([kind, "what it is", "settings"], rows)


def in_words(settings: dict[str, Any]) -> str:
    """`name=default` each; where there is none, the name alone."""
    return ", ".join(key if value is None else f"{key}={value}".lower() for key, value in settings.items())
