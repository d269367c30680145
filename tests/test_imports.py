"""What must stay light: help, version and a bare import load nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_predict_of_a_plain_file_loads_numpy_alone(tmp_path: Path) -> None:
    """What takes long to load is for larger or odder files: a forecast of this one comes at once."""
    data, out = tmp_path / "sales.csv", tmp_path / "out.csv"
    data.write_text("unique_id,ds,y\n" + "".join(f'"Oslo, N",{day},{day % 7}.5\n' for day in range(50)))
    words = ["predict", str(data), "--zero-shot", "-H", "3", "-o", str(out), "-q"]
    assert loaded(f"from gruforecast.cli.main import main\nassert main({words!r}) == 0") == {"numpy"}
    assert len(out.read_text().splitlines()) == 4


def test_no_command_loads_another() -> None:
    code = "from gruforecast.cli.main import main\nmain(['predict', '-h'])"
    assert loaded(f"{code}\nassert 'gruforecast.cli.train' not in sys.modules") == set()


def test_training_loads_no_compiler(tmp_path: Path) -> None:
    """The first optimiser of torch would, which takes as long as importing torch itself."""
    data = tmp_path / "sales.csv"
    data.write_text("ds,y\n" + "".join(f"2020-01-{day:02d},{day % 7}.5\n" for day in range(1, 32)))
    words = ["train", str(data), "-m", str(tmp_path / "model"), "-H", "3", "--max-steps", "2", "-q", "--threads", "1"]
    code = f"from gruforecast.cli.main import main\nassert main({words!r}) == 0\n"
    assert "torch" in loaded(f"{code}assert 'torch._dynamo' not in sys.modules")
