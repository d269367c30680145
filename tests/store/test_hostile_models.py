"""Damaged and hostile model directories: each is refused in one line, none hangs, none is silently accepted."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import random
import time

import numpy as np
import pytest

from gruforecast.errors import ModelRefused
from gruforecast.store.model_store import load_tensors, publish, read_model
from gruforecast.store.tensors import save_tensors

PARTS = ("CURRENT", "versions/000003/manifest.json", "versions/000003/model.safetensors")


def refusal(model, spec, why=None):
    """The one-line message with which *model* is refused."""
    begin = time.process_time()
    with pytest.raises(ModelRefused, match=why) as caught:
        load_tensors(read_model(model), spec)
    assert time.process_time() - begin < 1
    text = str(caught.value)
    assert caught.value.exit_code == 76 and caught.value.hint and "\n" not in text and "\x1b" not in text
    return text


def forge(model, manifest=None, blob=None, text=None):
    """Rewrite the current version so that all hashes agree: what someone with ill intent would do."""
    folder = model / "versions" / "000003"
    blob = (folder / "model.safetensors").read_bytes() if blob is None else blob
    full = json.loads((folder / "manifest.json").read_text())
    full["weights"] = {"file": "model.safetensors", "sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)}
    full.update(manifest or {})
    text = json.dumps(full).encode() if text is None else text
    (folder / "manifest.json").write_bytes(text)
    (folder / "model.safetensors").write_bytes(blob)
    (model / "CURRENT").write_text(f"000003 {hashlib.sha256(text).hexdigest()}\n")


@pytest.mark.parametrize("part", PARTS)
def test_bit_flips_are_never_accepted(model, spec, part):
    rng = random.Random(part)
    path = model / part
    good = path.read_bytes()
    for _ in range(100):
        bad = bytearray(good)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        if bytes(bad) == good:
            continue
        path.write_bytes(bad)
        refusal(model, spec)
    path.write_bytes(good)
    load_tensors(read_model(model), spec)


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_every_single_bit_flip_is_refused(model, spec, part):
    path = model / part
    good = path.read_bytes()
    for position in range(len(good) * 8):
        bad = bytearray(good)
        bad[position // 8] ^= 1 << position % 8
        path.write_bytes(bad)
        refusal(model, spec)


@pytest.mark.parametrize("part", PARTS)
def test_truncations_and_additions_are_refused(model, spec, part):
    path = model / part
    good = path.read_bytes()
    for length in {0, 1, 7, 8, 9, len(good) // 2, len(good) - 1}:
        path.write_bytes(good[:length])
        refusal(model, spec)
    path.write_bytes(good + b"\0")
    refusal(model, spec)


@pytest.mark.parametrize("part", PARTS[1:])
def test_missing_parts_are_named(model, spec, part):
    (model / part).unlink()
    assert os.path.basename(part) in refusal(model, spec, "missing")


def test_a_missing_version_is_refused(model, spec):
    (model / "versions" / "000003").rename(model / "elsewhere")
    refusal(model, spec, "incomplete")


@pytest.mark.parametrize("part", PARTS)
def test_links_pipes_and_directories_are_not_followed(model, spec, part, tmp_path):
    path, kept = model / part, tmp_path / "kept"
    path.rename(kept)
    path.symlink_to(kept)
    refusal(model, spec, "symbolic link")
    path.unlink()
    os.link(kept, path)
    refusal(model, spec, "hard-linked")
    path.unlink()
    os.mkfifo(path)
    refusal(model, spec, "not a regular file")
    path.unlink()
    path.mkdir()
    refusal(model, spec)


@pytest.mark.parametrize("part", ["versions", "versions/000003"])
def test_linked_directories_are_not_followed(model, spec, part, tmp_path):
    (model / part).rename(tmp_path / "moved")
    (model / part).symlink_to(tmp_path / "moved")
    refusal(model, spec, "symbolic link")


def test_the_model_directory_itself_may_be_a_link(model, spec, tmp_path):
    (tmp_path / "link").symlink_to(model)
    load_tensors(read_model(tmp_path / "link"), spec)


@pytest.mark.parametrize("line", ["../../x", "000003/..", "3", "0000003", "٠٠٠٠٠٣", "000003"])
def test_current_cannot_lead_elsewhere(model, spec, line):
    (model / "CURRENT").write_text(f"{line} {'0' * 64}\n")
    refusal(model, spec)


def test_a_newer_schema_says_both_sides_and_the_remedy(model, spec):
    forge(model, {"schema_version": 2, "gruforecast_version": "9.9\x1b[31m"})
    text = refusal(model, spec, "schema 2")
    assert "9.9" in text and "reads up to 1" in text and "upgrade" in text


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"}, {"format": None}, {"schema_version": "1"}, {"schema_version": True}, {"schema_version": 0},
        {"schema_version": 10**60}, {"weights": None}, {"weights": []}, {"weights": {}},
        {"weights": {"file": "../../etc/passwd", "sha256": "0" * 64, "bytes": 1}},
        {"weights": {"file": "model.safetensors", "sha256": 5, "bytes": 1}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": -1}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": "1"}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": None}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": 10**30}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": 10**9}},
        {"weights": {"file": "model.safetensors", "sha256": "0" * 64, "bytes": True}},
    ],
)  # fmt: skip
def test_forged_manifests_are_refused(model, spec, change):
    forge(model, change)
    refusal(model, spec)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"\x80\x05.", b'{"a":' * 100_000, b'{"n": ' + b"9" * 5000 + b"}", b'{"x": NaN}',
        b'{"format": "gruforecast-model", "format": "gruforecast-model"}', b" " * 4_000_001,
    ],
)  # fmt: skip
def test_forged_json_is_refused(model, spec, text):
    forge(model, text=text)
    refusal(model, spec)


def test_forged_weights_are_refused(model, spec, make_weights):
    good = make_weights(3)
    bomb = b"{" + b'"a":{},' * 200_000 + b"}"
    mutants = {
        "not finite": save_tensors({**good, "head.bias": np.full(3, np.nan, np.float32)}),
        "shape": save_tensors({**good, "head.bias": np.zeros(10**6, np.float32)}),
        "F64": save_tensors({**good, "head.bias": np.zeros(3)}),
        "unknown": save_tensors({**good, "extra": np.zeros(3, np.float32)}),
        "lacks": save_tensors({"head.bias": good["head.bias"]}),
        "pickle": pickle.dumps(good),
        "archive": b"PK\x03\x04" + bytes(100),
        "header": len(bomb).to_bytes(8, "little") + bomb,
    }
    for why, blob in mutants.items():
        forge(model, blob=blob)
        refusal(model, spec, why)


def test_a_sparse_terabyte_is_not_read(model, spec):
    os.truncate(model / PARTS[2], 2**40)
    refusal(model, spec, "bytes, more than")
    forge_size = {"file": "model.safetensors", "sha256": "0" * 64, "bytes": 2**40}
    os.truncate(model / PARTS[2], 0)
    forge(model, {"weights": forge_size})
    refusal(model, spec, "impossible size")


@pytest.mark.parametrize("name", ["model.pt", "model.ckpt", "model.pkl", "model.safetensors", "evil\n\x1b[31m.pt"])
def test_single_files_are_never_loaded(tmp_path, name):
    for data in (b"", pickle.dumps({"a": 1}), b"PK\x03\x04xxxx", save_tensors({})):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelRefused, match="never loaded") as caught:
            read_model(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_pipes_and_devices_as_a_model(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/null", tmp_path / ("x" * 300)):
        with pytest.raises(ModelRefused):
            read_model(place)


def test_a_mix_of_two_models_is_refused(model, spec, tmp_path, make_weights):
    publish(tmp_path / "other", {"value": 8}, make_weights(8))
    for part in ("manifest.json", "model.safetensors"):
        mine = model / "versions" / "000003" / part
        good = mine.read_bytes()
        mine.write_bytes((tmp_path / "other" / "versions" / "000001" / part).read_bytes())
        refusal(model, spec, "SHA-256")
        mine.write_bytes(good)


def test_an_older_version_is_not_taken_for_the_current_one(model, spec):
    line = (model / "CURRENT").read_text()
    (model / "CURRENT").write_text(line.replace("000003", "000002"))
    refusal(model, spec, "SHA-256")


def test_garbage_in_current_never_raises_anything_else(model):
    rng = random.Random(5)
    for _ in range(100):
        (model / "CURRENT").write_bytes(rng.randbytes(rng.randrange(120)))
        with contextlib.suppress(ModelRefused):
            read_model(model)
            pytest.fail("accepted")
