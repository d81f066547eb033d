"""EASE with a language model as the black box: prompt tasks, their prompts, metrics, and the scorer (arXiv:2405.16122).

    scorer = ModelScorer(model, linear(noise=0.5), embedder)
    found = ease(scorer.score, scorer.embed, len(task.pool), 5, config, cost=scorer.cost)

The features of a list are the embeddings of its exemplars side by side, position by position: order is seen whatever
the embedder. (The paper embeds the joined text; a mean of token vectors would not see its order.)
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from leadline.explore.exemplars import Arm, Array, cosine_cost, transport_cost
from leadline.models.base import ChatModel, Message
from leadline.models.embed import Embedder

Metric = Callable[[str, str], float]
WORDS = (
    "apple bread chair dream eagle flame grape house island jacket kettle lemon market night ocean paper quiet river "
    "stone table under violet window yellow zebra brick cloud drum earth frost glass heart ink jump knife light mouse "
    "north olive plant queen rope shore train uncle voice wheat yard anchor bridge crown desert empty forest green "
    "harbor inside juice kitchen ladder mirror needle orange pencil quick rocket silver thread useful valley winter "
    "arrow blanket candle dance engine feather garden hammer insect jungle kingdom lantern magnet napkin oven planet "
    "quarter ribbon shadow ticket umbrella vessel whistle yogurt amber button castle dinner eleven finger guitar "
    "hollow "
    "index junior kernel linen meadow number outside picnic quill raven spider tunnel upper velvet wander yonder acorn "
    "basket copper dragon elbow funnel goblet honey iron jelly koala lizard marble nephew onion puzzle rabbit saddle "
    "turtle urban vapor walnut yellowish zipper almond beacon cactus donkey ember falcon ginger helmet igloo jasmine"
).split()


class Exemplar(NamedTuple):
    input: str
    output: str

    def text(self) -> str:
        return f"Input: {self.input}\nOutput: {self.output}"


class PromptTask(NamedTuple):
    """A pool to choose from (a share of it may follow a wrong rule), clean validation and test items."""

    name: str
    pool: tuple[Exemplar, ...]
    validation: tuple[Exemplar, ...]
    test: tuple[Exemplar, ...]
    metric: Metric
    instructions: tuple[str, ...] = ("",)


def normalised(text: str) -> str:
    """First line, up to the first full stop, lower case, without punctuation; a hyphen becomes a space. "-682" is then
    "682": not for numbers.

    >>> normalised("The Answer is: well-known. Or not")
    'the answer is well known'
    """
    first = text.strip().split("\n")[0].split(".")[0].lower().replace("-", " ")
    return " ".join(first.translate(str.maketrans("", "", string.punctuation)).split())


def exact_match(said: str, gold: str) -> float:
    return float(normalised(said) == normalised(gold))


def same_number(said: str, gold: str) -> float:
    """The first number of the first line, with its sign.

    >>> same_number("-682", "682"), same_number(" -682.0 of course", "-682")
    (0.0, 1.0)
    """
    found = re.search(r"-?\d+(?:\.\d+)?", (said.strip() or " ").split("\n")[0])
    return float(found is not None and float(found[0]) == float(gold))


def noisy(share: float, n: int, rng: np.random.Generator) -> Array:
    """Which of n pool items follow the wrong rule: exactly that share."""
    wrong = np.zeros(n, bool)
    wrong[rng.permutation(n)[: round(share * n)]] = True
    return wrong


def linear_rule(x: int) -> int:
    """y = -4 x + 6."""
    return -4 * x + 6


def wrong_linear_rule(x: int) -> int:
    """y = 5 x - 8, which the noisy items follow."""
    return 5 * x - 8


def linear(noise: float = 0.0, seed: int = 0) -> PromptTask:
    """linear_4: numbers by a rule; pool 100, validation 20, test 100."""
    rng = np.random.default_rng((seed, 58))
    x = rng.permutation(500)[:220].tolist()
    wrong = noisy(noise, 100, rng)
    pool = tuple(
        Exemplar(str(v), str(wrong_linear_rule(v) if bad else linear_rule(v)))
        for v, bad in zip(x[:100], wrong, strict=True)
    )
    clean = [Exemplar(str(v), str(linear_rule(v))) for v in x[100:]]
    instructions = ("", "Apply the same rule to the number.", "Continue.", "Give the output number only.")
    return PromptTask(
        f"linear-{noise:g}", pool, tuple(clean[:20]), tuple(clean[20:]), same_number, instructions
    )


def pig_latin_word(word: str) -> str:
    """Consonants to the end and "ay"; a vowel at the start: "way".

    >>> pig_latin_word("stone"), pig_latin_word("apple")
    ('onestay', 'appleway')
    """
    at = next((i for i, letter in enumerate(word) if letter in "aeiou"), len(word))
    return word + "way" if at == 0 else word[at:] + word[:at] + "ay"


def pig_latin(noise: float = 0.0, seed: int = 0) -> PromptTask:
    """Words; the wrong rule writes them backwards. Pool 60, validation 20, test 60."""
    rng = np.random.default_rng((seed, 59))
    words = [WORDS[i] for i in rng.permutation(len(WORDS))[:140]]
    wrong = noisy(noise, 60, rng)
    pool = tuple(
        Exemplar(w, w[::-1] if bad else pig_latin_word(w)) for w, bad in zip(words[:60], wrong, strict=True)
    )
    clean = [Exemplar(w, pig_latin_word(w)) for w in words[60:]]
    instructions = (
        "",
        "Change the word in the same way.",
        "Translate the word.",
        "Write the word in Pig Latin.",
    )
    return PromptTask(
        f"pig-latin-{noise:g}", pool, tuple(clean[:20]), tuple(clean[20:]), exact_match, instructions
    )


def prompt(task: PromptTask, arm: Arm, query: str) -> str:
    """Instruction if there is one, the exemplars in order, the query: parted by blank lines."""
    said = task.instructions[arm.instruction]
    parts = [f"Instruction: {said}"] if said else []
    return "\n\n".join([*parts, *(task.pool[i].text() for i in arm.exemplars), f"Input: {query}\nOutput:"])


class ModelScorer:
    """score(arm): mean metric of a model on the validation set, greedy; embed and cost for `ease`. Every prompt is
    asked once: `calls` counts what was really asked."""

    def __init__(
        self, model: ChatModel, task: PromptTask, embedder: Embedder, *, max_tokens: int = 16
    ) -> None:
        self.model, self.task, self.max_tokens = model, task, max_tokens
        self.rows = embedder.encode([e.text() for e in task.pool]).astype(float)
        aim = embedder.encode([e.text() for e in task.validation]).astype(float)
        self.said = embedder.encode([text or " " for text in task.instructions]).astype(float)
        self._costs = cosine_cost(self.rows, aim)
        self._answers: dict[str, str] = {}
        self.calls = 0

    def score(self, arm: Arm) -> float:
        return self._mean(arm, self.task.validation)

    def test(self, arm: Arm) -> float:
        return self._mean(arm, self.task.test)

    def embed(self, arms: Sequence[Arm]) -> Array:
        lists = np.array([self.rows[list(arm.exemplars)].ravel() for arm in arms])
        if len(self.said) == 1:
            return lists
        return np.concatenate([lists, self.said[[arm.instruction for arm in arms]]], axis=1)

    def cost(self, exemplars: Sequence[int]) -> float:
        """Optimal-transport distance of a set to the validation set."""
        return transport_cost(self._costs[list(exemplars)])

    def _mean(self, arm: Arm, items: Sequence[Exemplar]) -> float:
        return float(
            np.mean([self.task.metric(self._answer(arm, item.input), item.output) for item in items])
        )

    def _answer(self, arm: Arm, query: str) -> str:
        asked = prompt(self.task, arm, query)
        if asked not in self._answers:
            self.calls += 1
            self._answers[asked] = self.model.chat([Message("user", asked)], max_tokens=self.max_tokens).text
        return self._answers[asked]
