"""``--help`` as one calm page: headings and aligned columns, the same whatever draws the parser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

MAX_WIDTH = 100
FIRST_PANEL, LAST_PANEL = "Options", "Other"
# Wide enough for nearly every flag, so that all tables of a page are aligned.
FLAG_WIDTH = 24
Pairs = Sequence[tuple[str, str]]


def sections(**named: Pairs) -> str:
    """An epilog of headings with pairs of lines below them, in a form that :func:`print_help` takes apart."""
    blocks = [
        [heading.replace("_", " "), *(f"{left}\t{right}" for left, right in pairs)] for heading, pairs in named.items()
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def examples(*pairs: tuple[str, str]) -> str:
    """The epilog of a command: what to type, and what it does."""
    return sections(Examples=pairs)


class Command(TyperCommand):
    """A command with our help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the parser's own formatter is not used
        print_help(self, ctx)


class Group(TyperGroup):
    """The top level with our help page; *summaries* say what each command does, in the order in which to list them."""

    summaries: Mapping[str, str]

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        print_help(self, ctx)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.commands)


def print_help(command: Any, context: Any) -> None:
    """Write the help page of *command* to stdout."""
    from rich.console import Console
    from rich.padding import Padding

    console = Console(highlight=False)
    width = min(console.width, MAX_WIDTH)
    console.print(f"[bold]Usage[/]  [cyan]{_plain(_usage(command, context))}[/]\n", width=width)
    console.print(_plain(_paragraphs(command.help or "")), width=width)
    for heading, rows in _tables(command, context):
        _heading(console, heading)
        console.print(Padding(_grid(rows, 0 if heading == "Commands" else FLAG_WIDTH), (0, 0, 0, 2)), width=width)
    for block in (command.epilog or "").split("\n\n"):
        heading, *lines = block.split("\n")
        if lines:
            _heading(console, heading)
            _pairs(console, [line.partition("\t")[::2] for line in lines], width)
    console.print()


def _paragraphs(text: str) -> str:
    """A docstring's paragraphs, each as one line for the terminal to wrap."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _heading(console: Any, text: str) -> None:
    console.print(f"\n[bold]{_plain(text)}[/]")


def _usage(command: Any, context: Any) -> str:
    if isinstance(command, TyperGroup):
        return f"{context.command_path} COMMAND [OPTIONS]"
    arguments = [_argument_name(p) for p in command.params if p.param_type_name == "argument" and not p.hidden]
    return " ".join([context.command_path, *arguments, "[OPTIONS]"])


def _tables(command: Any, context: Any) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    if isinstance(command, Group):
        yield "Commands", list(command.summaries.items())
    panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], FIRST_PANEL: []}
    for parameter in command.get_params(context):
        if getattr(parameter, "hidden", False):
            continue
        if parameter.param_type_name == "argument":
            panels["Arguments"].append((_argument_name(parameter), parameter.help or ""))
        else:
            panel = getattr(parameter, "rich_help_panel", None) or FIRST_PANEL
            panel = LAST_PANEL if parameter.name == "help" and LAST_PANEL in panels else panel
            panels.setdefault(panel, []).append((_names(parameter), _meaning(parameter)))
    yield from ((heading, rows) for heading, rows in panels.items() if rows)


def _argument_name(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return str(name) if parameter.required else f"[{name}]"


def _names(parameter: Any) -> str:
    """``-m, --model DIR``; long names are aligned below each other."""
    short = [name for name in parameter.opts if not name.startswith("--")]
    long = [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--")]
    value = "" if parameter.is_flag or not parameter.metavar else f" {parameter.metavar}"
    return f"{short[0] + ',' if short else '   '} {', '.join(long)}{value}"


def _meaning(parameter: Any) -> str:
    default = parameter.default
    if not parameter.show_default or default in (None, False) or callable(default) or parameter.is_flag:
        return str(parameter.help or "")
    return f"{parameter.help} [{default}]"


def _grid(rows: Iterable[tuple[str, str]], min_width: int = 0) -> Any:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan", no_wrap=True, min_width=min_width)
    grid.add_column()
    for left, right in rows:
        grid.add_row(_plain(left), _plain(right))
    return grid


def _pairs(console: Any, pairs: Sequence[Sequence[str]], width: int) -> None:
    """Side by side where all fit, else one below the other."""
    from rich.padding import Padding

    if max(len(left) for left, _ in pairs) + max(len(right) for _, right in pairs) + 4 <= width:
        console.print(Padding(_grid([(left, right) for left, right in pairs]), (0, 0, 0, 2)), width=width)
        return
    for left, right in pairs:
        console.print(f"  [cyan]{_plain(left)}[/]\n      {_plain(right)}", soft_wrap=True)


def _plain(text: str) -> str:
    """Text in which rich finds no markup."""
    from rich.markup import escape

    return escape(text)
