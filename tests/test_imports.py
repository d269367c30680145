"""What must stay light: help, version and a bare import load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "pandas", "sklearn", "matplotlib", "scipy")


def loaded(code: str) -> set[str]:
    """Heavy modules in sys.modules after *code* ran in a fresh interpreter."""
    script = f"import sys\n{code}\nsys.stderr.write('\\n' + ' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.rsplit("\n", 1)[-1].split()) & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"], ["predict", "-h"], ["nonsense"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded(f"from gruforecast.cli.main import main\nmain({words!r})") == set()


def test_version_loads_no_parser() -> None:
    code = "from gruforecast.cli.main import main\nmain(['--version'])\nassert 'typer' not in sys.modules"
    assert loaded(code) == set()


def test_import_is_lazy() -> None:
    assert loaded("import gruforecast\nassert gruforecast.__version__") == set()


def test_predict_needs_no_torch() -> None:
    assert "torch" not in loaded("import gruforecast.jobs.forecasting")
