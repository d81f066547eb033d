"""A small model that reads charts: dialogues about pictures, packed, and the stages in which it is trained.

Innovator-VL's recipe (arXiv:2601.19325, section 2.2) at the size of drawn charts: align the merger on descriptions,
train everything on them, then on questions. D dialogues, M charts, V visual tokens, B packs, T positions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.environments import charts
from leadline.environments.charts import PLACES, QUESTIONS, TOP, Array, Charts, Question
from leadline.train.pilots.sample_packing import (
    efficiency,
    pack_longest_first,
    segment_attention,
    segments,
)
from leadline.train.policies.alphabet import END
from leadline.train.policies.embedded import through
from leadline.train.policies.patch_merger import MergingEyes
from leadline.train.policies.tiny_vlm import TinyVLM
from leadline.train.policies.transformer import Shape

THINK, ANSWER = ("<think>", "</think>"), ("<answer>", "</answer>")
WORDS = (
    "", "", "describe", *QUESTIONS, "-", *PLACES, *THINK, *ANSWER, "yes", "no", *map(str, range(1, TOP + 1)),
)  # fmt: skip
"""Ids are places in this list; the first two are padding and the end."""
ASKED = 3
"""Words of a question."""
PATCH = 8
VISUAL = (charts.SIDE // PATCH // 2) ** 2
MOST_NEW = 2 + charts.SLOTS + 3 + 1
"""Words of the longest answer, its end included."""


def encode(words: Iterable[str], *, end: bool = False) -> list[int]:
    """Ids of words; `end` appends the end of a response."""
    return [WORDS.index(word) for word in words] + ([END] if end else [])


def decode(ids: Iterable[int]) -> str:
    """Words up to the end, with single spaces."""
    said: list[str] = []
    for i in ids:
        if i == END:
            break
        said.append(WORDS[i])
    return " ".join(said)


def read_out(values: Array) -> list[str]:
    """The values of a chart as words, from left to right; 0 is no value."""
    return [str(int(value)) for value in values if value]


def response(values: Array, question: Question, *, think: bool) -> list[str]:
    """The model answer: with `think` all values are read out first."""
    thought = [THINK[0], *read_out(values), THINK[1]] if think else []
    return [*thought, ANSWER[0], question.answer(values), ANSWER[1]]


class Dialogue(NamedTuple):
    """Turns about one chart: word ids, and True where they are the model's."""

    ids: list[int]
    own: list[bool]


def dialogue(turns: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Dialogue:
    """(asked, answered) in turn, every answer with its end."""
    parts = [(encode(asked), encode(said, end=True)) for asked, said in turns]
    return Dialogue(
        [i for asked, said in parts for i in asked + said],
        [own for asked, said in parts for own in [False] * len(asked) + [True] * len(said)],
    )


def described(drawn: Charts, rng: np.random.Generator) -> list[Dialogue]:
    """One request to describe each chart, answered by its values."""
    return [dialogue([(["describe", "-", "-"], read_out(values))]) for values in drawn.values]


def instructed(
    drawn: Charts, rng: np.random.Generator, *, most: int = 6, think: float = 0.5
) -> list[Dialogue]:
    """1 to `most` questions about each chart, few more often than many; a share is answered after thinking."""
    turns = np.minimum(rng.geometric(0.5, len(drawn.values)), most)
    found = []
    for values, n in zip(drawn.values, turns, strict=True):
        asked = [charts.ask(values, rng) for _ in range(n)]
        found.append(
            dialogue([(q.words, response(values, q, think=bool(rng.random() < think))) for q in asked])
        )
    return found


def model(seed: int, *, channels: int = 64, layers: int = 2, vision: int = 32) -> TinyVLM:
    """4 x 4 patches of 8 x 8 pixels through 2 layers, merged into 4 visual tokens."""
    eyes = MergingEyes(
        Shape(2, layers=2, channels=vision, heads=4, inner=3 * vision, context=1),
        channels,
        charts.SIDE,
        4,
        seed + 1,
    )
    shape = Shape(len(WORDS), layers=layers, channels=channels, heads=4, inner=3 * channels, context=96)
    policy = TinyVLM(shape, seed, eyes=eyes)
    with torch.no_grad():
        policy.embedding.weight *= 5
        eyes.place *= 20  # else where a mark stands is learned only after what it is
    return policy


class Packs(NamedTuple):
    """Dialogues in packs: ids and own [B, T], owner and place as sample_packing.segments gives them; `share` of the
    positions is used."""

    ids: Tensor
    own: Tensor
    owner: Tensor
    place: Tensor
    share: float


def packed(dialogues: Sequence[Dialogue], visual: int, cap: int) -> Packs:
    """Every dialogue behind the `visual` places of its chart. With cap 0 one dialogue a row, as long as the longest."""
    lengths = [visual + len(d.ids) for d in dialogues]
    packs = pack_longest_first(lengths, cap) if cap else [[i] for i in range(len(lengths))]
    width = cap or max(lengths)
    owner, place = segments(packs, lengths, width)
    ids, own = torch.zeros_like(owner), torch.zeros_like(owner, dtype=torch.bool)
    order = [i for pack in packs for i in pack]  # samples stand in this order in the reading order of `owner`
    written = (place >= visual) & (owner >= 0)
    ids[written] = torch.tensor([word for i in order for word in dialogues[i].ids])
    own[written] = torch.tensor([mine for i in order for mine in dialogues[i].own])
    return Packs(ids, own, owner, place, efficiency(lengths, len(packs), width))


def pack_loss(policy: TinyVLM, images: Tensor, packs: Packs) -> Tensor:
    """Mean cross-entropy over the model's own words; images [M, S, S] by the number of their dialogue."""
    seen = policy.eyes(images)
    visual = seen.shape[1]
    here = (packs.place < visual) & (packs.owner >= 0)
    x = policy.embedding(packs.ids).index_put(
        here.nonzero(as_tuple=True), seen[packs.owner[here], packs.place[here]]
    )
    position = (packs.place - visual).clamp(min=0)
    hidden = through(policy, x, position, segment_attention(packs.owner))
    logits = policy.logits(hidden[:, :-1][packs.own[:, 1:]])
    return functional.cross_entropy(logits, packs.ids[:, 1:][packs.own[:, 1:]])


Make = Callable[[Charts, np.random.Generator], list[Dialogue]]


def train_stage(
    policy: TinyVLM,
    learning: nn.Module,
    make: Make,
    steps: int,
    rng: np.random.Generator,
    *,
    batch: int = 24,
    cap: int = 128,
    lr: float = 4e-3,
    before: int = 0,
    total: int = 0,
) -> list[Packs]:
    """`steps` steps of Adam on the parameters of `learning`, each on `batch` fresh charts; returns the packs.

    The rate falls by a cosine to a twentieth over `total` steps, of which `before` are done.
    """
    optimizer = torch.optim.Adam(learning.parameters(), lr=lr)
    seen = []
    for step in range(before, before + steps):
        done = step / (total or steps)
        for group in optimizer.param_groups:
            group["lr"] = lr * (0.05 + 0.95 * (1 + np.cos(np.pi * done)) / 2)
        drawn = charts.draw(batch, rng)
        packs = packed(make(drawn, rng), VISUAL, cap)
        policy.zero_grad(set_to_none=True)
        pack_loss(policy, torch.from_numpy(drawn.image), packs).backward()
        nn.utils.clip_grad_norm_(learning.parameters(), 1.0)
        optimizer.step()
        seen.append(packs)
    return seen
