"""BO by BoTorch (extra `explore`) behind the same Proposer protocol: the peer that optimise.py is measured beside.

Its hyperparameters are fitted anew for each proposal, which takes about a second where our fixed kernel takes
milliseconds; imports take several seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from leadline.environments.reactions import ReactionSpace, Setting
from leadline.errors import need
from leadline.explore.campaign import Trial
from leadline.explore.grid import Grid, one_hot


class BoTorch:
    """SingleTaskGP on one-hot rows; LogEI or UCB (kappa 2) over all settings not tried."""

    def __init__(
        self, space: ReactionSpace, seed: int = 0, *, acquisition: Literal["ei", "ucb"] = "ei"
    ) -> None:
        self.name, self.acquisition = f"botorch-{acquisition}", acquisition
        self.grid = Grid(space, (seed, 33))
        self.one_hot = one_hot(self.grid.settings, space.shape)

    def propose(self, history: Sequence[Trial]) -> Setting:
        valid = [t for t in history if not np.isnan(t.value)]
        if not valid:
            return self.grid.random(len(history))
        score = self._acquire([t.setting for t in valid], np.array([t.value for t in valid]))
        return self.grid.best(score, history)

    def _acquire(self, settings: Sequence[Setting], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        torch = need("torch", "explore", "Bayesian optimisation by BoTorch")
        models = need("botorch.models", "explore", "Bayesian optimisation by BoTorch")
        fit = need("botorch.fit", "explore", "Bayesian optimisation by BoTorch")
        acquisition = need("botorch.acquisition", "explore", "Bayesian optimisation by BoTorch")
        likelihoods = need("gpytorch.mlls", "explore", "Bayesian optimisation by BoTorch")
        x = torch.tensor(self.one_hot[self.grid.places(settings)], dtype=torch.double)
        target = torch.tensor((y - y.mean()) / (y.std(ddof=min(1, len(y) - 1)) or 1.0), dtype=torch.double)[
            :, None
        ]
        model = models.SingleTaskGP(x, target, outcome_transform=None)
        if len(y) > 1:
            fit.fit_gpytorch_mll(likelihoods.ExactMarginalLogLikelihood(model.likelihood, model))
        if self.acquisition == "ei":
            acquire = acquisition.LogExpectedImprovement(model, best_f=target.max())
        else:
            acquire = acquisition.UpperConfidenceBound(model, beta=4.0)  # its beta is the square of kappa
        with torch.no_grad():
            grid = torch.tensor(self.one_hot, dtype=torch.double)[:, None, :]
            return np.concatenate([acquire(part).numpy() for part in grid.split(512)])
