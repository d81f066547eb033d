"""Leadline's supervised losses inside TRL 1.16: an SFTTrainer with one more argument, `loss`.

TRL lets the caller give the loss (`compute_loss_func`: outputs, labels, number of label tokens), and keeps its own
metrics. A loss with a teacher needs one more forward on the same inputs: the subclass does it before TRL's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from leadline.errors import UsageError, need
from leadline.train.supervised import Supervised, build
from leadline.train.supervised.teacher import EmaTeacher

IGNORED = -100
"""TRL's label of a token that is not trained on."""


def token_mean(
    method: Supervised,
    logits: Tensor,
    labels: Tensor,
    n_labels: Tensor | int | None = None,
    teacher_logits: Tensor | None = None,
) -> Tensor:
    """Sum of token losses over the number of label tokens, which is the whole batch's under accumulation.

    logits [B, T, V] predict labels [B, T] one place to the right.
    """
    where = labels[:, 1:] != IGNORED
    heard = None if teacher_logits is None else teacher_logits[:, :-1][where].float()
    losses = method.loss(logits[:, :-1][where].float(), labels[:, 1:][where], heard)
    return losses.sum() / torch.as_tensor(int(where.sum()) if n_labels is None else n_labels).clamp(min=1)


@lru_cache(maxsize=1)
def trainer_class() -> Any:
    """LeadlineSFTTrainer; a function, because importing TRL costs 11 s."""
    base = need("trl", "train", "The TRL adapter").SFTTrainer

    class LeadlineSFTTrainer(base):  # type: ignore[misc, valid-type]
        """SFTTrainer(..., loss="curiosft:kd=label,alpha=.99"). A sharded model has no teacher copy here."""

        def __init__(self, *args: Any, loss: str | Supervised = "cross_entropy", **more: Any) -> None:
            if more.get("compute_loss_func") is not None:
                raise UsageError("compute_loss_func is what `loss` fills.", remedy="Give one of the two.")
            self.method = build(loss) if isinstance(loss, str) else loss
            self.teacher: EmaTeacher | None = None
            self.heard: Tensor | None = None
            super().__init__(*args, compute_loss_func=self.method_loss, **more)

        def method_loss(self, outputs: Any, labels: Tensor, num_items_in_batch: Any = None) -> Tensor:
            return token_mean(self.method, outputs.logits, labels, num_items_in_batch, self.heard)

        def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **more: Any) -> Any:
            if self.method.follow is not None:
                student = self.accelerator.unwrap_model(model)
                if self.teacher is None:
                    self.teacher = EmaTeacher(student, self.method.follow)
                self.teacher.sync(student, self.state.global_step)
                seen = {name: value for name, value in inputs.items() if name != "labels"}
                with torch.no_grad():
                    self.heard = self.teacher.model(**seen).logits
            return super().compute_loss(model, inputs, *args, **more)

    return LeadlineSFTTrainer
