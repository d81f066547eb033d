"""Every built system's experiment runs at smoke size, measures every claim, and repeats itself exactly."""

import math

import pytest

from leadline.bench.reproduce import reproduce
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


def test_a_planned_system_says_so():
    planned = next((card for card in load().values() if card.status == "planned"), None)
    if planned is None:
        pytest.skip("every specified system is built")
    with pytest.raises(UsageError, match="not built"):
        reproduce(planned)


def test_no_seeds_is_refused():
    with pytest.raises(UsageError, match="--seeds"):
        reproduce(get("der2"), seeds=0)
