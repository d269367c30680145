"""What is shipped: the repository's top level, the pins, the wheel, and that nothing names this or that machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from gruforecast._version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md", ".gitignore", ".gitattributes"),
    *("gruforecast", "tests", "sample_data", ".ci"),
}
# Homes and checkouts of single machines, package registries and their mirrors. Put together so as not to be found here.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/")
REGISTRY = re.compile(r"py" + r"pi\.org|pythonho" + r"sted|download\.pyt" + r"orch|/opt/(?:wheels|py" + r"pi)", re.I)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_top_level_is_tidy(tracked: list[Path]) -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked}
    assert found <= TOP_LEVEL
    assert {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml"} <= found


def test_no_machine_is_named(tracked: list[Path]) -> None:
    found = []
    for path in tracked:
        data = path.read_bytes()
        lines = data.decode("utf-8", "replace").splitlines() if b"\0" not in data else []
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line) or REGISTRY.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_files_are_small_and_no_builds(tracked: list[Path]) -> None:
    for path in tracked:
        assert path.stat().st_size < 5_000_000, path
        assert path.suffix not in {".pyc", ".pt", ".pth", ".ckpt", ".pkl", ".whl"}, path


def test_pins_fit_the_ranges() -> None:
    pins = dict(
        line.split("==") for line in (ROOT / ".ci" / "constraints.txt").read_text().splitlines() if "==" in line
    )
    wanted = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    for requirement in map(Requirement, wanted):
        pin = pins.get(requirement.name)
        if requirement.specifier and requirement.name != "gruforecast":
            assert pin is not None, f"{requirement.name} is not pinned"
            assert requirement.specifier.contains(Version(pin)), f"{requirement} excludes {pin}"


def test_every_import_is_declared() -> None:
    # What only an extra installs must be imported where it is used, not at the top of a module.
    extras = PROJECT["optional-dependencies"]
    optional = {canonicalize_name(Requirement(r).name) for name in extras if name != "dev" for r in extras[name]}
    declared = {canonicalize_name(Requirement(r).name) for r in PROJECT["dependencies"]}
    aliases = {"sklearn": "scikit-learn", "dateutil": "python-dateutil"}
    ours = {"gruforecast", *sys.stdlib_module_names}
    pattern = re.compile(r"^([ ]*)(?:from|import) ([a-zA-Z_]\w*)", re.MULTILINE)
    for path in (ROOT / "gruforecast").rglob("*.py"):
        code = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text(encoding="utf-8"))
        for indent, name in set(pattern.findall(code)):
            known = declared | optional if indent else declared
            assert name in ours or canonicalize_name(aliases.get(name, name)) in known, f"{path.name} imports {name}"


def test_changelog_knows_this_version() -> None:
    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it."""
    target = tmp_path_factory.mktemp("wheel")
    words = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(ROOT)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(target.glob("gruforecast-*.whl"))


@pytest.mark.slow
def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = f"gruforecast-{__version__}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        scripts = archive.read(f"{info}/entry_points.txt").decode()
    assert {name.split("/")[0] for name in names} == {"gruforecast", info}
    for needed in ("py.typed", "models/weights/universal.safetensors", "models/weights/universal.json"):
        assert f"gruforecast/{needed}" in names
    assert wheel.stat().st_size < 10_000_000
    assert (metadata["Name"], metadata["Version"]) == ("gruforecast", __version__)
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert f"{info}/licenses/LICENSE" in names and "Apache" in str(
        metadata.get("License-Expression") or metadata["License"]
    )
    assert "gruforecast = gruforecast.cli.main:main" in scripts


@pytest.mark.slow
def test_wheel_forecasts_when_installed(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    words = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import gruforecast; from gruforecast.cli.main import main\n"
        f"assert gruforecast.__file__.startswith({str(site)!r})\n"
        f"sys.exit(main(['predict', {str(ROOT / 'sample_data' / 'passengers.csv')!r}, '--quiet']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "forecasts.csv").exists()
