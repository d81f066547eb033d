"""The card of a published system: what it is made of, what it claims, and the experiment that tests the claim.

One file in `systems/` is one paper. Its experiment carries the decorator `system(...)`, and that line is all
that the command line, the documentation and the tests need to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec

Scale = Literal["smoke", "full"]
"""smoke: seconds, to see that it runs. full: the laptop-scale experiment of the specification."""


class Claim(msgspec.Struct, frozen=True):
    """One falsifiable sentence: `method` beats `baseline` on `metric`, in `direction`."""

    id: str
    text: str
    metric: str
    method: str
    baseline: str
    direction: Literal["higher", "lower"] = "higher"


class Pair(NamedTuple):
    """The two values of one claim for one seed, measured on the same problem instances."""

    baseline: float
    method: float


Experiment = Callable[[int, Scale], Mapping[str, Pair]]
"""(seed, scale) -> {claim id: Pair}."""


class Trial(NamedTuple):
    """An experiment and over how many seeds it is run: a table of arms can have more than a policy that is trained."""

    experiment: Experiment
    seeds: int = 5


class System(msgspec.Struct, frozen=True):
    """A card. `parts` are the modules that the mechanism lives in ("explore.tree", "train.advantages")."""

    slug: str
    title: str
    paper: str
    """arXiv id, empty where there is none."""
    idea: str = ""
    parts: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    departs: str = ""
    """Where we differ from the paper or its code, and why."""
    not_verified: str = ""
    """What the paper states and nothing here tests."""
    trials: tuple[Trial, ...] = ()
    """Each measures some of the claims, none measures what another does."""

    @property
    def status(self) -> Literal["built", "planned"]:
        return "built" if self.trials else "planned"


def system(
    *,
    slug: str,
    title: str,
    paper: str,
    idea: str,
    parts: tuple[str, ...],
    claims: tuple[Claim, ...],
    departs: str = "",
    not_verified: str = "",
    seeds: int = 5,
    also: tuple[Trial, ...] = (),
) -> Callable[[Experiment], System]:
    """Turn the experiment of a paper's file into its card: `@system(slug="dars", ...)`. `also` are experiments for
    further claims, over another number of seeds."""

    def declare(experiment: Experiment) -> System:
        trials = (Trial(experiment, seeds), *also)
        return System(slug, title, paper, idea, parts, claims, departs, not_verified, trials)

    return declare
