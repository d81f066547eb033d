"""Questions about charts as a puzzle for reinforcement learning: answers are read as text and verified by their type.

P questions, R rows, N words of the longest answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from leadline.environments import charts
from leadline.environments.charts import Charts, Question
from leadline.train.pilots.charts import MOST_NEW, decode, encode
from leadline.train.policies.alphabet import END
from leadline.train.policies.prefixed import generate_after
from leadline.train.policies.tiny_vlm import Album, PictureRows, TinyVLM
from leadline.train.rewards.innovator_vl import accuracy, score


class ChartTurn(NamedTuple):
    """P charts with a question each."""

    drawn: Charts
    questions: list[Question]

    @property
    def prompts(self) -> list[list[int]]:
        return [encode(question.words) for question in self.questions]

    @property
    def album(self) -> Album:
        return Album(torch.from_numpy(self.drawn.image))

    def said(self, policy: TinyVLM, which: Tensor, rng: torch.Generator, *, greedy: bool = False) -> Any:
        """Answers to the questions `which` [R] (policies.generate.Generated), masked behind their end."""
        asked = self.prompts
        with torch.no_grad():
            prefix = policy.eyes(self.album.images)[which]
        made = generate_after(
            policy, prefix, [asked[i] for i in which.tolist()], MOST_NEW, rng, greedy=greedy
        )
        ended = (made.ids == END).int()
        made.mask = ((ended.cumsum(1) - ended) == 0).float()
        return made

    def judged(self, which: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """[R] rewards and [R] whether the answer is right."""
        texts = [decode(row) for row in ids.tolist()]
        golds = [
            (self.questions[i].answer(self.drawn.values[i]), self.questions[i].kind) for i in which.tolist()
        ]
        reward = [score(text, *gold) for text, gold in zip(texts, golds, strict=True)]
        right = [accuracy(text, *gold) == 1.0 for text, gold in zip(texts, golds, strict=True)]
        return torch.tensor(reward), torch.tensor(right)

    def rollouts(
        self,
        policy: TinyVLM,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> PictureRows:
        """One verified row per entry of `which`; equal entries share a group."""
        index = torch.as_tensor(which)
        made = self.said(policy, index, rng)
        reward, right = self.judged(index, made.ids)
        asked = torch.tensor([self.prompts[i] for i in index.tolist()])
        none = torch.zeros(asked.shape)
        return PictureRows(
            index, torch.cat([asked, made.ids], 1), torch.cat([none, made.mask], 1), reward, right, prompt_id=index,
            logp_roll=torch.cat([none, made.logp * made.mask], 1), view=index, album=self.album,
            perturbed=torch.zeros(len(index), dtype=torch.bool), uncertainty=torch.cat([none, 0 * made.mask], 1),
        )  # fmt: skip


def draw_turns(n: int, rng: np.random.Generator, styles: tuple[str, ...] = charts.TRAINED) -> ChartTurn:
    """n fresh charts of these styles, each with a question of any kind."""
    drawn = charts.draw(n, rng, styles)
    return ChartTurn(drawn, [charts.ask(values, rng) for values in drawn.values])


class Read(NamedTuple):
    """Share of right answers, and words per right answer (infinite without any)."""

    accuracy: float
    words: float


def evaluate(policy: TinyVLM, turn: ChartTurn, *, greedy: bool = False, seed: int = 0) -> Read:
    """One answer to every question, at temperature 1 or greedy."""
    which = torch.arange(len(turn.questions))
    made = turn.said(policy, which, torch.Generator().manual_seed(seed), greedy=greedy)
    _, right = turn.judged(which, made.ids)
    n = int(right.sum())
    return Read(n / len(which), float(made.mask.sum()) / n if n else float("inf"))
