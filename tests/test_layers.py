"""The floors of the house: a package imports only what stands below it, and heavy things stay in their places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "gruforecast"
FLOORS: dict[str, float] = {
    "errors": 0,
    "config": 0.5,
    "_version": 0,
    "data": 1,
    "models": 2,
    "training": 3,
    "pretraining": 3,
    "store": 3,
    "evaluation": 4,
    "report": 4,
    "jobs": 5,
    "api": 6,
    "cli": 6,
}
# Facades and tools that may look further.
FREE = {"__init__", "__main__"}
TORCH = {
    *(f"models/{name}.py" for name in ("segment", "pointwise", "cells", "heads", "registry", "device")),
    "training/",
    "pretraining/",
    # The pre-training loop; it stands this high because it keeps its state in the store.
    "jobs/pretrain.py",
}
FILES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Dotted names of all modules *path* imports, wherever in it; not those only for type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for statement in block.body
        for node in ast.walk(statement)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def unit(name: str) -> str:
    return name.split(".")[1] if name.count(".") else "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    place = path.relative_to(ROOT)
    own = place.parts[0].removesuffix(".py")
    if own in FREE:
        return
    for name in imports(path):
        if name.startswith("gruforecast"):
            other = unit(name)
            assert other == own or other == "__init__" or FLOORS[other] < FLOORS[own], f"{place} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_things_stay_in_their_places(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    heads = {name.split(".")[0] for name in imports(path)}
    if "torch" in heads:
        assert any(place == allowed or (allowed.endswith("/") and place.startswith(allowed)) for allowed in TORCH)
    if heads & {"typer", "rich", "click"}:
        assert place.startswith("cli/")
    if place.startswith("cli/"):
        assert not heads & {"numpy", "pandas", "torch", "sklearn"}
    assert path.name != "utils.py"
    assert "pickle" not in heads
