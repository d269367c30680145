"""Pre-train the universal GRU on synthetic series: resumable, deterministic by seed, with held-out curves."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gruforecast._version import __version__
from gruforecast.config import Config, DataConfig, ModelConfig, between
from gruforecast.data.panel import Panel
from gruforecast.data.windows import MAX_FUTURE, Batch, make_layout
from gruforecast.errors import NoInput
from gruforecast.jobs.bundled import CARD, WEIGHTS, bundled_model, model_card, recorded_forecasts, unpacked
from gruforecast.jobs.source import load
from gruforecast.models.device import choose_device
from gruforecast.models.registry import Model, make_model
from gruforecast.pretraining.batches import draw_batch, draw_batches
from gruforecast.pretraining.kinds import KINDS
from gruforecast.pretraining.stream import BatchStream
from gruforecast.store.files import make_directory, write_together
from gruforecast.store.state import SavedState, latest_state, save_state
from gruforecast.store.tensors import save_tensors
from gruforecast.training.events import Event, Snapshotted
from gruforecast.training.loop import StableDecay, fit, held_out_loss
from gruforecast.training.sampler import last_windows
from gruforecast.training.snapshot import Snapshot

HELD_OUT_SEED = 2**31 - 1  # no training step draws from it
HELD_OUT_WINDOWS = 256


@dataclass(frozen=True)
class PretrainConfig(Config):
    """How to pre-train. ``steps`` may be raised later: a run goes on until the decay begins.

    ``groups`` batches of one kind of series each make a step. ``from_bundled``: start from the weights in the box.
    """

    steps: int = between(1, 10_000_000, 20_000)
    decay: int = between(1, 10_000_000, 5_000)
    batch_size: int = between(8, 65_536, 1024)
    groups: int = between(1, 64, 8)
    lr: float = between(1e-7, 1.0, 1.2e-3)
    seed: int = between(0, HELD_OUT_SEED - 1, 0)
    workers: int = between(1, 64, 1)
    threads: int = between(1, 4096, 2)
    snapshot_every: int = between(1, 1_000_000, 500)
    from_bundled: bool = False


@dataclass(frozen=True)
class Measured:
    """Held-out losses of the averaged weights after *step* steps: synthetic kinds, then real panels' last windows."""

    step: int
    training_loss: float
    losses: dict[str, float]


def pretrain(
    run: Path,
    model_config: ModelConfig,
    config: PretrainConfig,
    panels: dict[str, Panel],
    on_event: Callable[[Event | Measured], None],
) -> Snapshot:
    """Train until ``config.steps``, going on from the newest checkpoint in *run*; returns the last snapshot.

    Args:
        panels: real series to look at, by name. Only their last windows are scored; nothing is learned from them.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = make_model(model_config, 1)
    saved = latest_state(run)
    start = _snapshot(saved) if saved else None
    origin = _origin(saved, config)
    if start is None and origin:
        model.load(bundled_model().members[0])
    model.to(choose_device("auto"))
    first = start.step if start else 0
    settings = {"model": model_config.to_dict(), "training": config.to_dict(), "origin": origin}
    held_out = held_out_batches(panels)
    make = functools.partial(draw_batches, config.seed, size=config.batch_size, groups=config.groups)
    schedule = StableDecay(config.lr, config.steps, config.decay)
    last = start

    def due(step: int) -> bool:
        return step % config.snapshot_every == 0 or step == config.steps

    with BatchStream(make, first, config.workers) as stream:
        events = fit(model, stream, schedule, phase="pretrain", start=start, snapshot_due=due)
        for event in events:
            on_event(event)
            if isinstance(event, Snapshotted):
                last = event.snapshot
                done = {"running_loss": last.running_loss, "halvings": last.halvings}
                save_state(run, last.step, done | settings, last.tensors)
                on_event(Measured(last.step, last.running_loss, measure(model, last, held_out)))
    assert last is not None
    return last


def _origin(saved: SavedState | None, config: PretrainConfig) -> dict[str, Any] | None:
    """Which bundled weights a run started from, and all windows behind them; None: from nothing."""
    if saved is not None:
        found: dict[str, Any] | None = saved.meta["origin"]
        return found
    if not config.from_bundled:
        return None
    card = model_card()
    return {"sha256": card["sha256"], "windows": card["pretraining"]["windows"]}


def _snapshot(saved: SavedState) -> Snapshot:
    return Snapshot(saved.step, saved.meta["running_loss"], saved.tensors, saved.meta.get("halvings", 0))


def held_out_batches(panels: dict[str, Panel]) -> dict[str, Batch]:
    """One fixed synthetic batch a kind, and each panel's last window of its default horizon."""
    batches = {
        kind.name: draw_batch(np.random.default_rng([HELD_OUT_SEED, i]), kind, HELD_OUT_WINDOWS)
        for i, kind in enumerate(KINDS.values())
    }
    for name, panel in panels.items():
        horizon = panel.freq.default_horizon
        batch = last_windows(panel, make_layout(panel.freq.seasons), horizon, horizon)
        if batch is not None:
            batches[name] = batch
    return batches


def measure(model: Model, snapshot: Snapshot, batches: dict[str, Batch]) -> dict[str, float]:
    weights = {name: torch.from_numpy(array) for name, array in snapshot.averaged().items()}
    return {name: held_out_loss(model, weights, batch) for name, batch in batches.items()}


def load_panels(files: Sequence[str]) -> dict[str, Panel]:
    """Real series to look at, by file name. Raises DataError, NoInput."""
    return {Path(file).name.split(".")[0]: load(file, DataConfig()).panel for file in files}


def export_bundled(run: Path, directory: Path) -> None:
    """Write the newest averaged weights of *run* as a bundled model: half precision, and a model card beside them.

    Raises NoInput when *run* holds no checkpoint.
    """
    saved = latest_state(run)
    if saved is None:
        raise NoInput(f"{run}: no checkpoint of a pre-training run", hint="run gruforecast pretrain first")
    snapshot = _snapshot(saved)
    blob = save_tensors({name: array.astype(np.float16) for name, array in snapshot.averaged().items()})
    model = make_model(ModelConfig.from_dict(saved.meta["model"]), 1)
    training, origin = saved.meta["training"], saved.meta["origin"]
    windows = saved.step * training["batch_size"] + (origin["windows"] if origin else 0)
    card = {
        "name": "universal segment GRU",
        "trained_on": "synthetic series only (gruforecast.pretraining)",
        "gruforecast_version": __version__,
        "model": model.config.to_dict(),
        "parameters": model.n_parameters,
        "pretraining": {**training, "steps": saved.step, "origin": origin, "windows": windows},
        "kinds": {kind.name: kind.weight for kind in KINDS.values()},
        "held_out_losses": measure(model, snapshot, held_out_batches({})),
        "future_segments": MAX_FUTURE,
        "sha256": hashlib.sha256(blob).hexdigest(),
    }
    card["recorded"] = recorded_forecasts(unpacked(card, blob))
    make_directory(directory)
    write_together({directory / WEIGHTS: blob, directory / CARD: json.dumps(card, indent=2).encode() + b"\n"})
