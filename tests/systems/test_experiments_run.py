"""Every built system's experiment runs at smoke size, measures every claim, and repeats itself exactly."""

import math

import pytest

from leadline.bench.reproduce import reproduce
from leadline.bench.system import Claim, Pair, System, Trial
from leadline.errors import UsageError
from leadline.systems import get, load

BUILT = [card for card in load().values() if card.status == "built"]


@pytest.mark.parametrize("card", BUILT, ids=lambda card: card.slug)
def test_smoke_run_measures_every_claim(card):
    result = reproduce(card, seeds=1, scale="smoke")
    assert [claim.id for claim in result.claims] == [claim.id for claim in card.claims]
    for claim in result.claims:
        assert math.isfinite(claim.method.mean)
        assert math.isfinite(claim.baseline.mean)
        assert claim.verdict == "inconclusive"  # one seed says nothing


def card(*trials, claims=("few", "many")):
    claims = tuple(Claim(name, name, "score", "method", "baseline") for name in claims)
    return System("mine", "Mine", "", claims=claims, trials=trials)


def test_trials_have_their_own_number_of_seeds():
    seen = []
    trials = (
        Trial(lambda seed, _: {"many": Pair(0.0, 1.0 + seed)}, 4),
        Trial(lambda seed, _: {"few": Pair(0.0, 1.0), "else": Pair(0.0, 0.0)}, 2),
    )
    full = reproduce(card(*trials), progress=lambda done, total: seen.append((done, total)))
    assert [(claim.id, len(claim.pairs)) for claim in full.claims] == [("few", 2), ("many", 4)]
    assert (full.seeds, full.over) == (4, "2 to 4 seeds")
    assert seen == [(n, 6) for n in range(1, 7)]
    assert reproduce(card(*trials), seeds=3).over == "3 seeds"
    assert reproduce(card(*trials), scale="smoke").over == "2 seeds"
    assert reproduce(card(*trials), seeds=1).over == "1 seed"


def test_a_claim_that_nothing_measures_is_named():
    trial = Trial(lambda seed, _: {"few": Pair(0.0, 1.0)})
    with pytest.raises(UsageError, match="measures many"):
        reproduce(card(trial), seeds=1)


def test_a_planned_system_says_so():
    assert card().status == "planned"
    with pytest.raises(UsageError, match="not built"):
        reproduce(card())


def test_no_seeds_is_refused():
    with pytest.raises(UsageError, match="--seeds"):
        reproduce(get("der2"), seeds=0)
