"""A policy that answers before its context is full (LMM-Searcher's forced summary, arXiv:2604.12890, section 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from leadline.agents.base import Finish, Policy, Said, View
from leadline.agents.loop import concluded
from leadline.environments.base import Action
from leadline.environments.pictures import pictures_of

CHARS_PER_TOKEN = 4
PICTURE_TOKENS = 1000


def view_tokens(view: View, *, picture: int = PICTURE_TOKENS, fixed: int = 0) -> int:
    """About how many tokens a view has: a quarter of its characters, and so many for each picture that is seen.
    `fixed` stands for the system prompt."""
    chars = len(view.task.prompt) + len(view.notes)
    pictures = 0
    for turn in view.turns:
        chars += len(turn.thought) + len(str(turn.action.arguments)) + len(turn.observation.text)
        pictures += len(pictures_of(turn.observation))
    return fixed + chars // CHARS_PER_TOKEN + picture * pictures


class Within:
    """Asks `policy` to conclude once the view has more than `limit` tokens. `peak` and `sent` count over its life: the
    largest context that was sent, and the tokens of all of them."""

    def __init__(self, policy: Policy, limit: int, count: Callable[[View], int] = view_tokens) -> None:
        self.policy, self.limit, self.count = policy, limit, count
        self.name = policy.name
        self.peak = self.sent = 0

    @property
    def cost(self) -> dict[str, float]:
        return getattr(self.policy, "cost", {})

    def act(self, view: View) -> Action | Finish | Said:
        tokens = self.count(view)
        if tokens > self.limit:
            return self.conclude(view)
        self.peak, self.sent = max(self.peak, tokens), self.sent + tokens
        return self.policy.act(view)

    def conclude(self, view: View) -> Finish:
        return concluded(self.policy, view)
