"""Train a small policy in an environment with any composition of objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--env", default="countdown", show_default=True, help="Training environment; `--list` shows them."
)
@click.option(
    "--objective", default="grpo", show_default=True, help="base+method:setting=value+..., e.g. grpo+dars."
)
@click.option("--policy", default="tiny", show_default=True, help="micro, tiny or small.")
@click.option(
    "--steps", type=int, default=100, show_default=True, help="RL steps in all, resumed ones included."
)
@click.option("--prompts", type=int, default=32, show_default=True, help="Prompts per step.")
@click.option("--rollouts", type=int, default=8, show_default=True, help="Rollouts per prompt.")
@click.option(
    "--warmup-steps", type=int, default=300, show_default=True, help="Supervised steps before the first."
)
@click.option(
    "--warmup-noise", type=float, default=0.0, show_default=True, help="Share of wrong demonstrations."
)
@click.option("--lr", type=float, default=3e-4, show_default=True)
@click.option("--eval-every", type=int, default=20, show_default=True, help="Steps between evaluations.")
@click.option(
    "--eval-prompts", type=int, default=64, show_default=True, help="Held-out tasks, 16 samples each."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--threads", type=int, default=1, show_default=True, help="Torch threads; results depend on it."
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
    metrics.jsonl, metrics.svg and checkpoint.pt; a killed run goes on with --resume, bit for bit.
    """
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
    folder = out or Path("results/train") / f"{env}-{objective.replace(':', '-')}-{seed}"
    trainer = Trainer(settings, folder)
    begin(trainer, folder, resume)
    records = follow(trainer, steps, as_json)
    finish(trainer, folder, records, as_json)


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


def follow(trainer: Any, steps: int, as_json: bool) -> list[dict[str, Any]]:
    import msgspec

    from leadline.cli.progress import bar

    with bar("training", quiet=as_json) as progress:

        def listen(record: dict[str, Any]) -> None:
            if as_json:
                click.echo(msgspec.json.encode(record).decode())
            progress(record["step"], steps)

        found: list[dict[str, Any]] = trainer.run(listen)
        return found


def finish(trainer: Any, folder: Path, records: list[dict[str, Any]], as_json: bool) -> None:
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
            [r["step"], f"{r['pass_1']:.3f} +-{r['pass_1_half']:.3f}", r["pass_k"], r.get("rollouts", 0),
             r.get("tokens", 0), f"{r.get('flops', 0) / 1e9:.1f}"]
            for r in evaluated
        ],
    )  # fmt: skip
    click.echo(f"{folder}/metrics.jsonl, {folder}/metrics.svg, {folder}/checkpoint.pt")


def catalogue(as_json: bool) -> None:
    from leadline.cli.output import print_json, print_table
    from leadline.train import objectives, worlds
    from leadline.train.trainer import SIZES

    found = {"environments": worlds.names(), "objectives": objectives.names(), "policies": list(SIZES)}
    if as_json:
        print_json(found)
    else:
        print_table(["kind", "names"], [[kind, ", ".join(names)] for kind, names in found.items()])
