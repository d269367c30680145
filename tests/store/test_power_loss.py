"""Power lost at any moment: every disk state that unsynced operations allow holds the old or the new model.

The model of the disk is a pessimistic one. Content counts as written only once its file was fsynced; before,
it may be missing, half there or complete. A created, renamed or removed name counts once its directory was
fsynced; before, any subset of these changes may have reached the disk, whatever their order.
"""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import pytest

from gruforecast.errors import ModelRefused, NoInput
from gruforecast.store.model_store import load_tensors, publish, read_model


class Disk:
    """Inodes by number; a directory is a table of names, a change (directory, removed, added name, inode)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content: dict[int, bytes] = {}
        self.durable: set[int] = set()
        self.start: dict[int, dict[str, int]] = {}
        self.live: dict[int, dict[str, int]] = {}
        self.synced: list[tuple] = []
        self.pending: list[tuple] = []
        self.fds: dict[int, int] = {}
        self.load(root)

    def load(self, path: Path) -> int:
        """Take over what stands on the real disk as durable."""
        number = self.new()
        if path.is_dir():
            self.start[number] = {entry.name: self.load(entry) for entry in sorted(path.iterdir())}
            self.live[number] = dict(self.start[number])
        else:
            self.content[number] = path.read_bytes()
            self.durable.add(number)
        return number

    def new(self) -> int:
        self.count = getattr(self, "count", -1) + 1
        return self.count

    def directory(self, path: Path) -> int:
        number = 0
        for name in path.relative_to(self.root).parts:
            number = self.live[number][name]
        return number

    def change(self, path: Path, removed: str | None, added: str | None, inode: int) -> None:
        where = self.directory(path.parent)
        self.pending.append((where, removed, added, inode))
        apply(self.live, self.pending[-1])

    def play(self, name: str, args: tuple, result: object) -> None:
        """One logged operation."""
        if name in ("open_exclusive", "mkdir"):
            number = self.new()
            if name == "mkdir":
                self.start[number], self.live[number] = {}, {}
            else:
                self.content[number], self.fds[result] = b"", number
            self.change(args[0], None, args[0].name, number)
        elif name == "write":
            self.content[self.fds[args[0]]] += bytes(args[1][:result])
        elif name == "fsync":
            self.durable.add(self.fds[args[0]])
        elif name == "rename":
            inode = self.live[self.directory(args[0].parent)][args[0].name]
            self.change(args[1], args[0].name, args[1].name, inode)
        elif name in ("unlink", "rmdir"):
            self.change(args[0], args[0].name, None, -1)
        elif name == "fsync_dir":
            where = self.directory(args[0])
            self.synced += [change for change in self.pending if change[0] == where]
            self.pending = [change for change in self.pending if change[0] != where]

    def states(self):
        """Every tree of nested dicts and bytes that may stand on the disk after power is lost now."""
        for size in range(len(self.pending) + 1):
            for chosen in itertools.combinations(self.pending, size):
                tables = {number: dict(table) for number, table in self.start.items()}
                for change in [*self.synced, *chosen]:
                    apply(tables, change)
                for part in (0.0, 0.5, 1.0):
                    yield self.tree(tables, 0, part)

    def tree(self, tables, number, part):
        if number in tables:
            return {name: self.tree(tables, inode, part) for name, inode in tables[number].items()}
        data = self.content[number]
        return data if number in self.durable else data[: int(len(data) * part)]


def apply(tables, change) -> None:
    where, removed, added, inode = change
    present = removed is None or tables[where].pop(removed, None) is not None
    if added is not None and (present or inode in tables):
        tables[where][added] = inode


def materialise(tree, path: Path) -> None:
    path.mkdir()
    for name, value in tree.items():
        if isinstance(value, dict):
            materialise(value, path / name)
        else:
            (path / name).write_bytes(value)


def lost_power_states(directory, make_weights, fake_fs, forgotten=""):
    """All distinct disk states at all moments of one publish of value 9 that leaves out one kind of operation."""
    disk, seen = Disk(directory), set()
    fs = fake_fs()
    publish(directory, {"value": 9}, make_weights(9), fs=fs)
    for operation in fs.log:
        if operation[0] != forgotten:
            disk.play(*operation)
        for tree in disk.states():
            if repr(tree) not in seen:
                seen.add(repr(tree))
                yield tree


def outcome(directory, spec):
    """The value of the model that stands there, or the class of the refusal."""
    try:
        stored = read_model(directory)
    except (NoInput, ModelRefused) as error:
        return type(error)
    assert all((array == stored.manifest["value"]).all() for array in load_tensors(stored, spec).values())
    return stored.manifest["value"]


@pytest.mark.parametrize("first", [True, False])
def test_every_state_after_power_loss(tmp_path, model, spec, make_weights, fake_fs, first):
    directory = model
    if first:
        directory = tmp_path / "first"
        directory.mkdir()
    states = list(lost_power_states(directory, make_weights, fake_fs))
    assert len(states) > 15
    seen, copy = set(), tmp_path / "after"
    for number, tree in enumerate(states):
        materialise(tree, copy)
        seen.add(outcome(copy, spec))
        if number % 5 == 0:
            publish(copy, {"value": 10}, make_weights(10), fs=fake_fs())
            assert outcome(copy, spec) == 10
            assert len(os.listdir(copy / "versions")) <= 3
        shutil.rmtree(copy)
    assert seen == {NoInput if first else 3, 9}


@pytest.mark.parametrize("forgotten", ["fsync", "fsync_dir"])
def test_a_forgotten_sync_would_be_noticed(tmp_path, model, spec, make_weights, fake_fs, forgotten):
    copy = tmp_path / "after"
    for tree in lost_power_states(model, make_weights, fake_fs, forgotten):
        materialise(tree, copy)
        if outcome(copy, spec) is ModelRefused:
            return
        shutil.rmtree(copy)
    pytest.fail("no state was found damaged")
