"""Train a model on a panel and publish it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.calendar_effects import take_out_calendar
from gruforecast.data.dataset_scaler import DatasetScaler
from gruforecast.data.origin import Named
from gruforecast.data.panel import Panel
from gruforecast.data.windows import Layout, make_layout
from gruforecast.errors import DataError
from gruforecast.jobs.bundled import bundled_model, on_grid
from gruforecast.jobs.checkpoints import Checkpoints, origin_of
from gruforecast.jobs.last_period import with_note
from gruforecast.jobs.saved_model import DEFAULT_LEVELS, SavedModel, check_levels, save_model
from gruforecast.jobs.season import with_season
from gruforecast.jobs.source import Loaded, describe, load
from gruforecast.models.counters import with_rises
from gruforecast.models.spec import weight_spec
from gruforecast.store import model_store
from gruforecast.store.lock import LOCK_NAME, locked

if TYPE_CHECKING:
    import pandas as pd

    from gruforecast.training.events import Event
    from gruforecast.training.trainer import Trained

_DATA, _MODEL, _TRAIN = DataConfig(), ModelConfig(), TrainConfig()


@dataclass(frozen=True)
class TrainResult:
    """The published model and what it was trained on; whether an interrupted training was gone on with."""

    model: SavedModel
    loaded: Loaded
    resumed: bool = False


def train(
    source: Named | pd.DataFrame,
    directory: Path,
    *,
    data: DataConfig = _DATA,
    model: ModelConfig = _MODEL,
    config: TrainConfig = _TRAIN,
    levels: tuple[float, ...] = DEFAULT_LEVELS,
    on_read: Callable[[Loaded], None] = lambda _: None,
    on_event: Callable[[Event], None] = lambda _: None,
    wait: float | None = None,
    resume: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Read *source*, train, and publish the model in *directory*.

    Args:
        on_read: called once when the data is read, before training starts.
        on_event: called with every event of the training loop, with ``Snapshotted`` when that is safe on disk.
        wait: seconds to wait for another run's lock; None: do not wait.
        resume: go on where an earlier run in *directory* was interrupted; from the start if none was.
        stopping: asked after every step whether *on_event* is going to end the training, so that a snapshot is due.

    Raises:
        DataError, NoInput: the input; UsageError, WriteError: the directory; Locked: another run is training there;
        TrainingDiverged: nothing was published; UsageError, ModelRefused: what is to be resumed is something else.
    """
    fresh = not directory.exists()
    model_store.prepare(directory)
    with locked(directory, wait), _no_trace(directory, fresh):
        loaded = with_season(with_note(load(source, data)))
        checkpoints = Checkpoints(directory, origin_of(loaded.panel, model, config), stopping)
        if not resume and (waiting := checkpoints.to_replace()):
            loaded = replace(loaded, report=loaded.report.with_warning(waiting))
        on_read(loaded)
        trained = train_panel(loaded.panel, model, config, levels, on_event, checkpoints, resume=resume)
        trained = replace(trained, data_config=loaded.report.config, data=describe(loaded, directory))
        version = save_model(trained, directory)
        checkpoints.discard()
    return TrainResult(replace(trained, path=directory, version=version), loaded, checkpoints.resumed)


@contextlib.contextmanager
def _no_trace(directory: Path, fresh: bool) -> Iterator[None]:
    """Remove a model directory that this run made when nothing was published in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if fresh and os.listdir(directory) == [LOCK_NAME]:
                (directory / LOCK_NAME).unlink()
                directory.rmdir()
        raise


def train_panel(
    panel: Panel,
    model: ModelConfig,
    config: TrainConfig,
    levels: tuple[float, ...] = DEFAULT_LEVELS,
    on_event: Callable[[Event], None] = lambda _: None,
    checkpoints: Checkpoints | None = None,
    *,
    resume: bool = False,
) -> SavedModel:
    """Train on *panel* in memory; nothing is written but *checkpoints*.

    Starts from the bundled pre-trained weights, unless ``config.from_scratch`` is set or *model* asks for a network
    that they do not fit.
    """
    check_levels(levels)
    from gruforecast.training.trainer import train_members  # imports torch

    if not len(panel.y):
        raise DataError("no series has an observed value", hint="check the target column (--target-col)")
    horizon = config.horizon or panel.freq.default_horizon
    layout = fitting_layout(panel, config.context_length)
    bundled = starting_point(model, config)
    # Universal weights forecast without what the calendar does beyond its seasons, so that is what they have to learn.
    if bundled:
        panel, _ = take_out_calendar(panel)
    scaler = None if config.scaler == "none" else DatasetScaler.fit(config.scaler, panel.y)
    scaled = replace(panel, y=scaler.transform(panel.y)) if scaler else panel
    network = bundled.config if bundled else model
    initial = bundled.members[0] if bundled else None
    # Universal weights forecast counters by their steps, so that is what they have to learn.
    learned = with_rises(scaled, layout.history) if bundled else scaled
    # Universal weights were never asked for more at once, nor learn that in seconds: beyond it they feed on forecasts.
    answered = min(horizon, layout.reach) if bundled else horizon
    progress = checkpoints.resume(weight_spec(network, answered)) if checkpoints and resume else None
    events = train_members(
        learned, layout, answered, network, config, initial, progress, checkpoints.due if checkpoints else None
    )
    trained = _drain(events, [checkpoints.on_event, on_event] if checkpoints else [on_event])
    # Weights that stayed as they are still answer as far as they did.
    kept = on_grid(bundled, panel.freq).direct_horizon if bundled and not trained.steps else 0
    return SavedModel(
        config=network,
        members=[member.weights() for member in trained.members],
        layout=layout,
        horizon=horizon,
        direct_horizon=max(answered, kept),
        levels=levels,
        freq=panel.freq,
        columns=panel.names,
        data_config=DataConfig(),
        train_config=config,
        scaler=scaler,
        result=_summary(trained, bundled is not None),
    )


def fitting_layout(panel: Panel, context_length: int | None) -> Layout:
    """The frequency's layout, no longer than the longest series: segments that are always empty only cost time."""
    layout = make_layout(panel.freq.seasons, context_length)
    longest = max(1, -(-int(panel.lengths.max()) // layout.width))
    return layout if context_length else replace(layout, segments=min(layout.segments, longest))


def _drain(events: Generator[Event, None, Trained], followers: Sequence[Callable[[Event], None]]) -> Trained:
    """Pass every event on, to one follower after the other; returns the generator's value."""
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            trained: Trained = stop.value
            return trained
        for follow in followers:
            follow(event)


def starting_point(model: ModelConfig, config: TrainConfig) -> SavedModel | None:
    """The bundled model where training starts from it; None: random weights of the network that *model* asks for."""
    if config.from_scratch:
        return None
    bundled = bundled_model()
    return bundled if model in (ModelConfig(), bundled.config) else None


def _summary(trained: Trained, adapted: bool) -> dict[str, Any]:
    """How training went: losses are on the held-out last window, before the first step and at the chosen one."""
    return {
        "start": "pretrained" if adapted else "random",
        "steps": trained.steps,
        "start_loss": trained.start,
        "validation_loss": trained.validation,
    }
