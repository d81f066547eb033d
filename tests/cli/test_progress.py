"""Bars and what they say: on standard error, where a person looks, and never in the way of JSON."""

import io
import sys
import time

import pytest

from leadline import machine_code
from leadline.cli.progress import COMPILING, bar, compiling_said


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def streams(monkeypatch):
    def those(out, err):
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "120")
        return out, err

    return those


def compiled():
    for tell in list(machine_code.TOLD):
        tell()


def test_the_bar_names_the_stage_and_what_is_compiled_and_leaves_standard_output_alone(streams):
    out, err = streams(io.StringIO(), Terminal())
    with bar("training", quiet=True) as progress:
        progress(1, 300, "warm-up")
        compiled()
        compiled()
        time.sleep(0.3)  # it is drawn ten times a second
        print('{"step": 1}')
        progress(2, 300, "warm-up")
    assert out.getvalue() == '{"step": 1}\n'
    assert "warm-up" in err.getvalue()
    assert f"{COMPILING} (2)" in err.getvalue()
    assert machine_code.TOLD == []


def test_json_on_a_terminal_has_no_bar(streams):
    _, err = streams(Terminal(), Terminal())
    with bar("training", quiet=True) as progress:
        progress(1, 2)
    assert err.getvalue() == ""


def test_without_a_terminal_one_line_says_that_loops_are_compiled(streams):
    _, err = streams(io.StringIO(), io.StringIO())
    with compiling_said():
        assert err.getvalue() == ""
        compiled()
        compiled()
    assert err.getvalue() == f"leadline: {COMPILING}: about a minute ...\n"
