"""Pre-train the bundled GRU on synthetic series and write its weights and model card; ``make pretrain`` runs this.

A run that was stopped goes on from its newest checkpoint. With the same settings the same weights come out.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from pathlib import Path

from gruforecast.config import ModelConfig
from gruforecast.jobs.pretrain import Measured, PretrainConfig, export, pretrain

WEIGHTS = Path(__file__).parents[1] / "gruforecast" / "models" / "weights"


def main() -> None:
    """Pre-train, then export unless told not to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="directory of checkpoints")
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--export-to", type=Path, default=WEIGHTS, help="where weights and card are written")
    for field in dataclasses.fields(PretrainConfig):
        kind = float if field.name == "lr" else int
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    given = vars(parser.parse_args())
    run, hidden, target = given.pop("run"), given.pop("hidden"), given.pop("export_to")
    model, config = ModelConfig(hidden=hidden), PretrainConfig(**given)
    run.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def report(event: object) -> None:
        if isinstance(event, Measured):
            losses = "  ".join(f"{name} {loss:.4f}" for name, loss in event.losses.items())
            minutes = (time.monotonic() - began) / 60
            print(f"step {event.step}, {minutes:.0f} min, loss {event.training_loss:.4f}  {losses}", flush=True)

    pretrain(run, model, config, {}, report)
    export(run, target, model, config, {})
    print(f"Wrote {target}", file=sys.stderr)


if __name__ == "__main__":
    main()
