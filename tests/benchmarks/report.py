"""Figures as text: a line while measuring, then one markdown block for the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bars import PEERS

MODES = {"zero-shot": "zero-shot", "train": "fine-tuned", "scratch": "from scratch"}
_HEAD = "| data | model | sMAPE | MASE | OWA | WQL | coverage 95 % | seconds | peak MiB |"


def line(row: Any) -> str:
    """One result as soon as it is there."""
    if row.error:
        return f"{row.set:13} {row.mode:9} failed: {row.error}"
    s, cost = row.scores, row.cost
    said = "  ".join(f"{name} {_figure(s.get(name))}" for name in ("smape", "mase", "owa", "wql"))
    verdict = f"MISSED {', '.join(row.missed)}" if row.missed else "ok"
    return f"{row.set:13} {row.mode:9} {said}  {cost.seconds:.1f} s  {cost.memory:.0f} MiB  {verdict}"


def markdown(rows: Sequence[Any], startup: Mapping[str, float], machine: str) -> str:
    """The table of all results with the published figures under each set, and the start-up times."""
    parts = [f"\nMeasured on {machine}.\n"]
    if rows:
        parts += [_HEAD, "|---" * _HEAD.count(" | ") + "|---|"]
        for name in dict.fromkeys(row.set for row in rows):
            own = [row for row in rows if row.set == name and not row.error]
            parts += [_row(row) for row in own]
            parts += [_peer(peer, name) for peer, known in PEERS.items() if name in known]
    if startup:
        parts += ["\n| command | seconds, best of five |", "|---|---|"]
        parts += [f"| `{name}` | {seconds:.2f} |" for name, seconds in startup.items()]
    return "\n".join(parts)


def _row(row: Any) -> str:
    s, cost = row.scores, row.cost
    scores = " | ".join(_figure(s.get(name)) for name in ("smape", "mase", "owa", "wql", "coverage"))
    model = f"**GRU, {MODES[row.mode]}**"
    return f"| {row.set} ({row.series:,}) | {model} | {scores} | {cost.seconds:.1f} | {cost.memory:.0f} |"


def _peer(peer: str, name: str) -> str:
    scores = " | ".join(_figure(value) for value in PEERS[peer][name])
    return f"| {name} | {peer} | {scores} | | | | |"


def _figure(value: float | None) -> str:
    """Two decimals for percentages, three for ratios."""
    return "" if value is None else f"{value:.2f}" if value >= 4 else f"{value:.3f}"
