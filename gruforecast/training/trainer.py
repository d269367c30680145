"""Train a forecaster on a panel: find the number of steps on the last window, then refit on everything."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
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
from gruforecast.training.events import Event
from gruforecast.training.loop import Cosine, Result, fit
from gruforecast.training.sampler import WindowSampler, last_windows

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


def train_members(
    panel: Panel,
    layout: Layout,
    horizon: int,
    model_config: ModelConfig,
    config: TrainConfig,
    initial: Weights | None = None,
) -> Generator[Event, None, Trained]:
    """Yield events while training; the generator's value is a :class:`Trained`.

    Args:
        panel: everything that may be learned from.
        initial: weights to start from; None: random ones by ``config.seed``.

    Raises:
        DataError: no series has two points to learn from.
        ResourceError: the device asked for is not there.
        TrainingDiverged: see :func:`gruforecast.training.loop.fit`.
    """
    device = choose_device(config.device)
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    started = time.monotonic()
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

        return fit(model, draw, schedule, phase=phase, **options)

    # Weights that are pre-trained stay as they are where nothing can tell whether a change is for the better.
    steps, result = (min(total, BLIND_STEPS) if initial is None else 0), Result(0)
    held_out = validation_batch(panel, layout, horizon, val_size, config.seed)
    if held_out is not None:
        model = fresh(config.seed)
        result = yield from run(
            model, panel.drop_last(val_size), "search", config.seed,
            validation=held_out, every=min(VALIDATE_EVERY, max(1, total // 4)), patience=config.patience, deadline=half,
            blends=ADAPT_BLENDS if initial else (1.0,), margin=ADAPT_MARGIN / len(held_out) ** 0.5 if initial else 0.0,
        )  # fmt: skip
        steps = result.step
        if steps and not config.refit and config.ensemble == 1:
            return Trained([model], steps, result.value, result.first)
    members = []
    for seed in range(config.seed, config.seed + config.ensemble):
        model = fresh(seed)
        if steps:
            done: Result = yield from run(
                model, panel, "refit", seed, stop_step=steps, deadline=deadline, blends=(result.blend,)
            )
            steps = done.step if held_out is None else steps
        members.append(model)
        if not steps:
            break  # the initial weights won; more seeds would be copies of them
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
