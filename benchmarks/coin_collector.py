"""TextWorld's Coin Collector: an archive with a rule of thumb against random restarts (arXiv:2405.15143).

python -m benchmarks.coin_collector [--games FOLDER] [--n 25]

Level 220 as in the paper: 60 rooms, shortest way 20 moves, 25 moves a life, 125 new actions in all, one after each
return (extra `textworld`). FOLDER holds games as .json; without it n games are generated here. The rule: take the coin
if it is there, else an untried direction, the one back last. Random restarts get 125 actions as well (5 lives), or as
many lives as the archive spent moves, returns included.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.environments.adapters.textworld import TextWorld
from leadline.explore.archive import ExploreConfig, Found, GoExplore
from leadline.explore.cells import Cell
from leadline.explore.judges import RuleOfThumb

ACTIONS, LIFE = 125, 25
BACK = {"north": "south", "south": "north", "east": "west", "west": "east"}


def make_game(path: Path, seed: int, level: int = 220) -> Path:
    """One generated game, as a .json file."""
    import textworld
    from textworld.challenges.tw_coin_collector.coin_collector import make

    options = textworld.GameOptions()
    options.seeds = seed
    make({"level": level}, options).save(str(path))
    return path


def by_rule(env: TextWorld) -> Found:
    """Go-Explore with the rule as its judge. A cell's commands are asked of the environment once."""
    commands: dict[str, list[str]] = {}

    def rank(cell: Cell, action: int) -> float:
        if cell.id not in commands:  # the environment stands in `cell` when an action is chosen
            commands[cell.id] = [a.arguments["command"] for a in env.legal_actions()]
        said = commands[cell.id][action]
        came = cell.snapshot[-1].split()[-1] if cell.snapshot else ""
        return 2.0 if said.startswith("take") else float(said.split()[-1] != BACK.get(came))

    env.replayed = 0
    return GoExplore(lambda: env, RuleOfThumb(rank), ExploreConfig(ACTIONS, max_actions=1)).run()


def by_chance(env: TextWorld, moves: int, rng: np.random.Generator) -> bool:
    """Random lives until `moves` moves are spent."""
    for _ in range(moves // LIFE):
        env.reset()
        while actions := env.legal_actions():
            if env.step(actions[int(rng.integers(len(actions)))]).reward == 1.0:
                return True
    return False


def games(folder: Path | None, n: int) -> Iterator[Path]:
    if folder is not None:
        yield from sorted(folder.glob("*.json"))[:n]
        return
    with tempfile.TemporaryDirectory() as made:
        for seed in range(n):
            yield make_game(Path(made) / f"coin-{seed}.json", seed)


def play(paths: Iterator[Path]) -> list[dict[str, Any]]:
    rows = []
    for number, path in enumerate(paths):
        env = TextWorld(path, verbs=("go", "take"), max_moves=LIFE)
        found = by_rule(env)
        moves = found.operations + found.replayed
        chance = [by_chance(env, m, np.random.default_rng(number)) for m in (ACTIONS, moves)]
        rows.append({
            "game": path.stem, "won": found.solved, "actions": found.operations, "moves": moves,
            "chance": chance[0], "chance_moves": chance[1],
        })  # fmt: skip
    return rows


def wins(rows: Sequence[dict[str, Any]], key: str) -> str:
    return f"{sum(r[key] for r in rows)} of {len(rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=Path)
    parser.add_argument("--n", type=int, default=25)
    asked = parser.parse_args()
    if find_spec("textworld") is None:
        print("TextWorld is not installed: pip install 'leadline[textworld]'.")
        raise SystemExit(2)
    rows = play(games(asked.games, asked.n))
    actions = [r["actions"] for r in rows if r["won"]]
    summary = [
        ["archive, rule of thumb", wins(rows, "won"), float(np.mean(actions)), max(actions)],
        [f"random restarts, {ACTIONS} actions", wins(rows, "chance"), ACTIONS, ACTIONS],
        ["random restarts, as many moves as the archive", wins(rows, "chance_moves"), "-", "-"],
    ]
    source = "the released games" if asked.games else "games generated here, seeds 0 and up"
    text = f"Coin Collector, level 220, {source}.\n\n" + table(
        ["search", "won", "mean new actions when won", "most"], summary
    )
    record("coin_collector", "TextWorld: Coin Collector", text, {"rows": rows})


if __name__ == "__main__":
    main()
