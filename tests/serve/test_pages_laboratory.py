"""The laboratory: cards, results with their intervals drawn, leaderboards, training curves."""

import json
import math
import re
from html import unescape

import msgspec
import pytest
from pages_client import Browser

from leadline.bench.reproduce import reproduce, save
from leadline.bench.run import Summary
from leadline.bench.stats import Interval, mean_interval
from leadline.bench.system import Claim, Pair, System, Trial
from leadline.serve.pages.charts import Arm, curve, intervals, ticks
from leadline.systems import load


def numbers(picture, shape, name):
    """The values of an attribute of all shapes of a kind in an SVG."""
    return [float(x) for x in re.findall(rf'<{shape} [^>]*?\b{name}="([-\d.]+)"', picture)]


def test_cards_and_a_result_with_both_arms_drawn(collection, tmp_path):
    def experiment(seed, scale):
        return {"c1": Pair(0.1 * seed, 1.0 + 0.11 * seed)}

    claim = Claim("c1", "Method beats baseline.", "score", "method", "baseline")
    card = System("dars", "DARS", "2508.13755", claims=(claim,), trials=(Trial(experiment),))
    save(reproduce(card, seeds=3), tmp_path)
    (tmp_path / "other.json").write_text("{}")
    browser = Browser(results=tmp_path)
    page = browser.get("/laboratory").text
    assert page.count('<li class="card"') == len(load())
    assert "1 with a result" in page
    shown = browser.get("/laboratory/dars").text
    assert ">holds<" in shown
    assert "3 seeds" in shown
    picture = re.search(r'<svg [^>]*class="chart".*?</svg>', shown, re.DOTALL)[0]
    assert picture.count('class="dot"') == 6
    assert "baseline 0.1 [-0.1484, 0.3484]; method 1.11 [0.8367, 1.383]" in picture  # sd .1 and .11, t 4.3027


def test_an_interval_is_drawn_to_scale():
    picture = intervals([Arm("a", Interval(0.4, 0.2, 0.6, 5)), Arm("b", Interval(1.0, 0.8, 1.0, 5))], "m")
    # The axis runs from 0 at x = 8 to 1 at x = 412: ticks(0.2, 1.0) begin at 0.2, so 0.2 is at 8.
    assert ticks(0.2, 1.0) == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert numbers(picture, "line", "x1")[-2:] == [8.0, 311.0]
    assert numbers(picture, "line", "x2")[-2:] == [210.0, 412.0]
    assert numbers(picture, "circle", "cx") == [109.0, 412.0]


def test_one_value_has_no_interval_and_nan_is_left_out():
    one = intervals([Arm("a", mean_interval([0.5])), Arm("none", mean_interval([]))], "m")
    assert "none" not in one
    assert ">0.5<" in one
    assert intervals([Arm("none", mean_interval([]))], "m") == ""


def test_a_curve_goes_through_its_points():
    picture = curve([(0, 0.0), (5, 1.0), (10, 0.5)], "reward", [0.0, 0.0, 0.0])
    points = [
        tuple(map(float, p.split(","))) for p in re.search(r'polyline points="([^"]+)', picture)[1].split()
    ]
    left, right, top, bottom = 44, 408, 8, 128
    assert points == [(left, bottom), ((left + right) / 2, top), (right, (top + bottom) / 2)]
    assert curve([(0, 1.0)], "reward") == ""
    assert curve([(0, 1.0), (1, math.nan)], "reward") == ""


def test_leaderboards_are_best_first_with_their_intervals(collection, tmp_path):
    for agent, mean in (("weak", 0.2), ("strong", 0.7)):
        summary = Summary(
            "bench<b>", agent, "rule", "f1", 12, 1, {"f1": Interval(mean, mean - 0.1, mean + 0.1, 12)}
        )
        folder = tmp_path / "bench" / "b" / agent
        folder.mkdir(parents=True)
        (folder / "summary.json").write_bytes(msgspec.json.encode(summary))
    page = Browser(results=tmp_path).get("/laboratory").text
    assert page.index(">strong<") < page.index(">weak<")
    assert "0.7 [0.6, 0.8]" in page
    assert "bench&lt;b&gt;" in page


@pytest.fixture
def trained(tmp_path):
    folder = tmp_path / "train" / "countdown-grpo#1"
    folder.mkdir(parents=True)
    lines = [{"step": n, "reward": n / 10, "entropy": 2.0 - n / 10} for n in range(1, 11)]
    lines[4] |= {"pass_1": 0.5, "pass_1_half": 0.1, "pass_k": 0.75, "k": 16}
    lines[9] |= {"pass_1": 0.8, "pass_1_half": 0.05, "pass_k": 0.9, "k": 16}
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    (folder / "metrics.jsonl").write_bytes(text + b'{"step": 11, "rew')  # it goes on
    return tmp_path


def test_training_curves(collection, trained):
    browser = Browser(results=trained)
    address = re.search(r'href="(/laboratory/training/[^"]+)"', browser.get("/laboratory").text)[1]
    page = browser.get(address).text
    assert "10 steps recorded; the last is 10" in page
    assert page.count('class="curve"') == 4  # reward, pass@1, pass@k, entropy
    assert page.count('class="band"') == 1
    assert "0.8 ± 0.05" in page
    drawn = [json.loads(unescape(text)) for text in re.findall(r'data-points="([^"]+)"', page)]
    assert [len(points) for points in drawn] == [10, 2, 2, 10]  # evaluated twice
    assert drawn[1][1] == [10, 0.8, 0.05]
    assert 'data-label="pass@1"' in page
    assert "curves.js" in page
    assert browser.get("/laboratory/training/none").status_code == 404
