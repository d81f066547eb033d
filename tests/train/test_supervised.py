"""Supervised losses by name, the teacher that follows, and the fitting loop."""

import copy

import pytest
import torch

from leadline.errors import NotFound, UsageError
from leadline.train import supervised
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows
from leadline.train.supervised.fit import fit, label_logits
from leadline.train.supervised.teacher import EmaTeacher, Follow

torch.set_num_threads(1)


def model(seed=0):
    return Transformer(Shape(7, layers=1, channels=8, heads=2, inner=16, context=8), seed)


def rows(extra=0):
    rng = torch.Generator().manual_seed(0)
    ids = torch.randint(1, 7, (4, 5), generator=rng)
    mask = torch.tensor([[0.0, 0, 1, 1, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1], [0, 1, 1, 1, 1]])
    return Rows(torch.arange(4), ids, mask, torch.ones(4), torch.ones(4, dtype=torch.bool)).with_width(
        5 + extra
    )


def weights(policy):
    return torch.cat([p.detach().flatten() for p in policy.parameters()])


def test_teacher_moves_every_few_steps_and_once_per_step():
    student = model()
    teacher = EmaTeacher(student, Follow(0.25, every=2))
    start = weights(student)
    with torch.no_grad():
        for p in student.parameters():
            p.add_(1.0)
    assert [teacher.sync(student, step) for step in (0, 1, 2, 2, 3)] == [False, False, True, False, False]
    assert torch.allclose(weights(teacher.model), start + 0.25, atol=1e-6)
    assert not any(p.requires_grad for p in teacher.model.parameters())


def test_alpha_one_is_a_copy():
    student, teacher = model(1), EmaTeacher(model(0), Follow(1.0, every=1))
    teacher.sync(student, 1)
    assert torch.equal(weights(teacher.model), weights(student))


@pytest.mark.parametrize("name", supervised.names())
def test_padding_changes_nothing(name):
    found = []
    for extra in (0, 3):
        policy = model()
        fit(policy, supervised.build(name), lambda step, extra=extra: rows(extra), steps=3, lr=1e-2)
        found.append(weights(policy))
    assert torch.allclose(*found, atol=1e-6)


@pytest.mark.parametrize("name", supervised.names())
def test_losses_are_per_token_and_fall(name):
    policy, method = model(), supervised.build(name)
    logits, labels = label_logits(policy, rows())
    assert method.loss(logits, labels, logits.detach()).shape == labels.shape == (11,)
    losses = fit(policy, method, lambda step: rows(), steps=40, lr=1e-2)
    assert losses[-1] < losses[0]


def test_no_distillation_is_cross_entropy():
    one, two = model(), model()
    fit(one, supervised.build("cross_entropy"), lambda step: rows(), steps=6, lr=1e-2)
    fit(two, supervised.build("curiosft:weight=0"), lambda step: rows(), steps=6, lr=1e-2)
    assert torch.allclose(weights(one), weights(two), atol=1e-7)


def test_the_labels_are_what_the_mask_marks():
    r = rows()
    logits, labels = label_logits(model(), r)
    assert labels.tolist() == r.ids[r.mask > 0].tolist()
    scores = copy.deepcopy(model()).score(r).logp
    picked = torch.log_softmax(logits, -1).gather(-1, labels[:, None])[:, 0]
    assert torch.allclose(picked, scores[r.mask > 0], atol=1e-6)


def test_names_and_settings_are_checked():
    with pytest.raises(NotFound, match="curiosft"):
        supervised.build("curiosfd")
    with pytest.raises(NotFound, match="alpha"):
        supervised.build("curiosft:alfa=1")
    with pytest.raises(UsageError, match="alpha"):
        supervised.build("curiosft:alpha=slow")
