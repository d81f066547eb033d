"""Fully measured reaction spaces as look-up environments (Iron Mind, arXiv:2509.00103).

`reaction_space("buchwald-hartwig")` opens a compact copy that comes with Leadline: the grid of one objective, made
from the tables of gomesgroup/olympus (MIT licence, see reaction_tables/LICENSE.txt). `read_olympus(folder)` reads
such a folder itself, with replicates and descriptors. The word None is an option like any other.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import NotFound, SourceError

Setting = tuple[int, ...]
"""One option index per parameter."""
Array = np.ndarray[Any, np.dtype[np.float64]]
TABLES = Path(__file__).parent / "reaction_tables"


class Parameter(NamedTuple):
    name: str
    options: tuple[str, ...]


class ReactionSpace(NamedTuple):
    """Every combination of options and what was measured there: NaN where nothing was."""

    name: str
    parameters: tuple[Parameter, ...]
    values: Array
    """Objective, larger is better; one axis per parameter."""
    descriptors: tuple[Array, ...] = ()
    """Per parameter [options, 10], where the source has them."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    @property
    def settings(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """All settings of the grid in row-major order: int [N, parameters]."""
        return np.stack(np.unravel_index(np.arange(self.values.size), self.shape), axis=1)

    def measured(self) -> Array:
        flat = self.values.ravel()
        return flat[~np.isnan(flat)]

    def part(self, axis: int, options: Sequence[int]) -> ReactionSpace:
        """The same space with only some options of one parameter."""
        kept = list(options)
        parameter = self.parameters[axis]
        fewer = Parameter(parameter.name, tuple(parameter.options[k] for k in kept))
        return self._replace(
            parameters=(*self.parameters[:axis], fewer, *self.parameters[axis + 1 :]),
            values=self.values.take(kept, axis),
        )

    def renamed(self, rng: np.random.Generator) -> ReactionSpace:
        """The same space with the names of each parameter's options dealt out anew: whoever knows chemistry by name
        knows nothing here. The control for what a model has read."""
        shuffled = (Parameter(p.name, tuple(rng.permutation(p.options).tolist())) for p in self.parameters)
        return self._replace(parameters=tuple(shuffled), descriptors=())


def weighted_selectivity(desired: float, undesired: float) -> float:
    """desired^2 / (desired + undesired); 0 when both are 0. The scalar of the two-objective set.

    >>> round(weighted_selectivity(78.8, 1.04), 3)
    77.774
    """
    total = desired + undesired
    return desired**2 / total if total else 0.0


def reaction_space(name: str) -> ReactionSpace:
    """One of the spaces that come with Leadline."""
    path = TABLES / f"{name}.json"
    if not path.is_file():
        raise NotFound("reaction space", name, spaces())
    table = json.loads(path.read_text("utf-8"))
    parameters = tuple(Parameter(n, tuple(options)) for n, options in table["parameters"])
    values = np.array([np.nan if v is None else v for v in table["values"]])
    return ReactionSpace(name, parameters, values.reshape([len(p.options) for p in parameters]))


def spaces() -> list[str]:
    return sorted(path.stem for path in TABLES.glob("*.json"))


def read_olympus(folder: Path) -> ReactionSpace:
    """A dataset folder of Olympus: config.json and a data.csv without header. Replicates: the lowest value counts,
    as in the paper's main figures. Two measurements: `weighted_selectivity` of each replicate."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        given = config["parameters"]
        parameters = tuple(Parameter(p["name"], tuple(map(str, p["options"]))) for p in given)
        places = [{option: k for k, option in enumerate(p.options)} for p in parameters]
        values = np.full([len(p.options) for p in parameters], np.nan)
        with (folder / "data.csv").open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.reader(file), 1):
                setting, value = _row(row, places, folder, number)
                values[setting] = np.fmin(values[setting], value)
    except OSError as error:
        raise SourceError(f"Cannot read {folder}: {error.strerror}.") from error
    except (KeyError, json.JSONDecodeError) as error:
        raise SourceError(f"{folder}/config.json has not the form of an Olympus dataset: {error}.") from error
    descriptors = tuple(np.array(p["descriptors"], float) for p in given if p.get("descriptors"))
    return ReactionSpace(
        folder.name, parameters, values, descriptors if len(descriptors) == len(given) else ()
    )


def _row(row: list[str], places: list[dict[str, int]], folder: Path, number: int) -> tuple[Setting, float]:
    where = f"{folder}/data.csv, row {number}"
    n = len(places)
    if len(row) not in (n + 1, n + 2):
        raise SourceError(f"{where}: {len(row)} columns instead of {n} parameters and 1 or 2 measurements.")
    unknown = [text for text, known in zip(row, places, strict=False) if text not in known]
    if unknown:
        raise SourceError(f"{where}: {unknown[0]!r} is not an option in config.json.")
    try:
        measured = [float(x) for x in row[n:]]
    except ValueError as error:
        raise SourceError(f"{where}: {error}.") from error
    value = measured[0] if len(measured) == 1 else weighted_selectivity(measured[0], measured[1])
    return tuple(known[text] for text, known in zip(row, places, strict=False)), value


class Reactions:
    """A campaign: each step is one experiment and costs one call. Reward: the objective divided by the best of the
    space; an experiment that was never measured gives an error and still costs. It ends after `horizon` steps."""

    def __init__(self, space: ReactionSpace, horizon: int = 20) -> None:
        self.space, self.horizon = space, horizon
        self.done: list[Setting] = []
        self.tools: Sequence[Tool] = (
            Tool(
                "experiment",
                "Run one experiment: an option for every parameter.",
                {
                    "type": "object",
                    "properties": {
                        p.name: {"type": "string", "enum": list(p.options)} for p in space.parameters
                    },
                    "required": [p.name for p in space.parameters],
                },
            ),
        )

    def reset(self, seed: int = 0) -> Observation:
        self.done = []
        return Observation(f"{self.space.values.size} possible experiments, {self.horizon} to run.")

    def step(self, action: Action) -> Observation:
        try:
            setting = tuple(p.options.index(str(action.arguments[p.name])) for p in self.space.parameters)
        except (KeyError, ValueError) as error:
            return Observation("", error=f"Not a setting of this space: {error}.")
        if len(self.done) >= self.horizon:
            return Observation("", error="No experiments are left.", done=True)
        self.done.append(setting)
        value, ended = float(self.space.values[setting]), len(self.done) >= self.horizon
        if np.isnan(value):
            return Observation("", done=ended, error="This experiment was never measured.", cost={"calls": 1})
        best = float(np.nanmax(self.space.values))
        return Observation(f"{value:.2f}", value, value / best if best else 0.0, ended, cost={"calls": 1})

    def legal_actions(self) -> list[Action]:
        """Every setting not tried yet, in grid order; empty at the end. Large: up to some thousand."""
        if len(self.done) >= self.horizon:
            return []
        tried = set(self.done)
        return [
            Action(
                "experiment", {p.name: p.options[k] for p, k in zip(self.space.parameters, s, strict=True)}
            )
            for s in map(tuple, self.space.settings.tolist())
            if s not in tried
        ]

    def state_id(self) -> str:
        return json.dumps(sorted(self.done))

    def snapshot(self) -> tuple[Setting, ...]:
        return tuple(self.done)

    def restore(self, snapshot: tuple[Setting, ...]) -> None:
        self.done = list(snapshot)
