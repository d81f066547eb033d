"""The exploration systems: their pieces by numbers, paired arms, and repeatability."""

import numpy as np

from leadline.environments.game24 import TEST_ROWS
from leadline.systems import get
from leadline.systems.carinox import selection
from leadline.systems.evolve_banditbench import final
from leadline.systems.intelligent_go_explore import judged, successor, truth
from leadline.systems.llm_go_iron_mind import with_and_without_names


def test_oracle_of_go_explore_knows_what_can_be_reached():
    assert truth(((4, 5, 6, 10), False))
    assert not truth(((4, 5, 6, 10), True))  # after an inexact division
    assert not truth(((1, 1), False))
    assert successor(((2, 5), False), 3) is None
    assert successor(((2, 6), False), 3) == ((3,), False)
    assert judged(TEST_ROWS[0], 0.8, 0) == judged(TEST_ROWS[0], 0.8, 0)


def test_iron_mind_optimises_the_half_that_the_prior_has_not_seen():
    space, runs = with_and_without_names("buchwald-hartwig", 0, 5)
    assert len(space.measured()) == 2299
    assert set(runs) == {"ei", "prior", "shuffled", "greedy"}
    assert all(run.duplicates == 0 for run in runs.values())


def test_bandit_arms_are_shared_by_the_policies_of_a_seed():
    def first_regrets(counts, t, rng):
        return np.tile(np.arange(counts.n.shape[1]) == 0, (len(counts.n), 1)).astype(float)

    one, two = (final(3, 20, 5, "easy", 4, first_regrets) for _ in range(2))
    assert (one == two).all()
    assert set(one) <= {0.0, 2.0}  # arm 0 four times: the best arm, or .5 lost at each step


def test_category_weights_are_learned_on_one_half_and_judged_on_the_other():
    pairs = [selection(seed) for seed in range(10)]
    gains = [p.method - p.baseline for p in pairs]
    assert np.mean(gains) - 2.26 * np.std(gains, ddof=1) / 10**0.5 > 0


def test_negative_results_of_the_specifications_are_claims_too():
    honest = {"llm-go-iron-mind": "prior-suzuki", "evolve-banditbench": "mean-k20", "ease": "evolution",
              "carinox": "control", "intelligent-go-explore": "bad-filter"}  # fmt: skip
    for slug, claim in honest.items():
        assert claim in {c.id for c in get(slug).claims}
