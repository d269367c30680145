"""The manifest of a model: what it must say, and its two files as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast._version import __version__
from gruforecast.errors import TrainingDiverged, escape
from gruforecast.store.reading import refused
from gruforecast.store.strict_json import dump_object, parse_object
from gruforecast.store.tensors import save_tensors

FORMAT, SCHEMA_VERSION = "gruforecast-model", 1
MANIFEST, WEIGHTS = "manifest.json", "model.safetensors"
MAX_MANIFEST, MAX_WEIGHTS = 4_000_000, 4 * 2**30


def encode_model(manifest: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    """The two files of a version. What could not be read back is refused here, before anything is written."""
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise TrainingDiverged(f"tensor {escape(name)} is not finite", hint="nothing was published")
    blob = save_tensors(weights)
    full = {
        **manifest,
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "gruforecast_version": __version__,
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)},
    }
    text = dump_object(full)
    parse_object(text, MANIFEST, MAX_MANIFEST)
    return {MANIFEST: text, WEIGHTS: blob}


def check_manifest(manifest: dict[str, Any], shown: Path) -> tuple[str, int]:
    """SHA-256 and size of the weights. Raises ModelRefused for a foreign or newer manifest."""
    if manifest.get("format") != FORMAT:
        raise refused(shown, "is not of a gruforecast model")
    schema = manifest.get("schema_version")
    if type(schema) is not int or schema < 1:
        raise refused(shown, "has no valid schema_version")
    if schema > SCHEMA_VERSION:
        writer = escape(manifest.get("gruforecast_version", "unknown"))
        raise refused(
            shown,
            f"has schema {schema} of gruforecast {writer}; {__version__} reads up to {SCHEMA_VERSION}",
            "upgrade with `pip install -U gruforecast`",
        )
    weights = manifest.get("weights")
    fields = weights if isinstance(weights, dict) else {}
    digest, size = fields.get("sha256"), fields.get("bytes")
    if fields.get("file") != WEIGHTS or not isinstance(digest, str):
        raise refused(shown, "does not describe its weights")
    if type(size) is not int or not 0 <= size <= MAX_WEIGHTS:
        raise refused(shown, "describes weights of an impossible size")
    return digest, size
