"""Every command explains itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gruforecast.cli.app import COMMANDS, EXIT_CODES, command

Runner = Any


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_an_example(run: Runner, name: str, flag: str) -> None:
    result = run(name, flag)
    assert result.code == 0 and result.err == ""
    examples = result.out.split("Examples\n")[1]
    assert f"gruforecast {name}" in examples
    assert "\x1b" not in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_says_what_it_does(name: str) -> None:
    for parameter in command().commands[name].params:
        assert parameter.help and parameter.help[0].isupper(), parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_parse(name: str) -> None:
    """What the help tells people to type must be accepted by the parser."""
    import shlex

    parser = command().commands[name]
    for line in parser.epilog.split("\n")[1:]:
        typed = line.split("\t")[0].split(" | ")
        words = next(shlex.split(part) for part in typed if part.startswith("gruforecast"))
        parser.make_context(name, words[2:], resilient_parsing=False, parent=None)


def test_top_level_lists_commands_and_exit_codes(run: Runner) -> None:
    page = run("--help").out
    assert run().out == page
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", page, re.MULTILINE)
    for code, meaning in EXIT_CODES:
        assert re.search(rf"^  {code} +{meaning[:20]}", page, re.MULTILINE)


def test_version(run: Runner) -> None:
    from gruforecast import __version__

    assert run("--version").out == f"gruforecast {__version__}\n"
    assert run("--debug", "--version").out == f"gruforecast {__version__}\n"
