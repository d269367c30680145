from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.errors import ModelRefused
from gruforecast.store.strict_json import MAX_DEPTH, dump_object, parse_object

LIMIT = 4_000_000
HOSTILE = {
    "empty": b"",
    "not an object": b"[1]",
    "number": b"7",
    "cut short": b'{"a": 1',
    "trailing": b'{"a": 1} x',
    "two documents": b"{}{}",
    "duplicate key": b'{"a": 1, "b": {"c": 1, "c": 1}}',
    "duplicate key by escape": b'{"a": 1, "\\u0061": 2}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": [-Infinity]}',
    "silent infinity": b'{"a": 1e400}',
    "5,000 digits": b'{"a": ' + b"7" * 5000 + b"}",
    "65 digits": b'{"a": ' + b"7" * 65 + b"}",
    "deep lists": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 500_000,
    "a little too deep": b'{"a": ' + b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH + b"}",
    "invalid UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"a": 1}',
    "half a surrogate": b'{"a": "\\ud800"}',
    "half a surrogate in a key": b'{"a": {"\\ud800": 1}}',
    "raw control character": b'{"a": "\x00"}',
    "comment": b'{"a": 1 /* 2 */}',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused_in_one_line(data):
    begin = time.process_time()
    with pytest.raises(ModelRefused) as caught:
        parse_object(data, "m/manifest.json", LIMIT)
    assert time.process_time() - begin < 1
    assert caught.value.exit_code == 76
    assert "m/manifest.json" in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 and caught.value.hint


def test_size_is_bounded():
    with pytest.raises(ModelRefused, match="more than 10"):
        parse_object(b'{"a": "0123456789"}', "x", 10)


def test_many_keys_do_not_take_long():
    keys = ",".join(f'"{number}":0' for number in range(300_000))
    data = ("{" + keys + ',"5":1}').encode()
    begin = time.process_time()
    with pytest.raises(ModelRefused, match="duplicate key '5'"):
        parse_object(data, "x", LIMIT)
    assert time.process_time() - begin < 2


def test_dump_is_canonical_and_strict():
    assert dump_object({"b": "é", "a": 1}) == '{\n "a": 1,\n "b": "é"\n}\n'.encode()
    with pytest.raises(ValueError):
        dump_object({"a": float("nan")})


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789eE.+-ntrufalsN\\ud8I', max_size=60).map(str.encode))
def test_any_bytes_are_an_object_or_refused(data):
    with contextlib.suppress(ModelRefused):
        assert isinstance(parse_object(data, "x", LIMIT), dict)


PLAIN = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        TEXT,
        st.recursive(
            PLAIN | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
        ),
        max_size=4,
    )
)
def test_round_trip(value):
    back = parse_object(dump_object(value), "x", LIMIT)
    assert back == value and json.dumps(back, sort_keys=True) == json.dumps(value, sort_keys=True)
