"""What an oracle's rounds look like under each context, and that success is counted turn by turn."""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from leadline.environments.key_chains import QUESTION, VOCABULARY, Chain, draw
from leadline.train.pilots.two_contexts import (
    IDS,
    ITERATIVE,
    MONO,
    QUESTION_KEPT,
    WINDOW,
    Success,
    drill,
    examples,
    imitate,
    rounds,
    success,
)

CHAIN = Chain(("e3", "e9", "e4"), ("r5", "r1"), seed=0)


def telling(words):
    return " ".join(word for word in words if not word.startswith("n"))


def test_a_workspace_has_the_question_its_report_and_the_last_result():
    assert [(telling(seen), telling(said)) for seen, said in rounds(CHAIN, ITERATIVE)] == [
        ("? e3 r5 r1 .", "t e3 r5 m - s e3 r5"),
        ("? e3 r5 r1 . m - s e3 r5 = e3 e9", "t r5 r1 m e9 s e9 r1"),
        ("? e3 r5 r1 . m e9 s e9 r1 = e9 e4", "t r1 . m e9 a e4 e9"),
    ]


def test_a_transcript_has_everything():
    assert [(telling(seen), telling(said)) for seen, said in rounds(CHAIN, MONO)] == [
        ("? e3 r5 r1 .", "t e3 r5 s e3 r5"),
        ("? e3 r5 r1 . t e3 r5 s e3 r5 = e3 e9", "t r5 r1 s e9 r1"),
        ("? e3 r5 r1 . t e3 r5 s e3 r5 = e3 e9 t r5 r1 s e9 r1 = e9 e4", "t r1 . a e4 e9"),
    ]


def test_a_transcript_is_one_example_and_a_workspace_one_a_round():
    (whole,) = examples(CHAIN, MONO)
    assert len(whole.ids) == 20 + 2 * (6 + 1 + 42) + 6
    assert sum(whole.own) == 3 * 6
    assert whole.own[19:27] == [0, 1, 1, 1, 1, 1, 1, 0]
    parts = examples(CHAIN, ITERATIVE)
    assert [sum(part.own) for part in parts] == [8, 8, 8]
    assert [len(part.ids) for part in parts] == [20 + 8, 20 + 2 + 46 + 8, 20 + 2 + 46 + 8]


@pytest.mark.parametrize(
    ("hops", "mono", "kept", "rebuilt"), [(4, 222, 222, 76), (8, 418, 222, 76), (16, 810, 222, 76)]
)
def test_lengths_at_the_answer(hops, mono, kept, rebuilt):
    chain = draw(np.random.default_rng(1), hops)
    found = []
    for paradigm in (MONO, QUESTION_KEPT, ITERATIVE):
        *_, last = rounds(chain, paradigm)
        found.append(len(last.seen) + len(last.said))
    assert found == [mono, kept, rebuilt]


def test_a_drill_asks_for_what_follows_each_word_of_a_question():
    ids, own = drill(CHAIN, np.random.default_rng(0))
    words = [VOCABULARY[i - 1] for i in ids]
    asked = [" ".join(words[i : i + 3]) for i in range(QUESTION, len(words), 3)]
    assert sorted(asked) == ["t e3 r5", "t r1 .", "t r5 r1"]
    assert own == [0] * QUESTION + [0, 0, 1] * 3


class Knows:
    """Says what the oracle says, but for the last words of sequences in `forgotten`; hidden states are its logits."""

    def __init__(self, all_rounds, forgotten=()):
        self.next = {}
        for now in all_rounds:
            ids = [IDS[word] for word in [*now.seen, *now.said]][-WINDOW:]
            self.next[tuple(ids[:-1])] = 0 if now in forgotten else ids[-1]

    def __call__(self, ids):
        last = torch.tensor([[self.next[tuple(row)]] for row in ids.tolist()])
        return one_hot(torch.cat([ids[:, 1:], last], 1), len(IDS) + 1).float()

    def logits(self, hidden):
        return hidden


@pytest.mark.parametrize("paradigm", [MONO, QUESTION_KEPT, ITERATIVE])
def test_a_chain_is_lost_at_the_first_wrong_turn(paradigm):
    chains = [draw(np.random.default_rng(seed), 8) for seed in (1, 2)]
    one, two = (list(rounds(chain, paradigm)) for chain in chains)
    assert success(Knows(one + two), paradigm, chains) == Success(1.0, 1.0)
    assert success(Knows(one + two, [one[3]]), paradigm, chains) == Success(0.5, 0.5)
    assert success(Knows(one + two, [one[0], two[7]]), paradigm, chains) == Success(0.0, 0.0)


def test_who_has_only_forgotten_the_first_value_has_reached_the_end():
    chains = [draw(np.random.default_rng(seed), 4) for seed in (1, 2)]
    one, two = (list(rounds(chain, MONO)) for chain in chains)
    assert success(Knows(one + two, [one[-1]]), MONO, chains) == Success(1.0, 0.5)


def test_chains_of_different_lengths_are_refused():
    chains = [draw(np.random.default_rng(0), hops) for hops in (1, 2)]
    with pytest.raises(ValueError, match="equally many hops"):
        success(Knows([]), MONO, chains)


def test_equal_seeds_equal_policies():
    one, two = (imitate(MONO, 3, 2, drills=1, batch=2, layers=1, channels=16) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
