"""leadline explore: results, JSON, exit codes, plot."""

import json


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
    code, _, err = cli("explore", "mtcs", "--env", "maze:4")
    assert code == 2
    assert "uct" in err


def test_plot(cli, tmp_path):
    import pytest

    pytest.importorskip("matplotlib")
    code, _, _ = cli(
        "explore", "bfs", "--env", "shapes:4", "--budget", "300", "--plot", str(tmp_path / "x.svg")
    )
    assert code in (0, 3)
    assert (tmp_path / "x.svg").read_text().startswith("<?xml")
