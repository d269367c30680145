"""The README keeps its word: every example runs, every flag exists, every table is the program's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gruforecast.cli.app import COMMANDS, EXIT_CODES, command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = ("passengers.csv", "stores.csv", "electricity.csv")
NOT_RUN = "<!-- not run by the tests -->"
# The examples are for users; here they only have to be right, so they may be quick.
QUICK = {"MAX_STEPS": "4", "BATCH_SIZE": "32", "THREADS": "1"}
_FENCE = re.compile(r"(?P<before>[^\n]*)\n```(?P<kind>\w+)\n(?P<text>.*?)\n```\n", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced example and the ``##`` section it stands in."""

    section: str
    kind: str
    text: str
    run: bool


def blocks() -> Iterator[Block]:
    for part in re.split(r"^(?=## )", README, flags=re.MULTILINE):
        title = part.splitlines()[0].lstrip("# ")
        for match in _FENCE.finditer(part):
            yield Block(title, match["kind"], match["text"], match["before"] != NOT_RUN)


BLOCKS = list(blocks())
SECTIONS = list(dict.fromkeys(block.section for block in BLOCKS if block.run and block.kind in ("console", "sh")))


def is_slow(section: str) -> bool:
    """Whether it trains, or runs many commands."""
    examples = "".join(block.text for block in BLOCKS if block.run and block.section == section)
    return "gruforecast train" in examples or examples.count("gruforecast ") > 5


@pytest.mark.parametrize("section", [pytest.param(s, marks=[pytest.mark.slow] if is_slow(s) else []) for s in SECTIONS])
def test_examples_run(section: str, home: Path) -> None:
    for block in BLOCKS:
        if block.section == section and block.run:
            if block.kind == "console":
                for line, shown in dialogue(block.text):
                    check(line, shown, home)
            elif block.kind == "sh":
                done = shell(f"set -e -o pipefail\n{block.text}", home)
                assert done.returncode == 0, f"{block.text}\n{done.stdout}"


@pytest.mark.slow
def test_python_examples_run(home: Path) -> None:
    examples = [block for block in BLOCKS if block.kind == "python"]
    assert examples
    for block in examples:
        (home / "example.py").write_text(block.text, encoding="utf-8")
        done = shell(f"'{sys.executable}' example.py", home)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working directory with the sample data."""
    for name in SAMPLES:
        shutil.copy(ROOT / "sample_data" / name, tmp_path)
    return tmp_path


def shell(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run *script* with this environment's gruforecast first on the path; stderr goes with stdout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GRUFORECAST_")}
    environment |= {f"GRUFORECAST_{k}": v for k, v in QUICK.items()}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def dialogue(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the output shown for it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        yield line, shown


def check(line: str, shown: list[str], cwd: Path) -> None:
    """The command ends as shown, and every line shown is said; figures may differ, ``…`` stands for more lines."""
    done = shell(line, cwd)
    refused = any(text.startswith("error:") for text in shown)
    assert (done.returncode != 0) == refused, f"{line}\n{done.stdout}"
    said = {masked(text) for text in done.stdout.splitlines()}
    for text in shown:
        assert text == "…" or masked(text) in said, f"{line} did not say\n{text}\nbut\n{done.stdout}"


def masked(text: str) -> str:
    """*text* without its figures, the marks that depend on them, and its spacing."""
    return " ".join(re.sub(r"\d[\d.,]*\d|\d|•", "", text).split())


def test_examples_were_found() -> None:
    assert len(SECTIONS) >= 5 and sum(block.text.count("gruforecast ") for block in BLOCKS) > 30


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_heading_and_an_example(name: str) -> None:
    assert f"\n### {name}\n" in README
    assert any(f"gruforecast {name}" in block.text for block in BLOCKS)


def test_flags_exist() -> None:
    known = {flag for sub in subcommands().values() for parameter in sub.params for flag in flags_of(parameter)}
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README))
    assert written - known <= {"--help", "--version", "--debug", "--sets", "--mode", "--steps"}


def test_each_example_uses_flags_of_its_own_command() -> None:
    for block in BLOCKS:
        for words in re.findall(r"gruforecast ([a-z]+)([^|&#\n]*)", block.text):
            sub = subcommands().get(words[0])
            if sub is not None:
                known = {flag for parameter in sub.params for flag in flags_of(parameter)} | {"--help"}
                assert set(re.findall(r"(?<![\w-])--[a-z-]+", words[1])) <= known, words


def subcommands() -> dict[str, Any]:
    commands: dict[str, Any] = command().commands
    return commands


def flags_of(parameter: Any) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts]


def test_exit_codes_are_the_programs() -> None:
    table = section_text("Exit codes")
    assert re.findall(r"^\| ([\d/]+) \| (.+) \|$", table, re.MULTILINE) == list(EXIT_CODES)


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z]+)(?=[` ]*(?:`|#|\n| {2}))", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    for link in re.findall(r"\]\(([^)]+)\)", README):
        if link.startswith("#"):
            assert link[1:] in headings, link
        else:
            assert (ROOT / link).exists(), link


def section_text(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
