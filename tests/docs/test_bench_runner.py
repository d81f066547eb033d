import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = spec_from_file_location("bench_runner", ROOT / "benchmarks" / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_benchmark_can_be_run_by_itself(runner: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["--list"]) == 0
    names = capsys.readouterr().out.split()
    assert names == runner.names()
    assert "answers" in names
    for name in names:
        text = (ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
        assert '__name__ == "__main__"' in text, name


def test_an_unknown_benchmark_is_a_usage_error(
    runner: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        runner.main(["nothing-like-this"])
    assert end.value.code == 2
    assert "there are: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "minutes", "state"),
    [
        ("pass", 1, "done"),
        ("exit(2)", 1, "skipped"),
        ("exit(1)", 1, "failed"),
        ("while 1: pass", 0.005, "too slow"),
    ],
)
def test_how_a_benchmark_may_end(runner: ModuleType, code: str, minutes: float, state: str) -> None:
    assert runner.run([sys.executable, "-c", code], minutes)[0] == state
