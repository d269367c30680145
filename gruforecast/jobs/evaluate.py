"""The verb ``evaluate``: how good is the GRU, beside naive baselines, on data it has not seen?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.forecast import Forecast
from gruforecast.data.origin import STDIN, Named, as_origin
from gruforecast.data.panel import Panel
from gruforecast.errors import ModelRefused, NoInput, UsageError
from gruforecast.evaluation.backtest import Backtest, Plan, run_backtest, score_new
from gruforecast.evaluation.baselines import DEFAULT_BASELINES, make_baseline
from gruforecast.evaluation.registry import DEFAULT_METRICS, levels_needed
from gruforecast.evaluation.result import refuse_names
from gruforecast.evaluation.rolling import windows
from gruforecast.evaluation.verdict import Gate
from gruforecast.jobs.bundled import on_grid
from gruforecast.jobs.metrics_table import Scores, check_groups, score_table
from gruforecast.jobs.outputs import probe, write
from gruforecast.jobs.predict_panel import predict_panel
from gruforecast.jobs.resolve import load_for_model, resolve_data, resolve_model
from gruforecast.jobs.saved_model import DEFAULT_LEVELS, SavedModel
from gruforecast.jobs.season import with_season
from gruforecast.jobs.source import Loaded, load
from gruforecast.jobs.train import train_panel

if TYPE_CHECKING:
    from gruforecast.training.events import Event

N_WINDOWS = 3


@dataclass(frozen=True)
class EvaluateRequest:
    """What the user asked for; None means: as the model has it, or the default.

    *overrides* replace single settings of the model's training, such as ``max_steps``.
    """

    data: Named | None = None
    model: Path | None = None
    horizon: int | None = None
    windows: int | None = None
    step: int | None = None
    refit: bool = False
    metrics: tuple[str, ...] = DEFAULT_METRICS
    by: tuple[str, ...] = ("overall",)
    baselines: tuple[str, ...] = DEFAULT_BASELINES
    gates: tuple[str, ...] = ()
    levels: tuple[float, ...] | None = None
    metrics_out: str | None = "metrics.csv"
    backtest_out: str | None = "backtest.csv"
    reading: DataConfig = field(default_factory=DataConfig)
    overrides: dict[str, object] = field(default_factory=dict)
    where: Path = Path()
    zero_shot: bool = False

    def check(self) -> None:
        """Raise UsageError for what cannot work whatever the data."""
        outputs = [Path(path).resolve() for path in (self.metrics_out, self.backtest_out) if path]
        if len(set(outputs)) < len(outputs):
            raise UsageError("-o and --backtest-out name the same file", hint="choose another for one of them")
        check_groups(self.by)
        levels_needed(self.metrics)
        for name in self.baselines:
            make_baseline(name)
        TrainConfig.from_dict({**self.overrides, "horizon": self.horizon})

    @property
    def training(self) -> bool:
        """Whether a training is asked for, where a model would else be scored as it is."""
        return not self.zero_shot and (self.refit or not self.overrides.keys().isdisjoint(("max_steps", "time_limit")))


@dataclass(frozen=True)
class Evaluated:
    """The figures, the forecasts behind them, and remarks for the user."""

    backtest: Backtest
    scores: Scores
    notes: tuple[str, ...]


def evaluate(
    request: EvaluateRequest,
    on_read: Callable[[Loaded, int], None] = lambda _, __: None,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Evaluated:
    """Do what *request* says. The files are written before a gate is checked (see :class:`Scores`).

    *on_read* gets the data and the horizon. Raises UsageError, NoInput, DataError, ModelRefused or WriteError.
    """
    gates = [Gate.parse(text) for text in request.gates]
    request.check()
    loaded, model, notes = _inputs(request)
    loaded = seasoned(loaded, model, request)
    model = model and on_grid(model, loaded.panel.freq)
    on_read(loaded, _horizon(loaded.panel, model, request))
    evaluated = evaluate_panel(loaded.panel, model, request, gates, on_event)
    contents = {} if request.metrics_out is None else {request.metrics_out: evaluated.scores.csv}
    if request.backtest_out is not None:
        contents[request.backtest_out] = evaluated.backtest.to_csv()
    write(contents)
    return replace(evaluated, notes=(*notes, *evaluated.notes))


def _inputs(request: EvaluateRequest) -> tuple[Loaded, SavedModel | None, tuple[str, ...]]:
    """The data, and the model whose settings (or weights) count; None: the default settings."""
    model: SavedModel | None = None
    try:
        model = resolve_model(
            request.model, request.where, or_bundled=request.data is not None, zero_shot=request.zero_shot
        )
    except NoInput:
        if request.model is not None or request.data is None:
            raise
    assert model is not None or request.data is not None
    data = resolve_data(model, request.data) if model is not None else as_origin(request.data or STDIN)
    for path in filter(None, (request.metrics_out, request.backtest_out)):
        probe(path, data.inputs)
    if model is None:
        return load(data, request.reading), None, ()
    try:
        loaded = load_for_model(model, data, request.reading, remembered=request.data is None)
    except ModelRefused:
        if request.model is not None or data.words == (STDIN,):
            raise
        note = f"the model in {model.path} is for other data, so the default settings are evaluated"
        return load(data, request.reading), None, (note,)
    return loaded, model, ()


def seasoned(loaded: Loaded, model: SavedModel | None, request: EvaluateRequest) -> Loaded:
    """*loaded* with the season that its values show before the first window, unless *model* has one."""

    def before_first(panel: Panel, horizon: int) -> Panel:
        return windows(panel, horizon, request.windows or N_WINDOWS, request.step)[0].train

    found = loaded
    # The season sets the horizon where nobody says, and so the first window: it has to show before that one, too.
    for _ in range(2):
        horizon = request.horizon or found.panel.freq.default_horizon
        try:
            found, before = with_season(loaded, model, functools.partial(before_first, horizon=horizon)), found
        except UsageError:
            return loaded
    return found if found.panel.freq == before.panel.freq else loaded


def evaluate_panel(
    panel: Panel,
    model: SavedModel | None,
    request: EvaluateRequest,
    gates: Sequence[Gate] = (),
    on_event: Callable[[Event], None] = lambda _: None,
) -> Evaluated:
    """The backtest in memory; nothing is written."""
    plan = _plan(panel, model, request, gates)
    baselines = [make_baseline(name) for name in request.baselines]
    refuse_names(panel.names, ["GRU", *(baseline.name for baseline in baselines)])
    notes: tuple[str, ...] = ()
    until = _trained_until(panel, model, plan.horizon)
    rolling = replace(plan, n_windows=request.windows or N_WINDOWS)
    if until is not None and model is not None and not request.training:
        forecaster = Frozen(model)
        backtest = score_new(panel, until, [forecaster, *baselines], plan)
        last = panel.freq.format(until[:1])[0]
        notes = (f"the data has grown since training: the saved model itself is scored on what follows {last}",)
    elif model is not None and model.is_bundled and not request.training:
        backtest = run_backtest(panel, [Frozen(model), *baselines], rolling)
        notes = ("the bundled pre-trained model is scored as it is; gruforecast train adapts it to this data",)
    else:
        config = replace(_train_config(model, request), horizon=plan.horizon)
        learner = Learner(model.config if model else ModelConfig(), config, on_event)
        backtest = run_backtest(panel, [learner, *baselines], rolling)
    return Evaluated(backtest, score_table(backtest, request.metrics, request.by, gates), notes)


def _plan(panel: Panel, model: SavedModel | None, request: EvaluateRequest, gates: Sequence[Gate]) -> Plan:
    levels = request.levels
    if levels is None:
        levels = model.levels if model is not None else DEFAULT_LEVELS
    horizon = _horizon(panel, model, request)
    needed = levels_needed([*request.metrics, *(gate.metric for gate in gates)])
    return Plan(horizon, request.windows, request.step, request.refit, levels=levels, quantiles=needed)


def _horizon(panel: Panel, model: SavedModel | None, request: EvaluateRequest) -> int:
    return request.horizon or (model.horizon if model is not None else panel.freq.default_horizon)


def _train_config(model: SavedModel | None, request: EvaluateRequest) -> TrainConfig:
    config = model.train_config if model is not None else TrainConfig()
    return TrainConfig.from_dict({**config.to_dict(), **request.overrides})


def _trained_until(panel: Panel, model: SavedModel | None, horizon: int) -> np.ndarray | None:
    """[N] the end of the model's training data, where *panel* has grown a horizon or more past it; else None."""
    if model is None or model.freq is None or panel.freq.to_dict() != model.freq.to_dict():
        return None
    last = model.data.get("last_ordinal")
    if not isinstance(last, int) or int(panel.cutoff.max()) - last < horizon:
        return None
    return np.full(len(panel), last, dtype=np.int64)


@dataclass
class Frozen:
    """A saved model as a forecaster that does not learn any more."""

    model: SavedModel
    name: str = "GRU"

    def fit(self, panel: Panel) -> None:
        """The weights stay as they are."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`."""
        wanted = tuple(levels) if self.model.config.head == "quantile" else ()
        forecast = predict_panel(self.model, panel, horizon=horizon, quantiles=wanted).forecast
        if wanted == tuple(levels):
            return forecast
        # A model without intervals has no figure to show where others have one.
        return replace(forecast, quantiles=np.full((*forecast.median.shape, len(levels)), np.nan), levels=tuple(levels))


@dataclass
class Learner:
    """A forecaster that trains a model on whatever past it is given."""

    config: ModelConfig
    train_config: TrainConfig
    on_event: Callable[[Event], None]
    name: str = "GRU"
    trained: Frozen | None = None

    def fit(self, panel: Panel) -> None:
        """Train on *panel* alone."""
        self.trained = Frozen(train_panel(panel, self.config, self.train_config, on_event=self.on_event))

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`. Raises UsageError before :meth:`fit`."""
        if self.trained is None:
            raise UsageError("the forecaster has not been trained")
        return self.trained.predict(panel, horizon, levels)
