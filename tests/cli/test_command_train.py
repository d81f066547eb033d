"""`leadline train` as somebody who knows other trainers tries it first."""

import json
import signal

import pytest

torch = pytest.importorskip("torch")

QUICK = (
    "--policy",
    "micro",
    "--warmup-steps",
    "30",
    "--prompts",
    "4",
    "--rollouts",
    "4",
    "--eval-prompts",
    "4",
)

WORLD = '''
"""Digits: say the digit that is shown."""
import os, signal
from leadline.train.worlds.base import TaskSet, task

def tasks(*, nan: bool = False, most: int = 1000):
    seen = []

    def score(text, answer):
        seen.append(text)
        if len(seen) == 90 and os.path.exists("interrupt"):
            os.remove("interrupt")
            os.kill(os.getpid(), signal.SIGINT)
        return float("nan") if nan else float(text == answer)

    def draw(rng, n, split):
        digits = [str(d) for d in rng.integers(10, size=min(n, most))]
        return [task(f"digit-{d}", f"{d}:", lambda text, d=d: score(text, d), [d]) for d in digits]

    return TaskSet("digits", "0123456789:", 2, draw)
'''
METHOD = '''
"""Short answers first: something is added to the advantage of answers below the mean length."""
from leadline.train.hooks import Hooks

def objective(*, gain: float = 0.1):
    def shape(rows, advantage, state):
        return gain * (rows.lengths.mean() - rows.lengths)[:, None] * rows.mask

    return Hooks(name="short", shape=(shape,))
'''


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "digits.py").write_text(WORLD)
    (tmp_path / "short.py").write_text(METHOD)
    monkeypatch.chdir(tmp_path)


def test_an_environment_and_a_method_in_files_of_my_own(cli, tmp_path):
    code, out, err = cli(
        "train",
        *QUICK,
        "--env",
        "digits.py",
        "--objective",
        "grpo+short.py:gain=.5",
        "--steps",
        "2",
        "--json",
    )
    assert (code, err) == (0, "")
    assert [json.loads(line)["step"] for line in out.splitlines()] == [0, 1, 2]
    assert (tmp_path / "results/train/digits.py-grpo+short.py-gain=.5-0/checkpoint.pt").exists()


def test_ctrl_c_ends_after_the_step_and_resume_ends_as_if_nothing_had_been(cli, tmp_path):
    quick = ("train", *QUICK, "--steps", "4", "--env", "digits.py")
    (tmp_path / "interrupt").touch()
    # 4 x 16 answers are evaluated, then 4 x 4 in each step: the 90th is in the second.
    code, out, err = cli(*quick, "--out", "a")
    assert code == 128 + signal.SIGINT
    assert "stopped after step 2 of 4. The same command with --resume goes on from there." in err
    assert "a/checkpoint.pt" in out
    again, _, _ = cli(*quick, "--out", "a", "--resume")
    whole, _, _ = cli(*quick, "--out", "b")
    assert (again, whole) == (0, 0)
    first, second = (torch.load(tmp_path / name / "checkpoint.pt")["policy"] for name in "ab")
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_run_that_is_over_already_says_so(cli):
    arguments = ("train", *QUICK, "--env", "sums", "--out", "run", "--steps", "1")
    cli(*arguments)
    code, _, err = cli(*arguments, "--resume")
    assert code == 0
    assert "the checkpoint is at step 1 already: --steps counts from the beginning, and is 1." in err


def test_a_run_that_could_not_learn_says_why(cli):
    code, _, err = cli("train", *QUICK, "--env", "countdown", "--steps", "1", "--out", "run")
    assert code == 0
    assert (
        "nothing was learned, for in all 1 steps no answer was right: warm up longer (--warmup-steps)" in err
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--env", "digits.py:nan=true"), "The score of task digit-"),
        (("--env", "digits.py:most=5"), "digits drew 5 tasks for train, and 512 were asked for."),
        (("--env", "gone.py"), "There is no file with a training environment named 'gone.py'."),
        (("--env", "short.py"), "short.py has no tasks: that is what makes it a training environment."),
        (("--env", "countdown:n=x"), "countdown:n cannot be 'x'. Its default is 3."),
        (
            ("--objective", "eapo"),
            "eapo is not a whole objective: it has no aggregate and no schedule. Write",
        ),
        (("--objective", "grpo+dars:rule=xx"), "dars:rule cannot be 'xx'. It is one of: et, hw."),
        (("--objective", "grpo:epochs=0"), "grpo:epochs cannot be 0. It is 1 or more."),
        (("--objective", "grpo:high=-1"), "grpo:high cannot be -1.0. It is 0 or more."),
        (("--lr", "nan"), "lr must be a number above 0, not nan."),
        (("--eval-every", "0"), "'--eval-every': 0 is not in the range x>=1."),
        (("--rollouts", "0"), "'--rollouts': 0 is not in the range x>=1."),
        (
            ("--prompts", "600"),
            "prompts (600 per step) cannot be more than the 512 training tasks of the pool.",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_with_the_reason(cli, arguments, message):
    code, _, err = cli(
        "train", "--env", "sums", *QUICK, "--warmup-steps", "0", "--steps", "1", "--out", "run", *arguments
    )
    assert code == 2
    assert message in err


def test_the_list_says_what_each_is_and_its_settings(cli):
    code, out, _ = cli("train", "--list", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["objectives"]["dars"]["what"].startswith("DARS: more rollouts for hard prompts")
    assert found["objectives"]["dars"]["settings"]["rule"] == "et"
    assert found["environments"]["countdown"]["settings"]["n"] == 3
    assert found["policies"]["micro"]["settings"]["layers"] == 2


def test_a_checkpoint_of_something_else_is_named(cli, tmp_path):
    (tmp_path / "run").mkdir()
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "run" / "checkpoint.pt")
    code, _, err = cli("train", *QUICK, "--env", "sums", "--out", "run", "--resume")
    assert code == 1
    assert "run/checkpoint.pt holds something else than a training run. Choose another --out." in err
