from dataclasses import replace

import pytest
import torch

from leadline.errors import NotFound, UsageError
from leadline.train.hooks import Conflict, Hooks, compose, filtered, prompts_left, token_advantages, whole
from leadline.train.objectives import build, get, names
from leadline.train.rows import Rows, concat


def rows(n=4, width=3):
    reward = torch.tensor([1.0] + [0.0] * (n - 1))
    return Rows(
        torch.zeros(n, dtype=torch.long),
        torch.ones(n, width, dtype=torch.long),
        torch.ones(n, width),
        reward,
        reward > 0,
    )


def test_two_owners_of_a_slot_are_refused_by_name():
    with pytest.raises(Conflict, match="advantage by dars and fathom_rapo"):
        build("grpo+dars+fathom_rapo")


def test_conflicts_survive_composing_twice():
    once = build("grpo+dars")
    with pytest.raises(Conflict, match="advantage by dars and fathom_rapo"):
        compose(once, get("fathom_rapo"))


def test_the_same_method_twice_is_refused():
    with pytest.raises(Conflict, match="twice"):
        compose(get("grpo"), Hooks("x"), Hooks("x"))


def test_chained_slots_apply_in_order():
    a = Hooks(
        "a", group_bonus=(lambda r, s: torch.tensor([0.0, 1, 0, 0]),), shape=(lambda r, adv, s: adv * 0.5,)
    )
    b = Hooks(
        "b",
        token_weight=(lambda r, s: torch.full_like(r.mask, 2.0),),
        is_weight=(lambda r, s: torch.full_like(r.mask, 3.0),),
    )
    base = get("grpo", advantage="mean")
    found = token_advantages(rows(), compose(base, a, b), {})
    # rewards 1,1,0,0 -> +-.5; shaped by half of it -> +-.75; times 2 times 3
    assert found[:, 0].tolist() == pytest.approx([4.5, 4.5, -4.5, -4.5])


def test_shapers_add_to_the_unshaped_advantage():
    double = Hooks("d", shape=(lambda r, adv, s: adv, lambda r, adv, s: adv))
    found = token_advantages(rows(), compose(get("grpo", advantage="mean"), double), {})
    assert float(found[0, 0]) == pytest.approx(0.75 * 3)


def test_needs_are_united():
    assert build("grpo+thr+verl_hidden_state+repexp").needs == {"hidden", "probs", "pooled"}


def test_settings_on_the_command_line_are_typed_and_checked():
    assert build("grpo:advantage=mean,high=0.28+thr:p=-0.1").name == "grpo+thr"
    with pytest.raises(NotFound, match="high"):
        build("grpo:hihg=0.28")
    with pytest.raises(UsageError, match="Its default"):
        build("grpo:high=much")
    with pytest.raises(NotFound, match="dars"):
        build("grpo+dasr")
    with pytest.raises(UsageError, match="base comes first"):
        build("dars")


def test_every_objective_builds_with_its_defaults():
    for name in names():
        assert isinstance(get(name), Hooks)


def test_bad_rows_name_the_part():
    r = rows()
    r.reward = torch.zeros(3)
    with pytest.raises(UsageError, match="reward has 3 rows, the batch has 4"):
        r.check()
    r = rows()
    r.mask[2] = 0
    with pytest.raises(UsageError, match="Row 2"):
        r.check()
    with pytest.raises(UsageError, match="without rows"):
        rows().select(torch.zeros(4, dtype=torch.bool)).check()


def test_concat_pads_and_select_picks():
    both = concat([rows(2, 3), rows(3, 5)])
    assert both.ids.shape == (5, 5)
    assert both.mask.sum(1).tolist() == [3, 3, 5, 5, 5]
    assert both.select(torch.tensor([4, 0])).lengths.tolist() == [5, 3]
    assert both.with_width(8).trimmed().width == 5


@pytest.mark.parametrize(
    ("slot", "hook", "shape"),
    [
        ("group_bonus", lambda r, s: torch.ones(3), "[3]"),
        ("shape", lambda r, a, s: torch.ones(2, 3), "[2, 3]"),
        ("token_weight", lambda r, s: torch.ones(3), "[3]"),
        ("is_weight", lambda r, s: torch.ones(4), "[4]"),
    ],
)
def test_a_tensor_of_the_wrong_shape_is_refused_with_the_slot_and_the_function(slot, hook, shape):
    with pytest.raises(UsageError) as refused:
        token_advantages(rows(), compose(get("grpo"), Hooks("mine", **{slot: (hook,)})), {})
    assert f"The slot {slot} got a tensor of shape {shape} from " in str(refused.value)
    assert "<lambda>. It is for [4" in str(refused.value)


def test_a_weight_may_be_the_same_for_a_whole_row():
    twice = Hooks("mine", token_weight=(lambda r, s: torch.full((4, 1), 2.0),))
    plain = token_advantages(rows(), get("grpo"), {})
    assert torch.equal(token_advantages(rows(), compose(get("grpo"), twice), {}), 2 * plain)


def test_what_no_forward_can_give_is_refused_by_a_trainer():
    with pytest.raises(NotFound, match=r"need \(grpo\+mine\) named 'hiden'. Did you mean: hidden"):
        whole(compose(get("grpo"), Hooks("mine", needs=frozenset({"hiden"}))))


def test_without_a_filter_every_prompt_is_left():
    assert list(prompts_left(range(3), build("grpo"), {})) == [0, 1, 2]
    even = Hooks("even", data_filter=lambda prompts, state: [p for p in prompts if p % 2 == 0])
    assert prompts_left(range(5), compose(build("grpo"), even), {}) == [0, 2, 4]


def test_filters_of_rows_follow_each_other():
    numbered = replace(rows(), reward=torch.arange(4.0))
    but_last = Hooks("but_last", row_filter=(lambda rows, state: rows.select(torch.arange(len(rows) - 1)),))
    last = Hooks("last", row_filter=(lambda rows, state: rows.select(torch.tensor([len(rows) - 1])),))
    left = filtered(numbered, compose(build("grpo"), but_last, last), {})
    assert left.reward.tolist() == [2.0]
    assert filtered(numbered, build("grpo"), {}) is numbered
