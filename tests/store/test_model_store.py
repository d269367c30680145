from __future__ import annotations

import errno
import json
import os
import threading
import time

import numpy as np
import pytest

from gruforecast._version import __version__
from gruforecast.errors import Locked, ModelRefused, NoInput, TrainingDiverged, UsageError, WriteError
from gruforecast.store.lock import locked
from gruforecast.store.model_store import load_tensors, newest_model, prepare, publish, read_model


def tree(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != "LOCK"
    }


def test_publish_and_read(model, spec, make_weights):
    stored = read_model(model)
    assert stored.version == 3 and stored.path == model
    assert stored.manifest["value"] == 3
    assert stored.manifest["format"] == "gruforecast-model" and stored.manifest["schema_version"] == 1
    assert stored.manifest["gruforecast_version"] == __version__
    assert stored.manifest["weights"]["bytes"] == len(stored.weights_bytes)
    assert stored.manifest_sha256 in (model / "CURRENT").read_text()
    for name, array in load_tensors(stored, spec).items():
        np.testing.assert_array_equal(array, make_weights(3)[name])


def test_layout_and_pruning(model, make_weights, fake_fs):
    assert publish(model, {"value": 4}, make_weights(4), fs=fake_fs()) == 4
    assert sorted(os.listdir(model)) == ["CURRENT", "LOCK", "versions"]
    assert sorted(os.listdir(model / "versions")) == ["000002", "000003", "000004"]
    assert sorted(os.listdir(model / "versions" / "000004")) == ["manifest.json", "model.safetensors"]
    publish(model, {"value": 5}, make_weights(5), keep=1, fs=fake_fs())
    assert os.listdir(model / "versions") == ["000005"]


def test_the_same_model_is_the_same_bytes(tmp_path, make_weights):
    for name, manifest in (("a", {"x": 1, "y": 2}), ("b", {"y": 2, "x": 1})):
        publish(tmp_path / name, manifest, make_weights(1))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_the_callers_manifest_cannot_displace_ours(tmp_path, make_weights):
    publish(tmp_path / "m", {"format": "x", "weights": 1, "schema_version": 99}, make_weights(1))
    assert read_model(tmp_path / "m").manifest["format"] == "gruforecast-model"


def test_publish_takes_the_lock_or_uses_the_one_held(model, make_weights, fake_fs):
    with locked(model):
        publish(model, {"value": 4}, make_weights(4), fs=fake_fs())
        caught = []

        def other() -> None:
            try:
                publish(model, {"value": 5}, make_weights(5), fs=fake_fs())
            except Locked as error:
                caught.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert caught and read_model(model).manifest["value"] == 4


def test_weights_or_manifests_that_could_not_be_read_are_not_published(model, make_weights):
    before = tree(model)
    with pytest.raises(TrainingDiverged):
        publish(model, {}, make_weights(np.nan))
    with pytest.raises(ModelRefused):
        publish(model, {"ids": ["x" * 100] * 50_000}, make_weights(1))
    with pytest.raises(ValueError):
        publish(model, {"loss": float("inf")}, make_weights(1))
    assert tree(model) == before


def test_one_consistent_version_while_another_thread_publishes(model, spec, make_weights, fake_fs):
    stop, failures = threading.Event(), []

    def writer() -> None:
        value = 3
        try:
            while not stop.is_set():
                value += 1
                publish(model, {"value": value}, make_weights(value), keep=1, fs=fake_fs())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        seen = set()
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            stored = read_model(model)
            assert all((a == stored.manifest["value"]).all() for a in load_tensors(stored, spec).values())
            seen.add(stored.manifest["value"])
    finally:
        stop.set()
        thread.join()
    assert not failures and len(seen) > 3


def test_no_model_is_no_input(tmp_path):
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(NoInput, match="no model in") as caught:
            read_model(place)
        assert caught.value.exit_code == 66 and "gruforecast train" in caught.value.hint


def test_publishing_over_other_files_is_refused(tmp_path, make_weights):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.png").write_bytes(b"x")
    database = tmp_path / "leveldb"
    database.mkdir()
    for name in ("CURRENT", "LOCK", "MANIFEST-000004"):
        (database / name).write_bytes(b"MANIFEST-000004\n")
    for place in (photos, database, photos / "cat.png"):
        for refuse in (lambda place=place: publish(place, {}, make_weights(1)), lambda place=place: prepare(place)):
            with pytest.raises(UsageError) as caught:
                refuse()
            assert caught.value.exit_code == 2
    assert os.listdir(photos) == ["cat.png"] and (database / "CURRENT").read_bytes() == b"MANIFEST-000004\n"


def test_publishing_repairs_a_damaged_model(model, make_weights, spec, fake_fs):
    (model / "CURRENT").write_bytes(b"garbage")
    with pytest.raises(ModelRefused):
        read_model(model)
    assert publish(model, {"value": 4}, make_weights(4), fs=fake_fs()) == 4
    assert read_model(model).manifest["value"] == 4


def test_a_users_note_inside_a_model_is_left_alone(model, make_weights, fake_fs):
    (model / "NOTES.txt").write_text("mine")
    (model / "versions" / "notes").write_text("mine")
    publish(model, {"value": 4}, make_weights(4), keep=1, fs=fake_fs())
    assert (model / "NOTES.txt").exists() and (model / "versions" / "notes").exists()


def test_prepare_creates_and_probes(tmp_path, fake_fs):
    prepare(tmp_path / "a" / "model")
    assert os.listdir(tmp_path / "a" / "model") == []
    with pytest.raises(WriteError):
        prepare(tmp_path / "b", fs=fake_fs(2, OSError(errno.EROFS, "Read-only file system")))


def test_links_below_the_model_are_never_written_through(tmp_path, model, make_weights):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "000001").mkdir()
    for name, target in (("versions", outside), ("CURRENT", outside / "victim"), ("runs", outside)):
        hostile = tmp_path / f"hostile-{name}"
        hostile.mkdir()
        (hostile / name).symlink_to(target)
        with pytest.raises(ModelRefused):
            publish(hostile, {}, make_weights(1), keep=1)
    fifo = tmp_path / "hostile-fifo"
    fifo.mkdir()
    os.mkfifo(fifo / "CURRENT")
    with pytest.raises(ModelRefused):
        publish(fifo, {}, make_weights(1))
    assert os.listdir(outside) == ["000001"]


def test_newest_model(tmp_path, make_weights):
    with pytest.raises(NoInput, match="no model"):
        newest_model(tmp_path)
    for name in ("b", "a", "c"):
        publish(tmp_path / name, {}, make_weights(1))
        os.utime(tmp_path / name / "CURRENT", ns=(0, 10 if name != "c" else 5))
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "CURRENT").write_text("not ours")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "data.csv").write_text("x")
    assert newest_model(tmp_path) == tmp_path / "a"
    publish(tmp_path / "gruforecast-model", {}, make_weights(1))
    os.utime(tmp_path / "gruforecast-model" / "CURRENT", ns=(0, 0))
    assert newest_model(tmp_path) == tmp_path / "gruforecast-model"


def test_a_damaged_default_model_is_not_passed_over(tmp_path, model, make_weights):
    publish(tmp_path / "other", {}, make_weights(1))
    (model / "CURRENT").write_bytes(b"")
    with pytest.raises(ModelRefused):
        read_model(newest_model(tmp_path))


def test_manifest_is_readable_text(model):
    text = (model / "versions" / "000003" / "manifest.json").read_text()
    assert json.loads(text)["weights"]["file"] == "model.safetensors" and text.count("\n") > 5
