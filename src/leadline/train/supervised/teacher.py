"""A frozen copy of the model that follows it: the reference of self-distillation, and of any KL to a moving model."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import torch
from torch import nn


class Follow(NamedTuple):
    """Every `every` optimizer steps the teacher becomes (1 - alpha) teacher + alpha student.

    alpha counts towards the student, as TRL's ref_model_mixup_alpha does: .99 is nearly a copy, .05 a slow average.
    """

    alpha: float
    every: int = 5


class EmaTeacher:
    """Starts as a copy of the student; takes no gradient."""

    def __init__(self, student: nn.Module, follow: Follow) -> None:
        self.model: Any = copy.deepcopy(student).eval().requires_grad_(False)
        # Trainers wrap `forward` on the instance; the copied wrapper would still call the student's.
        vars(self.model).pop("forward", None)
        self.follow, self.at = follow, 0

    @torch.no_grad()
    def sync(self, student: nn.Module, step: int) -> bool:
        """Called before the teacher's forward, with the number of optimizer steps so far; whether it moved.

        Never at step 0, and once per step however many micro-batches ask.
        """
        if step == self.at or step % self.follow.every:
            return False
        self.at = step
        for mine, theirs in zip(self.model.parameters(), student.parameters(), strict=True):
            mine.lerp_(theirs, self.follow.alpha)
        return True
