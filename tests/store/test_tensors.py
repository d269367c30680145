from __future__ import annotations

import contextlib
import io
import json
import pickle
import time
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.errors import ModelRefused
from gruforecast.store.tensors import MAX_HEADER, read_any_tensors, read_tensors, save_tensors

SPEC = {"a": (2, 3), "b": (), "c": (0, 4)}
GOOD = {
    "c": np.zeros((0, 4), np.float32),
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.float32(7) * np.ones((), np.float32),
}
BLOB = save_tensors(GOOD)


def pack(header: object, data: bytes = b"", pad: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text + pad).to_bytes(8, "little") + text + pad + data


def entry(shape=(1,), dtype="F32", offsets=(0, 4), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


def test_round_trip_and_agreement_with_the_library():
    back = read_tensors(BLOB, SPEC)
    assert list(back) == ["a", "b", "c"]
    for name, array in back.items():
        assert array.shape == SPEC[name] and array.dtype == np.float32 and array.flags.writeable
        np.testing.assert_array_equal(array, GOOD[name])
    assert set(safetensors.numpy.load(BLOB)) == set(SPEC)


def test_bytes_depend_on_values_only():
    reordered = {name: GOOD[name] for name in sorted(GOOD)}
    strided = {**GOOD, "a": np.asfortranarray(GOOD["a"])}
    swapped = {**GOOD, "a": GOOD["a"].astype(">f4")}
    assert save_tensors(reordered) == save_tensors(strided) == save_tensors(swapped) == BLOB


def test_float16_and_other_kinds():
    half = save_tensors({"a": np.ones(3, np.float16)})
    assert read_tensors(half, {"a": (3,)}, dtype="F16")["a"].dtype == np.float16
    with pytest.raises(ModelRefused, match="is F16, but the model needs F32"):
        read_tensors(half, {"a": (3,)})
    state = {
        "x": np.array([np.nan, np.inf, 1.0]),
        "n": np.array(3, np.int64),
        "u": np.arange(5, dtype=np.uint8),
        "e": np.zeros((2, 0), np.float32),
    }
    back = read_any_tensors(save_tensors(state), source="s")
    for name, array in state.items():
        assert back[name].dtype == array.dtype and back[name].shape == array.shape
        np.testing.assert_array_equal(back[name], array)
    with pytest.raises(ValueError, match="complex"):
        save_tensors({"a": np.ones(1, np.complex128)})
    assert read_tensors(save_tensors({}), {}) == {}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_weights_are_refused(value):
    with pytest.raises(ModelRefused, match="not finite"):
        read_tensors(save_tensors({"a": np.array([1, value], np.float32)}), {"a": (2,)})


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"a": (2, 3), "b": ()}, "unknown tensor 'c'"),
        ({**SPEC, "d": (1,)}, "lacks tensor 'd'"),
        ({**SPEC, "a": (3, 2)}, r"shape \[2, 3\], but the model needs \[3, 2\]"),
        ({**SPEC, "a": (6,)}, "shape"),
        ({}, "unknown"),
    ],
)
def test_names_and_shapes_must_be_the_expected_ones(spec, why):
    with pytest.raises(ModelRefused, match=why):
        read_tensors(BLOB, spec, source="m/model.safetensors")


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
    return file.getvalue()


HOSTILE = {
    "empty": b"",
    "short": b"\x01\x02",
    "pickle 2": pickle.dumps({"a": [1.0]}, protocol=2),
    "pickle 5": pickle.dumps({"a": [1.0]}, protocol=5),
    "pickle 0": pickle.dumps({"a": [1.0]}, protocol=0),
    "zip": zipped(),
    "a zip behind": BLOB + zipped(),
    "a pickle behind": BLOB + pickle.dumps({}),
    "one byte behind": BLOB + b"\0",
    "one byte missing": BLOB[:-1],
    "huge header length": (2**63).to_bytes(8, "little") + b"{}",
    "all ones": b"\xff" * 100,
    "no object": pack(b"[]"),
    "space first": pack(b" {}"),
    "list of entries": pack({"a": [1]}),
    "missing field": pack({"a": {"dtype": "F32", "shape": [1]}}, b"0000"),
    "extra field": pack({"a": entry(more=1)}, b"0000"),
    "unknown dtype": pack({"a": entry(dtype="F31")}, b"0000"),
    "dtype a list": pack({"a": entry(dtype=["F32"])}, b"0000"),
    "negative dimension": pack({"a": entry(shape=(-1, -1))}, b"0000"),
    "true as dimension": pack({"a": entry(shape=(True,))}, b"0000"),
    "float dimension": pack({"a": entry(shape=(1.0,))}, b"0000"),
    "huge dimension": pack({"a": entry(shape=(2**62, 0), offsets=(0, 0))}),
    "many dimensions": pack({"a": entry(shape=[1] * 100)}, b"0000"),
    "offsets of one": pack({"a": entry(offsets=(0,))}, b"0000"),
    "offsets backwards": pack({"a": entry(offsets=(4, 0))}, b"0000"),
    "offsets beyond the end": pack({"a": entry(shape=(2,), offsets=(0, 8))}, b"0000"),
    "offsets do not fit": pack({"a": entry(shape=(2,))}, b"0000"),
    "gap": pack({"a": entry(offsets=(4, 8))}, b"00000000"),
    "overlap": pack({"a": entry(), "b": entry()}, b"0000"),
    "metadata a list": pack({"__metadata__": [], "a": entry()}, b"0000"),
    "metadata of numbers": pack({"__metadata__": {"x": 1}, "a": entry()}, b"0000"),
    "duplicate tensor": pack(
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"0000",
    ),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused_in_one_line(data):
    for read in (lambda: read_tensors(data, SPEC, source="m/w"), lambda: read_any_tensors(data, source="m/w")):
        with pytest.raises(ModelRefused) as caught:
            read()
        assert caught.value.exit_code == 76 and "gruforecast train" in caught.value.hint
        assert "'m/w'" in str(caught.value) and "\n" not in str(caught.value)


def test_pickles_and_archives_are_named():
    for data, kind in ((HOSTILE["pickle 5"], "a pickle"), (HOSTILE["zip"], "archive")):
        with pytest.raises(ModelRefused, match=f"{kind}.*never loaded"):
            read_any_tensors(data, source="x")


@pytest.mark.parametrize("size", [MAX_HEADER + 1, 19_000_000])
def test_a_header_bomb_is_refused_at_once(size):
    names = b",".join(b'"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % n for n in range(size // 55))
    data = pack(b"{" + names + b"}", pad=b" " * size)
    begin = time.monotonic()
    with pytest.raises(ModelRefused, match="header"):
        read_any_tensors(data, source="x")
    assert time.monotonic() - begin < 0.5


def test_padding_and_metadata_of_other_writers_are_fine():
    header = {"__metadata__": {"format": "pt"}, "a": entry()}
    data = pack(header, np.float32(3).tobytes(), pad=b"   ")
    assert read_tensors(data, {"a": (1,)})["a"] == [3]


def test_every_truncation_is_refused():
    for length in range(len(BLOB)):
        with pytest.raises(ModelRefused):
            read_any_tensors(BLOB[:length], source="x")


FIELD = st.sampled_from(["F32", "F64", "U8", "BF16"]) | st.lists(st.integers(-1, 9), max_size=3) | st.none()
FIELDS = {"dtype": st.sampled_from(["F32", "U8", "I64"]), "shape": FIELD, "data_offsets": FIELD}


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "__metadata__"]), st.fixed_dictionaries(FIELDS)), st.binary(max_size=40)
)
def test_any_header_is_read_or_refused(header, data):
    with contextlib.suppress(ModelRefused):
        for array in read_any_tensors(pack(header, data), source="x").values():
            assert array.nbytes <= len(data)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(BLOB) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_mutant_is_read_or_refused(changes):
    mutant = bytearray(BLOB)
    for position, byte in changes:
        mutant[position] = byte
    with contextlib.suppress(ModelRefused):
        back = read_tensors(bytes(mutant), SPEC)
        assert {name: array.shape for name, array in back.items()} == SPEC
        assert all(np.isfinite(array).all() for array in back.values())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(ModelRefused):
        read_any_tensors(data, source="x")
