"""Encodings, line ends, quotes, fields: the faults that pandas would read as something else."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data import dialect, text
from gruforecast.data.source import MAX_LINE
from gruforecast.errors import UsageError

from .conftest import Read, Refuse

CSV = "unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,4\n"


@pytest.mark.parametrize("end", ["\r\n", "\r", "mixed"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
def test_line_ends_and_byte_order_mark_change_nothing(read: Read, end: str, mark: bytes, tail: str) -> None:
    content = CSV.replace("\n", "\r\n", 2) if end == "mixed" else CSV.replace("\n", end)
    panel, _ = read(mark + content.encode() + tail.encode())
    assert panel.y.tolist() == [1, 2, 4] and panel.ids.tolist() == ["a"]


def test_torn_last_line_is_warned_about(read: Read) -> None:
    assert "last line" in read(CSV[:-1])[1].warnings[0]
    assert not read(CSV)[1].warnings


def test_wrong_encodings(refuse: Refuse, read: Read) -> None:
    assert "--encoding utf-16" in refuse(CSV.encode("utf-16"))
    assert "--encoding utf-16" in refuse(CSV.encode("utf-16-le"))
    message = refuse("unique_id,ds,y\na,2024-01-01,1\nZürich,2024-01-02,2\n".encode("latin-1"))
    assert ":3: byte 0xfc at offset 31" in message and "--encoding" in message
    assert "NUL byte at offset 15" in refuse(CSV.replace("\na", "\n\0a", 1))
    panel, _ = read(CSV.replace("a,", "Zürich,").encode("latin-1"), encoding="latin-1")
    assert panel.ids.tolist() == ["Zürich"]
    assert read(CSV.encode("utf-16"), encoding="utf-16")[0].y.tolist() == [1, 2, 4]
    assert read(CSV.encode("utf-16-le"), encoding="utf-16-le")[0].y.tolist() == [1, 2, 4]
    assert "0xff" in refuse(b"\xff" + CSV.encode(), encoding="utf-7")


@pytest.mark.parametrize("name", ["nonsense", "base64", "hex", "utf-8\0", "../x", "zlib"])
def test_unknown_encoding(read: Read, name: str) -> None:
    with pytest.raises(UsageError):
        read(CSV, encoding=name)


def test_a_split_character_at_a_block_border(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    content = CSV.replace("a,", '"é\n""ü,",')
    whole = read(content)[0]
    monkeypatch.setattr(text, "_BLOCK", 7)
    split = read(content)[0]
    assert split.ids.tolist() == whole.ids.tolist() == ['é\n"ü,']


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_separators_are_detected(read: Read, sep: str) -> None:
    panel, report = read(CSV.replace(",", sep))
    assert panel.y.tolist() == [1, 2, 4] and report.config.sep == sep


def test_uncertain_separator(refuse: Refuse, read: Read) -> None:
    content = "unique_id;x,ds;y,z\na;1,2;3,4\nb;1,2;3,4\n"
    assert "--sep" in refuse(content)
    assert read(CSV.replace(",", ";"), sep=";")[0].y.tolist() == [1, 2, 4]
    with pytest.raises(UsageError):
        read(CSV, sep="ab")


def test_decimal_comma(read: Read, refuse: Refuse) -> None:
    content = "ds;y\n2024-01-01;1,5\n2024-01-02;-2,25\n2024-01-03;3\n"
    panel, report = read(content)
    assert panel.y.tolist() == [1.5, -2.25, 3] and report.config.decimal == ","
    assert "--decimal" in refuse("ds;y\n2024-01-01;1,234\n2024-01-02;5,678\n")
    assert read("ds;y\n2024-01-01;1,234\n2024-01-02;5,678\n", decimal=",")[0].y.tolist() == [1.234, 5.678]
    assert "--decimal" in refuse("ds;y;z\n2024-01-01;1,5;1.5\n2024-01-02;2,5;2.5\n")
    assert "'1.5'" in refuse(content + "2024-01-04;1.5\n")
    quoted = 'ds,y\n2024-01-01,"1,5"\n2024-01-02,"2,5"\n'
    assert read(quoted)[0].y.tolist() == [1.5, 2.5]
    with pytest.raises(UsageError):
        read(CSV, decimal=",")


def test_field_counts(refuse: Refuse) -> None:
    assert "data.csv:3: 2 fields where the header has 3" in refuse(CSV.replace("a,2024-01-02", "2024-01-02"))
    assert "data.csv:4: 4 fields" in refuse(CSV.replace(",4", ",4,5"))
    assert "data.csv:3: 4 fields" in refuse(CSV.replace(",2\n", ",2,\n").replace(",4", ""))
    assert "data.csv:2: 4 fields" in refuse("a,ds,y\nx,2024-01-01,1,9\n" + "x,2024-01-02,1,9\n")


def test_quotes(read: Read, refuse: Refuse) -> None:
    panel, _ = read(CSV.replace("a,", '"a, ""b""\r\nc",').replace("ds", '"ds"'))
    assert panel.ids.tolist() == ['a, "b"\r\nc']
    assert "data.csv:3: the quote that opens here" in refuse(CSV.replace("a,2024-01-02", '"a,2024-01-02'))
    assert "data.csv:3: a quote" in refuse(CSV.replace("a,2024-01-02", 'a"b,2024-01-02'))
    assert "data.csv:2: a quote" in refuse(CSV.replace("a,2024-01-01", '"a"b,2024-01-01'))
    opened = CSV.replace("a,2024-01-01", '"a,2024-01-01').replace("a,2024-01-03", '"a",2024-01-03')
    assert "data.csv:2: a quote" in refuse(opened)


def test_lines_after_quoted_line_breaks_are_counted_right(refuse: Refuse) -> None:
    content = CSV.replace("a,", '"a\nb",').replace(",4", ",x")
    assert "data.csv:6:" in refuse(content)


def test_headers(refuse: Refuse) -> None:
    assert "empty" in refuse("") and "empty" in refuse("\n\n")
    assert "no rows" in refuse("unique_id,ds,y\n")
    assert "stands twice" in refuse("ds,y,y\n2024-01-01,1,2\n")
    assert "column 1 has no name" in refuse(",ds,y\n0,2024-01-01,1\n0,2024-01-02,1\n")
    assert "header is missing" in refuse("a,2024-01-01,1\na,2024-01-02,1\n")
    assert "header is missing" in refuse("1,2\n3,4\n")


def test_caps(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"longer than {MAX_LINE}" in refuse("ds,y\n" + "x" * (MAX_LINE + (2 << 20)))
    monkeypatch.setattr(dialect, "MAX_COLUMNS", 50)
    assert "more than 50 columns" in refuse(",".join(f"c{i}" for i in range(60)) + "\n")


def test_hostile_values_never_reach_a_message_raw(refuse: Refuse) -> None:
    message = refuse(CSV.replace(",4", ",\x1b[31mred"))
    assert "\\x1b" in message and ":4:" in message
    assert "\u202e" not in refuse(CSV.replace(",4", ",\u202e4"))


def test_record_start_walks_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'a,b\n"x\ny",2\n3,4\n'
    for size in (1, 3, 100):
        original = text.blocks
        monkeypatch.setattr(text, "blocks", lambda d, s=size, f=original: f(d, s))
        assert [text.record_start(data, i) for i in range(3)] == [0, 4, 12]
        monkeypatch.setattr(text, "blocks", original)
    assert np.array_equal([text.line_number(data, at) for at in (0, 4, 12)], [1, 2, 4])
