"""``gruforecast info``: what is in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import CommonFlags, ZeroShotOption

EPILOG = examples(
    ("gruforecast info", "the newest model here, else the pre-trained one"),
    ("gruforecast info models/sales --json", "the same for a program"),
)


@grouped
def command(
    common: CommonFlags,
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL", help="Model directory. [newest here, else the bundled one]", show_default=False
        ),
    ] = None,
    zero_shot: ZeroShotOption = False,
) -> None:
    talk = Talk(quiet=common.quiet, as_json=common.json)
    from gruforecast.jobs.info import describe_model
    from gruforecast.jobs.resolve import resolve_model

    described = describe_model(resolve_model(model, Path(), or_bundled=True, zero_shot=zero_shot))
    talk.result(_table(described))
    talk.document(command="info", model=described)


def _table(model: dict[str, Any]) -> Any:
    from rich.panel import Panel
    from rich.table import Table

    from gruforecast.cli.text import escaped

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, value in _rows(model):
        grid.add_row(name, value)
    version = f" [dim]version {model['version']}[/]" if model["path"] else ""
    title = f"[bold]{escaped(model['path'] or 'the bundled model')}[/]{version}"
    return Panel(grid, title=title, title_align="left", border_style="dim", expand=False, padding=(0, 1))


def _rows(model: dict[str, Any]) -> list[tuple[str, str]]:
    from gruforecast.cli.text import counted, escaped, figures, frequency, intervals

    data, training, network = model["data"], model["training"], model["network"]
    columns = [f"{escaped(name)} ({role})" for role, name in model["columns"].items() if name]
    members = f"{model['members']} × " if model["members"] > 1 else ""
    kind = f"{members}{network['cell'].upper()}, {network['network']}, {network['hidden']} wide"
    layers = f", {network['layers']} layers" if network["layers"] > 1 else ""
    rows = [("network", f"{kind}{layers}, {counted(model['parameters'], 'weight')}")]
    if model["card"]:
        return [*rows, *_card_rows(model["card"]), ("weights", f"[dim]{model['manifest_sha256'][:16]}…[/]")]
    if data.get("rows"):
        rows += [
            ("data", f"{escaped(data['file'] or 'not a file')}, {counted(data['rows'], 'row')}"),
            ("series", f"{data['series']:,}, {escaped(data['first'])} … {escaped(data['last'])}"),
            ("columns", ", ".join(columns) or escaped(data["layout"])),
        ]
    if model["freq"]:
        rows.append(("time", f"{frequency(model['freq'])}, season {counted(model['season_length'], 'period')}"))
    rows += [
        ("horizon", f"{counted(model['horizon'], 'period')}, looks back {model['context_length']}"),
        ("intervals", intervals(model["levels"]).removesuffix(" intervals").removesuffix(" interval")),
    ]
    if training.get("steps") is not None:
        loss = figures(", held-out loss ", training.get("start_loss"), training.get("validation_loss"))
        start = ", from the pre-trained weights" if training.get("start") == "pretrained" else ""
        rows.append(("training", f"{training['steps']} steps{start}, seed {training['seed']}{loss}"))
    if model["manifest_sha256"]:
        rows.append(("manifest", f"[dim]{model['manifest_sha256'][:16]}…[/]"))
    return rows


def _card_rows(card: dict[str, Any]) -> list[tuple[str, str]]:
    """What the bundled model's card says."""
    from gruforecast.cli.text import counted, escaped

    taught = card["pretraining"]
    return [
        ("taught by", escaped(card["trained_on"])),
        ("training", f"{taught['steps']:,} steps, {counted(taught['windows'], 'window')}, seed {taught['seed']}"),
        ("serves", "any frequency and horizon, without training; gruforecast train adapts it"),
    ]
