"""Proposers: chance, one factor at a time, Gaussian-process BO, prior knowledge, a language model (2509.00103)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from leadline.chances import softmax
from leadline.environments.reactions import ReactionSpace, Setting
from leadline.errors import need
from leadline.explore.botorch_peer import BoTorch
from leadline.explore.campaign import Proposer, Trial
from leadline.explore.gaussian import ACQUISITIONS, Posterior, hamming_kernel, posterior
from leadline.explore.grid import Grid, one_hot
from leadline.models.base import ChatModel, Message

Array = np.ndarray[Any, Any]


class RandomProposer:
    """Uniform over the grid, without repeating itself."""

    name = "random"

    def __init__(self, space: ReactionSpace, seed: int = 0) -> None:
        self.grid = Grid(space, (seed, 31))

    def propose(self, history: Sequence[Trial]) -> Setting:
        return self.grid.random(len(history))


class OneFactor:
    """One factor at a time: from a random start, all levels of one parameter, then keep the best and take the next."""

    name = "one-factor"

    def __init__(self, space: ReactionSpace, seed: int = 0) -> None:
        rng = np.random.default_rng((seed, 32))
        self.shape = space.shape
        self.start: Setting = tuple(rng.integers(space.shape).tolist())
        self.order = rng.permutation(len(space.shape)).tolist()

    def propose(self, history: Sequence[Trial]) -> Setting:
        if not history:
            return self.start
        tried = {t.setting for t in history}
        valid = [t for t in history if not np.isnan(t.value)]
        centre = max(valid, key=lambda t: t.value).setting if valid else self.start
        for axis in self.order:
            for level in range(self.shape[axis]):
                setting = (*centre[:axis], level, *centre[axis + 1 :])
                if setting not in tried:
                    return setting
        return centre


class GaussianProcess:
    """BO over the whole grid: first a random setting, then the best acquisition among those not tried.

    Defaults of the specification: kernel exp(-Hamming / 1.5), noise variance .01 on standardised values, xi .01.
    `features` (one row per setting of the grid) replaces one-hot by descriptors with an RBF kernel.
    """

    def __init__(
        self, space: ReactionSpace, acquisition: Literal["ei", "pi", "ucb"] = "ei", seed: int = 0,
        *, features: Array | None = None, noise: float = 0.01,
    ) -> None:  # fmt: skip
        self.name = f"gp-{acquisition}" + ("" if features is None else "-descriptors")
        self.acquire, self.noise = ACQUISITIONS[acquisition], noise
        self.grid, self.features = Grid(space, (seed, 33)), features

    def propose(self, history: Sequence[Trial]) -> Setting:
        valid = [t for t in history if not np.isnan(t.value)]
        if not valid:
            return self.grid.random(len(history))
        y = np.array([t.value for t in valid])
        scale = y.std() or 1.0
        p = self.predict([t.setting for t in valid], (y - y.mean()) / scale)
        return self.grid.best(self.acquire(p, float((y.max() - y.mean()) / scale)), history)

    def predict(self, settings: Sequence[Setting], y: Array) -> Posterior:
        """Posterior over the whole grid given standardised values y."""
        rows = self.grid.places(settings)
        cross = self._kernel(rows)
        return posterior(cross[rows], cross, np.ones(len(cross)), y, self.noise)

    def _kernel(self, rows: Array) -> Array:
        if self.features is None:
            return hamming_kernel(self.grid.settings, self.grid.settings[rows])
        distance = ((self.features[:, None] - self.features[None, rows]) ** 2).mean(-1)
        return np.asarray(np.exp(-distance / 1.5))


class ForestEI:
    """Expected improvement under a random forest (extra `lab`): mean and spread of its trees instead of a GP's."""

    name = "forest-ei"

    def __init__(self, space: ReactionSpace, seed: int = 0, *, trees: int = 30) -> None:
        self.grid, self.seed, self.trees = Grid(space, (seed, 37)), seed, trees
        self.one_hot = one_hot(self.grid.settings, space.shape, np.float32)

    def propose(self, history: Sequence[Trial]) -> Setting:
        valid = [t for t in history if not np.isnan(t.value)]
        if len(valid) < 2:
            return self.grid.random(len(history))
        ensemble = need("sklearn.ensemble", "lab", "Proposals by a random forest")
        y = np.array([t.value for t in valid])
        forest = ensemble.RandomForestRegressor(self.trees, random_state=self.seed + len(history))
        forest.fit(self.one_hot[self.grid.places([t.setting for t in valid])], y)
        votes = np.stack([tree.predict(self.one_hot) for tree in forest.estimators_])
        scale = y.std() or 1.0
        p = Posterior((votes.mean(0) - y.mean()) / scale, votes.std(0) / scale)
        return self.grid.best(ACQUISITIONS["ei"](p, float((y.max() - y.mean()) / scale)), history)


class PriorKnowledge:
    """What a chemist (or a pre-trained model) might bring: additive effects of options, learned elsewhere.

    Proposals are drawn from softmax(mean / tau) over the settings not tried; mean = prior + the GP's correction of
    its residuals; tau 0 takes the maximum. `effects[axis][option]` in units of the objective.
    """

    def __init__(
        self, space: ReactionSpace, base: float, effects: Sequence[Array], seed: int = 0,
        *, tau: float = 8.0, name: str = "prior",
    ) -> None:  # fmt: skip
        self.name, self.tau = name, tau
        self.rng = np.random.default_rng((seed, 34))
        self.gp = GaussianProcess(space, seed=seed)
        self.grid = self.gp.grid
        columns = zip(effects, self.grid.settings.T, strict=True)
        self.prior = base + sum(effect[column] for effect, column in columns)

    def propose(self, history: Sequence[Trial]) -> Setting:
        valid = [t for t in history if not np.isnan(t.value)]
        mean = np.array(self.prior, float)
        if valid:
            rows = self.grid.places([t.setting for t in valid])
            residual = np.array([t.value for t in valid]) - self.prior[rows]
            scale = float(np.sqrt((residual**2).mean())) or 1.0
            mean += scale * self.gp.predict([t.setting for t in valid], residual / scale).mean
        if history:
            mean[self.grid.places([t.setting for t in history])] = -np.inf
        if self.tau == 0:
            return self.grid.setting(int(np.argmax(mean)))
        return self.grid.setting(int(self.rng.choice(len(mean), p=softmax(mean, self.tau))))


def additive_effects(space: ReactionSpace, ridge: float = 1.0) -> tuple[float, list[Array]]:
    """Mean and one effect per option, by ridge regression on all measured settings: what can be known beforehand
    from another part of a space."""
    known = ~np.isnan(space.values.ravel())
    settings, y = space.settings[known], space.values.ravel()[known]
    x = one_hot(settings, space.shape)
    w = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ (y - y.mean()))
    return float(y.mean()), np.split(w, np.cumsum(space.shape)[:-1])


class ModelProposer:
    """A language model that reads the space and the history as text and answers with one option per parameter.
    An unusable answer becomes an invalid proposal: spent and counted, never replaced by a good one."""

    def __init__(self, space: ReactionSpace, model: ChatModel, task: str = "", seed: int = 0) -> None:
        self.name, self.space, self.model, self.seed = f"model:{model.name}", space, model, seed
        self.task = task or "Find the reaction conditions with the highest value of the objective."
        properties = {p.name: {"type": "string", "enum": list(p.options)} for p in space.parameters}
        self.schema = {"type": "object", "properties": properties, "required": list(properties)}

    def propose(self, history: Sequence[Trial]) -> Setting:
        messages = [
            Message("system", f"You plan experiments. {self.task}"),
            Message("user", self.prompt(history)),
        ]
        reply = self.model.chat(messages, schema=self.schema, temperature=0.7, seed=self.seed + len(history))
        try:
            answer = json.loads(reply.text)
            return tuple(p.options.index(str(answer[p.name])) for p in self.space.parameters)
        except (ValueError, KeyError, TypeError):
            return ()

    def prompt(self, history: Sequence[Trial]) -> str:
        lines = ["Options:", *(f"- {p.name}: {', '.join(p.options)}" for p in self.space.parameters)]
        lines += [f"{len(history)} experiments so far:" if history else "No experiment so far."]
        for n, trial in enumerate(history, 1):
            named = [p.options[k] for p, k in zip(self.space.parameters, trial.setting, strict=False)]
            value = "not possible" if np.isnan(trial.value) else f"{trial.value:.2f}"
            lines.append(f"{n}. {' | '.join(named)} -> {value}")
        return "\n".join(
            [*lines, "Answer with JSON: one option for every parameter. Do not repeat an experiment."]
        )


PROPOSERS: dict[str, Callable[[ReactionSpace, int], Proposer]] = {
    "random": RandomProposer,
    "one-factor": OneFactor,
    "gp-ei": lambda space, seed: GaussianProcess(space, "ei", seed),
    "gp-ucb": lambda space, seed: GaussianProcess(space, "ucb", seed),
    "gp-pi": lambda space, seed: GaussianProcess(space, "pi", seed),
    "forest-ei": ForestEI,
    "botorch-ei": BoTorch,
    "botorch-ucb": lambda space, seed: BoTorch(space, seed, acquisition="ucb"),
}
