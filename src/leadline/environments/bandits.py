"""Multi-armed and contextual bandits of BanditBench (EVOLvE, arXiv:2410.06238), vectorised over runs.

Names of arms are ours. MovieLens may not be passed on: the contextual bandit is a synthetic ratings table of the
same form, factorised the same way; `ratings_bandit` takes the user's own.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import SourceError, UsageError

Array = np.ndarray[Any, Any]
Level = Literal["easy", "hard"]
Kind = Literal["bernoulli", "gaussian"]
GAPS: dict[str, float] = {"easy": 0.5, "hard": 0.2}
SPREADS: dict[str, float] = {"easy": 1.0, "hard": 3.0}
"""Standard deviation of the arms' means and of a reward (the paper calls it variance and uses it as this)."""

_COLOURS = "amber azure beige black blue bronze brown coral cream cyan gold green grey indigo ivory jade lime".split()
_CLOTHES = (
    "anorak apron beret blazer boots cape coat fleece gloves hoodie jacket jeans kilt parka poncho".split()
)
_STYLES = "airy bold classic cosy daring elegant formal gentle handy light".split()
_SCENES = "harbour summer orchard winter letter bridge garden island station river".split()
_JOBS = "nurse farmer teacher engineer student clerk writer doctor driver retired person".split()
_PLACES = "Alder County", "Birch County", "Cedar County", "Fir County", "Hazel County", "Maple County"


def arm_names(domain: str, k: int) -> list[str]:
    """k names: "buttons" (colours), "videos" and "ads" (A, B, ..., AA: they mean nothing), "clothes" (they mean
    something and tell nothing), "movies" (titles with years, for the contextual bandit)."""
    letters = [chr(65 + i) for i in range(26)]
    domains = {
        "buttons": [*_COLOURS, *(f"dark {c}" for c in _COLOURS)],
        **dict.fromkeys(("videos", "ads"), letters + [a + b for a in letters[:4] for b in letters]),
        "movies": [
            f"The {style.title()} {scene.title()} ({1950 + 7 * i + j})"
            for i, style in enumerate(_STYLES)
            for j, scene in enumerate(_SCENES)
        ],
        "clothes": [f"{style} {thing}" for style in _STYLES for thing in _CLOTHES],
    }
    names = domains.get(domain)
    if names is None or k > len(names):
        raise UsageError(
            f"Arm names: one of {', '.join(domains)}, at most {len(names or ())} arms, not {domain!r}, {k}."
        )
    return names[:k]


def people(n: int, rng: np.random.Generator) -> list[str]:
    """Who n users are, in words: age, gender, occupation, place. Drawn at random; no data set is behind it."""
    return [
        f"a {int(age)}-year-old {('woman', 'man')[g]}, {_JOBS[j]}, from {_PLACES[p]}"
        for age, g, j, p in zip(rng.integers(18, 80, n), rng.integers(2, size=n), rng.integers(len(_JOBS), size=n),
                                rng.integers(len(_PLACES), size=n), strict=True)
    ]  # fmt: skip


class Configuration(NamedTuple):
    """One of BanditBench's multi-armed bandits."""

    k: int
    domain: str
    kind: Kind
    level: Level


CONFIGURATIONS: tuple[Configuration, ...] = tuple(
    Configuration(k, domain, kind, level)
    for k in (5, 20) for domain in ("videos", "clothes")
    for kind in ("bernoulli", "gaussian") for level in ("easy", "hard")
)  # fmt: skip
"""The 16 of the paper; their horizon is 1000 (the released full bench: 300 for easy ones). With the contextual bandit
of 10 and of 30 arms, horizon 200, they are the 18 of the win rates."""


class Arms(NamedTuple):
    """S independent bandits with K arms: expected rewards [S, K], and the spread of a Gaussian reward."""

    means: Array
    kind: Kind = "bernoulli"
    spread: float = 1.0

    def pull(self, arms: Array, rng: np.random.Generator) -> Array:
        """One reward per run for the arm it chose: [S]."""
        mean = self.means[np.arange(len(arms)), arms]
        if self.kind == "bernoulli":
            return (rng.random(len(arms)) < mean).astype(float)
        return mean + self.spread * rng.standard_normal(len(arms))

    def regret(self, arms: Array) -> Array:
        """Expected loss against the best arm: [S]."""
        return np.asarray(self.means.max(1) - self.means[np.arange(len(arms)), arms])


def make_arms(
    runs: int, k: int, rng: np.random.Generator, *, kind: Kind = "bernoulli", level: Level = "easy"
) -> Arms:
    """BanditBench's arms. Bernoulli: one arm at .5 + gap / 2, the others at .5 - gap / 2, in a random order.
    Gaussian: means ~ N(0, s), rewards ~ N(mean, s)."""
    if kind == "gaussian":
        return Arms(SPREADS[level] * rng.standard_normal((runs, k)), "gaussian", SPREADS[level])
    means = np.full((runs, k), 0.5 - GAPS[level] / 2)
    means[np.arange(runs), rng.integers(k, size=runs)] = 0.5 + GAPS[level] / 2
    return Arms(means)


def hardness(arms: Arms) -> Array:
    """Label of difficulty per run: best minus second best mean; for Gaussian arms the KL between the two."""
    top = np.sort(arms.means, axis=1)[:, -2:]
    gap = top[:, 1] - top[:, 0]
    return np.asarray(gap if arms.kind == "bernoulli" else gap**2 / (2 * arms.spread**2))


class ContextualBandit(NamedTuple):
    """Users (contexts) [U, d] and the true reward of each of K arms for each user [U, K]."""

    contexts: Array
    rewards: Array
    people: tuple[str, ...] = ()
    """Who the users are, in words; for language models only."""


def ratings_bandit(ratings: Array, rank: int = 5, *, unit_scale: bool = True) -> ContextualBandit:
    """From a table of ratings [users, arms] with 0 for missing: the truncated SVD gives rewards u S v' and contexts u.
    The rows of U are tiny (about 1 / sqrt(users)); `unit_scale` brings them to mean square 1, False is the paper's."""
    u, s, v = np.linalg.svd(np.asarray(ratings, float), full_matrices=False)
    d = min(rank, len(s))
    contexts = u[:, :d] * (np.sqrt(len(u)) if unit_scale else 1.0)
    return ContextualBandit(contexts, (u[:, :d] * s[:d]) @ v[:d])


def read_ratings(path: Path, k: int = 10) -> tuple[Array, list[str]]:
    """Ratings from a CSV file of user, item, rating (a header is allowed): the k most rated items as a table
    [users, k], 0 where nothing was rated, and their names. Of equally often rated items the first in the file."""
    found: list[tuple[str, str, float]] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.reader(file), 1):
                try:
                    found.append((row[0], row[1], float(row[2])))
                except (IndexError, ValueError) as error:
                    if number > 1:
                        raise SourceError(f"{path}, row {number}: not user, item, rating: {row}.") from error
    except OSError as error:
        raise SourceError(f"Cannot read {path}: {error.strerror}.") from error
    most = Counter(item for _, item, _ in found).most_common(k)
    if len(most) < k:
        raise SourceError(f"{path} rates {len(most)} items, not {k}.")
    place = {item: column for column, (item, _) in enumerate(most)}
    rows: dict[str, int] = {}
    table = np.zeros((len({user for user, item, _ in found if item in place}), k))
    for user, item, rating in found:
        if item in place:
            table[rows.setdefault(user, len(rows)), place[item]] = rating
    return table, list(place)


def synthetic_ratings(rng: np.random.Generator, users: int = 300, arms: int = 10, d: int = 5) -> Array:
    """clip(round(3 + .8 u.v / sqrt d), 1, 5) with 60 % missing (0): a stand-in for the MovieLens table."""
    u, v = rng.standard_normal((users, d)), rng.standard_normal((arms, d))
    table = np.clip(np.round(3 + 0.8 * u @ v.T / np.sqrt(d)), 1, 5)
    return np.asarray(np.where(rng.random(table.shape) < 0.6, 0.0, table))


class BanditEnvironment:
    """One bandit as an environment: choose an arm by name, see its reward. `data` holds the expected regret, which
    the agent must not be shown. A step past the horizon is an error."""

    def __init__(self, arms: Arms, names: Sequence[str], horizon: int = 1000) -> None:
        self.arms, self.names, self.horizon = arms._replace(means=arms.means[:1]), list(names), horizon
        self.tools: Sequence[Tool] = (
            Tool("choose", "Choose one of the arms.", {
                "type": "object", "properties": {"name": {"type": "string", "enum": self.names}}, "required": ["name"],
            }),
        )  # fmt: skip
        self.reset()

    def reset(self, seed: int = 0) -> Observation:
        self.rng, self.t = np.random.default_rng((seed, 41)), 0
        return Observation(f"{len(self.names)} arms, {self.horizon} choices.")

    def step(self, action: Action) -> Observation:
        name = action.arguments.get("name")
        if self.t >= self.horizon or name not in self.names:
            why = "The horizon is reached." if self.t >= self.horizon else f"There is no arm {name!r}."
            return Observation("", error=why, done=self.t >= self.horizon)
        arm = np.array([self.names.index(name)])
        reward, self.t = float(self.arms.pull(arm, self.rng)[0]), self.t + 1
        regret = float(self.arms.regret(arm)[0])
        return Observation(f"{name}: {reward:g}", {"regret": regret}, reward, self.t >= self.horizon)
