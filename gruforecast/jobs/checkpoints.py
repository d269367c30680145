"""What a training that was interrupted leaves in its model directory, and how it goes on from there.

Kept in ``runs/train`` (see :mod:`gruforecast.store.state`) until a model is published.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gruforecast._version import __version__
from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.panel import Panel
from gruforecast.errors import ModelRefused, UsageError, escape
from gruforecast.jobs.bundled import model_card
from gruforecast.models.spec import Spec, Weights
from gruforecast.store.model_store import RUNS
from gruforecast.store.state import SavedState, discard_run, latest_state, save_state
from gruforecast.store.tensors import Tensors
from gruforecast.training.events import Event, PhaseEnded, Snapshotted

if TYPE_CHECKING:
    from gruforecast.training.snapshot import Result, Snapshot
    from gruforecast.training.trainer import Progress

# Seconds between two checkpoints, and how many times longer than saving one they are at least.
PAUSE, SHARE = 60.0, 20.0


class Checkpoints:
    """Follows a training by its events and saves how far it is: once a minute, and when it is to stop."""

    def __init__(self, directory: Path, origin: dict[str, Any], stopping: Callable[[], bool]) -> None:
        """*directory* is the model's, *origin* what :func:`origin_of` says; *stopping* is asked after every step."""
        self.run, self.origin, self.stopping = directory / RUNS / "train", origin, stopping
        self.search: Result | None = None
        self.members: list[Weights] = []
        self.begun = self.saved = time.monotonic()
        self.pause = PAUSE
        self.resumed = self.owned = False  # going on with what was found; what is there is this training's

    def resume(self, spec: Spec) -> Progress | None:
        """How far an earlier run of the same training had come, to be followed from there; None: there is none.

        Args:
            spec: names and shapes of the network's weights.

        Raises:
            UsageError: it was a training of other data, or by other settings.
            ModelRefused: its state is none of such a network.
        """
        state = latest_state(self.run)
        if state is None:
            return None
        self._refuse_others(state.meta.get("origin"))
        try:
            progress = _progress(state, spec)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelRefused(
                f"{escape(self.run, 300)} is damaged", hint="leave --resume out to train anew"
            ) from error
        self.search, self.members = progress.search, list(progress.members)
        self.resumed = self.owned = True
        self.begun -= progress.seconds
        return progress

    def to_replace(self) -> str:
        """What is said of an interrupted training that nobody goes on with; empty where there is none."""
        state = latest_state(self.run)
        if state is None:
            return ""
        return f"takes the place of a training interrupted at step {state.step}, which --resume would have gone on with"

    def due(self, step: int) -> bool:  # noqa: ARG002 - what the training loop tells
        """Whether to save after this step."""
        return self.stopping() or time.monotonic() - self.saved > self.pause

    def on_event(self, event: Event) -> None:
        """Follow *event*. Raises WriteError; the checkpoint before is then intact."""
        if isinstance(event, Snapshotted):
            self._save(event.snapshot)
        elif isinstance(event, PhaseEnded) and event.weights is not None:
            self.members.append(event.weights)
        elif isinstance(event, PhaseEnded):
            self.search = event.result

    def discard(self) -> None:
        """Remove what is saved."""
        discard_run(self.run)

    def _save(self, snapshot: Snapshot) -> None:
        began = time.monotonic()
        if not self.owned:
            self.discard()  # what is left of a training that nobody went on with
            self.owned = True
        meta = {
            "origin": self.origin,
            "seconds": began - self.begun,
            "search": None if self.search is None else _plain(self.search),
            "members": len(self.members),
            "running_loss": snapshot.running_loss,
            "halvings": snapshot.halvings,
            "best": _plain(snapshot.best),
            "stale": snapshot.stale,
        }
        tensors = dict(snapshot.tensors)
        for i, weights in enumerate(self.members):
            tensors |= {f"member{i}.{name}": array for name, array in weights.items()}
        save_state(self.run, snapshot.step, meta, tensors)
        self.saved = time.monotonic()
        self.pause = max(PAUSE, SHARE * (self.saved - began))

    def _refuse_others(self, origin: Any) -> None:
        origin = origin if isinstance(origin, dict) else {}
        different = [name for name, value in self.origin.items() if origin.get(name) != value]
        if different:
            raise UsageError(
                f"the interrupted training in {escape(self.run, 300)} differs in {', '.join(different)}",
                hint="give it what it had, or leave --resume out to train anew",
            )


def origin_of(panel: Panel, model: ModelConfig, config: TrainConfig) -> dict[str, Any]:
    """What the result of a training follows from, by names fit for messages; plain JSON."""
    digest = hashlib.sha256(json.dumps([panel.ids.tolist(), panel.freq.to_dict()]).encode())
    for array in (panel.start, panel.indptr, panel.y):
        digest.update(np.ascontiguousarray(array).tobytes())
    return {
        "data": digest.hexdigest(),
        **model.to_dict(),
        **config.to_dict(),
        "threads": config.threads or os.cpu_count() or 1,
        "version": __version__,
        "pre-trained weights": model_card()["sha256"],
    }


def _plain(result: Result) -> dict[str, Any]:
    """*result* as JSON, which knows no NaN."""
    return {name: repr(value) if isinstance(value, float) else value for name, value in asdict(result).items()}


def _result(plain: dict[str, Any]) -> Result:
    from gruforecast.training.snapshot import Result

    step, value, first, blend = (plain[name] for name in ("step", "value", "first", "blend"))
    known = [None if text is None else float(text) for text in (value, first)]
    return Result(int(step), known[0], known[1], float(blend))


def _progress(state: SavedState, spec: Spec) -> Progress:
    """Inverse of what :class:`Checkpoints` saves. Raises KeyError, TypeError or ValueError where it is not that."""
    from gruforecast.training.snapshot import Snapshot
    from gruforecast.training.trainer import Progress

    meta, tensors = state.meta, state.tensors
    members = tuple(_taken(tensors, f"member{i}.", spec) for i in range(int(meta["members"])))
    search, best = meta["search"] and _result(meta["search"]), _result(meta["best"])
    parts = ["network.", "average.", "exp_avg.", "exp_avg_sq.", *(["best."] if best.value is not None else [])]
    kept = {f"{part}{name}": array for part in parts for name, array in _taken(tensors, part, spec).items()}
    snapshot = Snapshot(state.step, float(meta["running_loss"]), kept, int(meta["halvings"]), best, int(meta["stale"]))
    return Progress(search, members, snapshot, float(meta["seconds"]))


def _taken(tensors: Tensors, prefix: str, spec: Spec) -> Weights:
    """The tensors whose names begin with *prefix*, which have to be those of *spec*, under their own names."""
    found = {name: tensors[f"{prefix}{name}"] for name in spec}
    if any(found[name].shape != shape or found[name].dtype != np.float32 for name, shape in spec.items()):
        raise ValueError(f"{prefix}* are of another network")
    return found
