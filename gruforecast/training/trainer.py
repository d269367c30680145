"""Train a forecaster on a panel: find the number of steps on the last window, then refit on everything."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.panel import Panel
from gruforecast.data.windows import Batch, Layout
from gruforecast.errors import DataError
from gruforecast.models.device import choose_device
from gruforecast.models.registry import Model, make_model
from gruforecast.models.spec import Weights
from gruforecast.training.events import Event, PhaseEnded
from gruforecast.training.loop import Cosine, fit
from gruforecast.training.sampler import WindowSampler, last_windows
from gruforecast.training.snapshot import Result, Snapshot

# From nothing a network needs many large steps; one that is pre-trained needs few small ones.
SCRATCH = {"max_steps": 600, "lr": 2e-3, "batch_size": 512}
ADAPT = {"max_steps": 100, "lr": 1e-3, "batch_size": 192}
# How far to go from the pre-trained weights to the adapted ones; the held-out window decides.
ADAPT_BLENDS = (0.5, 1.0)
# Share by which adapting, and going on with it, must lower the held-out loss of one window, and less by the root of
# their number: the fewer windows, the more of a gain is luck.
ADAPT_MARGIN = 0.05
VALIDATE_EVERY = 25
# Without a held-out window nothing tells when to stop, so stop early: short panels overfit within hundreds of steps.
BLIND_STEPS = 100
MAX_VALIDATION_WINDOWS = 4096


@dataclass(frozen=True)
class Trained:
    """What training gives: networks ready to forecast, and how they came about.

    ``steps`` is the number of steps each member took, ``validation`` the held-out loss of the search at that step,
    ``start`` the held-out loss before the first step (of the initial weights, where there were some).
    """

    members: list[Model]
    steps: int
    validation: float | None
    start: float | None


@dataclass(frozen=True)
class Progress:
    """How far an interrupted training had come.

    ``search`` is the result of a search that is over, ``members`` the weights of networks that are done, ``snapshot``
    what was under way after these, and ``seconds`` the time all of it took.
    """

    search: Result | None = None
    members: tuple[Weights, ...] = ()
    snapshot: Snapshot | None = None
    seconds: float = 0.0


def train_members(
    panel: Panel,
    layout: Layout,
    horizon: int,
    model_config: ModelConfig,
    config: TrainConfig,
    initial: Weights | None = None,
    progress: Progress | None = None,
    snapshot_due: Callable[[int], bool] | None = None,
) -> Generator[Event, None, Trained]:
    """Yield events while training; the generator's value is a :class:`Trained`.

    Args:
        panel: everything that may be learned from.
        initial: weights to start from; None: random ones by ``config.seed``.
        progress: of an earlier call with the same arguments, to go on from: the result is that of an unbroken call.
        snapshot_due: see :func:`gruforecast.training.loop.fit`.

    Raises:
        DataError: no series has two points to learn from.
        ResourceError: the device asked for is not there.
        TrainingDiverged: see :func:`gruforecast.training.loop.fit`.
    """
    progress = progress or Progress()
    device = choose_device(config.device)
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    started = time.monotonic() - progress.seconds
    deadline = started + config.time_limit if config.time_limit else None
    half = started + config.time_limit / 2 if config.time_limit else None
    defaults = ADAPT if initial else SCRATCH
    total = config.max_steps or int(defaults["max_steps"])
    size = config.batch_size or int(defaults["batch_size"])
    schedule = Cosine(config.lr or defaults["lr"], total)
    val_size = horizon if config.val_size is None else min(config.val_size, horizon)

    def fresh(seed: int) -> Model:
        torch.manual_seed(seed)
        model = make_model(model_config, horizon)
        if initial is not None:
            model.load(initial)
        model.to(device)
        return model

    def run(model: Model, part: Panel, phase: str, seed: int, **options: Any) -> Generator[Event, None, Result]:
        sampler = WindowSampler(part, layout, horizon)
        if not len(sampler):
            raise DataError("no series has two observed points to learn from", hint="give a longer history")

        def draw(step: int) -> list[Batch]:
            return [sampler.sample(np.random.default_rng([seed, step]), size)]

        return fit(model, draw, schedule, phase=phase, snapshot_due=snapshot_due, **options)

    # Weights that are pre-trained stay as they are where nothing can tell whether a change is for the better.
    steps, result = (min(total, BLIND_STEPS) if initial is None else 0), progress.search or Result()
    held_out = validation_batch(panel, layout, horizon, val_size, config.seed)
    under_way = progress.snapshot
    if held_out is not None and progress.search is None:
        model = fresh(config.seed)
        result = yield from run(
            model, panel.drop_last(val_size), "search", config.seed,
            validation=held_out, every=min(VALIDATE_EVERY, max(1, total // 4)), patience=config.patience, deadline=half,
            blends=ADAPT_BLENDS if initial else (1.0,), margin=ADAPT_MARGIN / len(held_out) ** 0.5 if initial else 0.0,
            start=under_way,
        )  # fmt: skip
        if result.step and not config.refit and config.ensemble == 1:
            return Trained([model], result.step, result.value, result.first)
        yield PhaseEnded("search", result)
        under_way = None
    if held_out is not None:
        steps = result.step
    members = []
    for seed in range(config.seed, config.seed + config.ensemble):
        model = fresh(seed)
        members.append(model)
        if len(members) <= len(progress.members):
            model.load(progress.members[len(members) - 1])
            continue
        if not steps:
            break  # the initial weights won; more seeds would be copies of them
        done: Result = yield from run(
            model, panel, "refit", seed, stop_step=steps, deadline=deadline, blends=(result.blend,), start=under_way
        )
        under_way = None
        steps = done.step if held_out is None else steps
        yield PhaseEnded("refit", done, model.weights())
    return Trained(members, steps, result.value, result.first)


def validation_batch(panel: Panel, layout: Layout, horizon: int, val_size: int, seed: int) -> Batch | None:
    """The last *val_size* points of each series as targets, of a sample of the series where they are very many."""
    if val_size < 1:
        return None
    if len(panel) > MAX_VALIDATION_WINDOWS:
        rows = np.random.default_rng(seed).choice(len(panel), MAX_VALIDATION_WINDOWS, replace=False)
        panel = panel.select(np.sort(rows))
    if not len(WindowSampler(panel.drop_last(val_size), layout, horizon)):
        return None  # what is left without them is too little to learn from
    return last_windows(panel, layout, horizon, val_size)
