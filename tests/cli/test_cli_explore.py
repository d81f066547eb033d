"""leadline explore: results, JSON, exit codes, plot."""

import json

import pytest


def test_explore_prints_the_way_and_ends_with_0(cli):
    code, out, _ = cli("explore", "dfs", "--env", "game24:3 4 4 13")
    assert code == 0
    assert "solved" in out
    assert "play" in out


def test_json_seeds_and_the_exit_code_of_nothing_found(cli):
    code, out, _ = cli(
        "explore", "uct", "--env", "countdown:1 1 1=100", "--seeds", "2", "--budget", "50", "--json"
    )
    rows = json.loads(out)
    assert code == 3
    assert len(rows) == 2
    assert all(row["operations"] <= 50 and not row["solved"] for row in rows)


def test_unknown_names_are_usage_errors(cli):
    assert cli("explore", "dfs", "--env", "gmae24")[0] == 2
    code, _, err = cli("explore", "utc", "--env", "maze:4")
    assert code == 2
    assert "uct" in err


def test_a_search_goes_on_from_its_file(cli, tmp_path):
    file = str(tmp_path / "search")
    asked = ["explore", "go-explore", "--env", "game24:2 5 8 11", "--seed", "3", "--json"]
    whole = json.loads(cli(*asked, "--budget", "90")[1])
    part = json.loads(cli(*asked, "--budget", "30", "--resume", file)[1])
    assert part[0]["operations"] == 30
    assert json.loads(cli(*asked, "--budget", "90", "--resume", file)[1]) == whole
    code, _, err = cli("explore", "uct", "--env", "game24:2 5 8 11", "--seed", "3", "--resume", file)
    assert code == 2
    assert "checkpoint of another search: method 'go-explore'" in err
    (tmp_path / "search").write_text("half a file")
    code, _, err = cli(*asked, "--resume", file)
    assert code == 2
    assert "not a search that was kept" in err


def test_every_seed_has_its_own_file(cli, tmp_path):
    cli("explore", "dfs", "--env", "maze:5", "--seeds", "2", "--resume", str(tmp_path / "m"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m-0", "m-1"]


def test_llm_wants_a_model_and_a_reaction_space(cli):
    code, _, err = cli("explore", "llm", "--env", "reactions:chan-lam")
    assert code == 2
    assert "--model local" in err
    assert cli("explore", "llm", "--env", "maze:4")[0] == 2


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_plot(cli, tmp_path, suffix, start):
    pytest.importorskip("matplotlib")
    target = tmp_path / f"x.{suffix}"
    code, _, _ = cli("explore", "bfs", "--env", "shapes:4", "--budget", "300", "--plot", str(target))
    assert code in (0, 3)
    assert target.read_bytes().startswith(start)
    code, _, err = cli("explore", "dfs", "--env", "maze:4", "--plot", str(tmp_path / "x.gif"))
    assert code == 2
    assert ".svg nor a .png" in err


LOCK = """
import os, signal
from leadline.environments.base import Action, Observation

class Lock:
    tools = ()

    def reset(self, seed=0):
        self.at = 0
        return Observation("0")

    def legal_actions(self):
        return [Action("turn", {"by": d}) for d in (1, -1)]

    def step(self, action):
        self.at = (self.at + action.arguments["by"]) % 1000
        if self.at == 5 and os.path.exists("interrupt"):
            os.remove("interrupt")
            os.kill(os.getpid(), signal.SIGINT)
        return Observation(str(self.at), reward=float(self.at == 9), done=self.at == 9)

    def state_id(self):
        return str(self.at)

    def snapshot(self):
        return self.at

    def restore(self, snapshot):
        self.at = snapshot

def environment(seed):
    return Lock()
"""


def test_ctrl_c_ends_a_search_in_an_environment_of_my_own_with_what_it_has_and_it_can_go_on(
    cli, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lock.py").write_text(LOCK)
    (tmp_path / "interrupt").touch()
    asked = ("explore", "bfs", "--env", "lock.py", "--budget", "500", "--json", "--resume")
    code, out, err = cli(*asked, "a.bin")
    assert code == 130
    assert [(f["ending"], f["solved"]) for f in json.loads(out)] == [("stopped", False)]
    assert "of 500 steps: the same command goes on." in err
    again, whole = cli(*asked, "a.bin"), cli(*asked, "b.bin")
    assert again == whole
    assert (whole[0], json.loads(whole[1])[0]["actions"]) == (0, ["turn 1"] * 9)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("maze:1", "its size is one of 2 to 200."),
        ("maze:abc", "its size is one of 2 to 200."),
        ("sudoku:10", "its size is one of 4, 9."),
        ("countdown:3 5 2=x", "it is numbers and a target, as 3 5 2=11."),
        ("countdown:3 5 2", "it is numbers and a target, as 3 5 2=11."),
        ("game24:4 a", "it is one to six numbers, as 4 5 6 10."),
        ("gone.py", "There is no file with an environment named 'gone.py'."),
    ],
)
def test_what_describes_no_environment_is_refused_with_what_would(cli, name, message):
    code, _, err = cli("explore", "uct", "--env", name)
    assert code == 2
    assert message in err
