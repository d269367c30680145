# ruff: noqa: E501
"""Small files of the kinds people really have: what each must be read as, or with which words it must be refused.

Most of them are traps: files that a lenient reader takes without a word and misreads. ``python cases.py DIRECTORY``
writes them all as files.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Panel:
    """What an accepted file must become; None is not looked at. *y* are the values of the first series."""

    ids: Sequence[str]
    freq: str
    first: str
    last: str
    y: Sequence[float | None]
    next: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Case:
    """A file, why it is here, and what must happen: *panel*, or a refusal with *code* that matches *message*."""

    name: str
    why: str
    content: bytes
    panel: Panel | None = None
    code: int = 0
    message: str = ""
    line: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)


CASES: list[Case] = []


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def good(
    name: str,
    why: str,
    content: str | bytes,
    ids: Sequence[str],
    grid: str,
    span: tuple[str, str],
    y: Sequence[float | None],
    next: str | None = None,
    warning: str | None = None,
    **settings: Any,
) -> None:
    """A file that must be read; ``None`` in *y* is a missing value."""
    CASES.append(Case(name, why, _bytes(content), Panel(ids, grid, *span, y, next, warning), settings=settings))


def bad(
    name: str,
    why: str,
    content: str | bytes,
    message: str,
    line: int | None = None,
    code: int = 65,
    **settings: Any,
) -> None:
    """A file that must be refused with a message that matches *message* and names *line*."""
    CASES.append(Case(name, why, _bytes(content), code=code, message=message, line=line, settings=settings))


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


def days(n: int, month: int = 1, year: int = 2024) -> list[str]:
    return [f"{year}-{month:02d}-{d:02d}" for d in range(1, n + 1)]


def table(header: str, *columns: Sequence[object], sep: str = ",", end: str = "\n") -> str:
    return lines(header, *(sep.join(map(str, row)) for row in zip(*columns, strict=True)), end=end)


D5, V5 = days(5), [1.0, 2.0, 4.0, 8.0, 16.0]
W5 = ["1", "2", "4", "8", "16"]
SPAN = (D5[0], D5[-1])
PLAIN = table("ds,y", D5, W5)
LONG = table("unique_id,ds,y", ["a"] * 5, D5, W5)


def single(content: str | bytes, name: str, why: str, **more: Any) -> None:
    """A file that must be read as :data:`PLAIN` is."""
    good(name, why, content, ["y"], "D", SPAN, V5, **more)


def cell(value: str, where: int = 2) -> str:
    """PLAIN with another value in row *where*."""
    values = [*W5]
    values[where] = value
    return table("ds,y", D5, values)


def stamp(value: str, where: int = 2) -> str:
    """PLAIN with another time in row *where*."""
    times = [*D5]
    times[where] = value
    return table("ds,y", times, W5)


# ---- bytes: encodings, line ends, marks, what is no text
# fmt: off

single(PLAIN, "plain", "the plainest file")
single(PLAIN[:-1], "torn-no-newline", "reads cleanly although 16 may have been 167", warning="last line")
single(table("ds,y", D5, W5, end="\r\n"), "crlf", "Windows line ends")
single(table("ds,y", D5, W5, end="\r"), "cr", "old Mac line ends")
single(PLAIN.replace("\n", "\r\n", 3), "mixed-ends", "edited on two systems")
single(b"\xef\xbb\xbf" + PLAIN.encode(), "bom", "Excel's UTF-8: the mark is not part of the first name")
single(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(), "bom-crlf", "Excel's CSV UTF-8")
single(PLAIN.encode("utf-16"), "utf-16-said", "Excel's Unicode text", encoding="utf-16")
single(PLAIN.replace(",", "\t").encode("utf-16"), "utf-16-tabs", "Excel's Unicode text has tabs", encoding="utf-16")
single(PLAIN + "\n\n\n", "empty-end", "editors leave empty lines at the end")
single(PLAIN + "\x1a", "ctrl-z", "DOS programs end a file with Ctrl-Z")
single(gzip.compress(PLAIN.encode()), "gzip", "packed, whatever its name")
single(gzip.compress(PLAIN[:20].encode()) + gzip.compress(PLAIN[20:].encode()), "gzip-members", "packed in two pieces")
single(gzip.compress(PLAIN.encode()) + b"\0" * 512, "gzip-padded", "tape blocks are padded")
bad("utf-16-unsaid", "NULs would end ids early", PLAIN.encode("utf-16"), "UTF-16|NUL.*--encoding utf-16")
bad("utf-16-le-no-bom", "every second byte is NUL", PLAIN.encode("utf-16-le"), "NUL byte at offset 1.*--encoding utf-16")
bad("nul-in-value", "pandas cuts the value", PLAIN.replace("4\n", "4\0\n"), "NUL byte at offset 43.*copy", 4)
bad("nul-tail", "a crash leaves a tail of NULs", PLAIN.encode() + b"\0" * 100, "NUL byte.*copy it again", 7)
bad("latin-1-unsaid", "é in Latin-1", "id,ds,y\ncafé,2024-01-01,1\n".encode("latin-1"), "0xe9.*--encoding latin-1", 2)
bad("cp1252-unsaid", "the euro sign in Windows' alphabet", "id,ds,y\n5€,2024-01-01,1\n".encode("cp1252"), "0x80.*cp1252", 2)
good("latin-1-said", "with the encoding named", table("id,ds,y", ["café"] * 5, D5, W5).encode("latin-1"),
     ["café"], "D", SPAN, V5, encoding="latin-1")
bad("wrong-encoding-said", "the flag is wrong", PLAIN + "xy", "the content is not utf-32.*check --encoding", encoding="utf-32")
bad("encoding-unknown", "no such encoding", PLAIN, "encoding 'latin-77' is not known", code=2, encoding="latin-77")
bad("empty", "nothing", "", "the file is empty")
bad("only-newlines", "nothing but line ends", "\n\n\n", "the file is empty")
bad("only-bom", "nothing but a mark", b"\xef\xbb\xbf", "the file is empty")
bad("only-spaces", "nothing but spaces", "   \n  \n", "the file is empty|no rows|nothing")
bad("header-only", "an export without rows", "unique_id,ds,y\n", "a header but no rows", 1)
bad("zip", "an Excel file named .csv", b"PK\x03\x04" + b"\0" * 50, "a zip or Excel file.*export it as CSV")
bad("old-excel", "an old Excel file named .csv", b"\xd0\xcf\x11\xe0" + b"\0" * 50, "an old Excel file")
bad("pdf", "a report saved under the wrong name", b"%PDF-1.7\n%", "a PDF")
bad("html", "a login page instead of the download", "<!DOCTYPE html><html>login</html>", "a web page")
bad("html-late", "a page with white space above", "\n\n <html><body>x</body></html>\n", "a web page")
bad("sqlite", "a database", b"SQLite format 3\0" + b"\0" * 50, "an SQLite database")
bad("pickle", "a pickled frame", b"\x80\x04\x95\x10\0\0\0\0\0\0\0", "a Python pickle")
bad("gzip-cut", "an interrupted download", gzip.compress(PLAIN.encode())[:-9], "gzip data are cut off")
bad("gzip-damaged", "a flipped bit", gzip.compress(PLAIN.encode())[:-8] + b"\0" * 8, "gzip data are damaged")
bad("json", "JSON named .csv", '[{"ds": "2024-01-01", "y": 1}]\n', "this is JSON")
bad("json-lines", "JSON lines named .csv", '{"ds": "2024-01-01", "y": 1}\n{"ds": "2024-01-02", "y": 2}\n', "this is JSON")

# ---- lines: too many, too few, titles, totals, comments

single(lines("ds,y", "2024-01-01,1", "", *PLAIN.splitlines()[2:]), "blank-line", "holds nothing", warning="line 3 is empty")
single(lines("", "", *PLAIN.splitlines()), "blank-first", "empty lines above the header", warning="2 lines are empty")
single(PLAIN.replace("2024-01-03", ",\n2024-01-03"), "only-separators", "Excel's empty row", warning="line 4 is empty")
single(PLAIN.replace("2024-01-03", "  \n2024-01-03"), "blank-spaces", "spaces hold nothing", warning="line 4 is empty")
single(PLAIN + ",\n,\n", "trailing-separator-rows", "Excel saves rows once used", warning="2 lines are empty")
single(lines("ds,y", *(f"{r}," for r in PLAIN.splitlines()[1:])), "trailing-delimiter", "each row ends with a comma too many",
       warning="ends with a ','")
single(lines(*(f"{r}," for r in PLAIN.splitlines())), "trailing-delimiter-header", "so does the header")
bad("row-short", "pandas fills it with NaN", LONG.replace("a,2024-01-03,4", "a,2024-01-03"), "2 fields where the header has 3; complete", 4)
bad("row-long", "pandas shifts or drops", LONG.replace("a,2024-01-03,4", "a,2024-01-03,4,5"), "4 fields where.*quoted", 4)
bad("rows-short-many", "the count is shown", LONG.replace("a,", ""), r"2 fields.*also lines 3, 4, 5, 6\)", 2)
bad("id-with-comma", "an unquoted comma in a name", LONG.replace("a,2024-01-04", "a, b,2024-01-04"), "4 fields.*quote", 5)
bad("torn-line", "the file ends within a line", LONG + "a,2024-01", "the file ends within this line", 7)
bad("decimal-comma-in-comma-file", "1,5 becomes two fields", table("ds,y", D5, ["1,5"] * 5), "decimal commas", 2)
bad("comment-first", "comments above the header", "# exported 2024\n# by x\n" + PLAIN, "header seems to be line 3", 1)
bad("comment-within", "a comment between the rows", PLAIN.replace("2024-01-03", "# checked\n2024-01-03"), "1 field", 4)
bad("excel-title", "a title and an empty row", "Sales report 2024\n\n" + PLAIN, "header seems to be line 3.*delete lines 1 to 2", 1)
bad("excel-title-padded", "Excel pads it with commas", "Sales report,\n,\n" + PLAIN, "header seems to be line 3", 1)
bad("excel-title-three", "wider", "Sales report,,\n,,\n" + LONG, "header seems to be line 3", 1)
bad("totals-row", "would be one more row", PLAIN + "Total,31\n", "'Total' is no time.*totals, delete it", 7)
bad("totals-row-blank-time", "a sum below the column", PLAIN + ",31\n", "empty where a time is needed.*totals", 7)
bad("footer-text", "a source note", PLAIN + "Source: statistics office\n", "1 field.*footer", 7)
bad("footer-count", "psql writes the count", PLAIN + "(5 rows)\n", "1 field.*footer", 7)
bad("footer-commas", "a note with commas", PLAIN + "Source: office, all rights reserved, 2024\n", "3 fields.*2", 7)
bad("units-row", "two header lines of a logger", table("time,temp", ["s", *D5], ["degC", *W5]), "second header line or holds units", 2)
bad("units-row-blank", "units only for the value", table("time,temp", ["", *D5], ["°C", *W5]), "second header line", 2)
bad("logger-toa5", "a data logger's four header lines",
    '"TOA5","CR1000","7","x"\n"TIMESTAMP","RECORD","T","RH"\n"TS","RN","C","%"\n'
    + table('', days(5), range(5), W5, W5)[1:], "headers or hold units, delete them", 2)
bad("markdown", "a table pasted from a chat", "| ds | y |\n|---|---|\n| 2024-01-01 | 1 |\n| 2024-01-02 | 2 |\n", "")
bad("two-tables", "two exports in one file", PLAIN + "\n" + PLAIN, "repeats the header.*delete", 8)
bad("header-repeated", "two files joined with cat", PLAIN + PLAIN, "'ds' repeats the header; delete the line", 7)
bad("one-column", "no separator at all", lines("y", *W5), "only one field.*--sep", 1)
bad("fixed-width", "columns aligned by spaces", lines("ds          y", *(f"{d}  {v}" for d, v in zip(D5, W5, strict=True))),
    "only one field.*--sep")

# ---- separators, quotes, decimal marks, thousands

single(PLAIN.replace(",", ";"), "semicolons", "Excel's separator in much of Europe")
single(PLAIN.replace(",", "\t"), "tabs", "tab-separated")
single(PLAIN.replace(",", "|"), "pipes", "pipe-separated")
single(PLAIN.replace(",", ":"), "colon-said", "any separator can be named", sep=":")
single(lines('"ds","y"', *(f'"{d}","{v}"' for d, v in zip(D5, W5, strict=True))), "all-quoted", "quoted numbers are numbers")
good("semicolon-in-quotes", "a separator that is none", table("id,ds,y", ['"a;b"'] * 5, D5, W5), ["a;b"], "D", SPAN, V5)
good("comma-in-quotes", "RFC 4180", table("id,ds,y", ['"a,b"'] * 5, D5, W5), ["a,b"], "D", SPAN, V5)
good("newline-in-quotes", "an id of two lines", table("id,ds,y", ['"a\nb"'] * 5, D5, W5), ["a\nb"], "D", SPAN, V5)
good("quote-in-quotes", "doubled quotes", table("id,ds,y", ['"5"" disc"'] * 5, D5, W5), ['5" disc'], "D", SPAN, V5)
good("decimal-comma", "1,5 is not 1 and 5", table("ds;y", D5, ["1,5", "2", "4,25", "8", "16,0"], sep=";"),
     ["y"], "D", SPAN, [1.5, 2, 4.25, 8, 16])
good("decimal-comma-id", "a;1,5 became y=5", table("id;ds;y", ["a"] * 5, D5, ["1,5"] * 5, sep=";"), ["a"], "D", SPAN, [1.5] * 5)
good("decimal-comma-quoted", "in a comma file", table("ds,y", D5, ['"1,5"', '"2,5"', '"4,5"', '"8,5"', '"1,25"']),
     ["y"], "D", SPAN, [1.5, 2.5, 4.5, 8.5, 1.25])
good("decimal-comma-negative", "-0,5", table("ds;y", D5, ["-0,5"] * 5, sep=";"), ["y"], "D", SPAN, [-0.5] * 5)
good("decimal-comma-tabs", "tabs and commas", table("ds\ty", D5, ["1,5"] * 5, sep="\t"), ["y"], "D", SPAN, [1.5] * 5)
good("decimal-comma-exponent", "1,5E3", table("ds;y", D5, ["1,5E3"] * 5, sep=";"), ["y"], "D", SPAN, [1500.0] * 5)
good("german", "dots in dates, commas in numbers",
     table("Datum;Umsatz", [f"{d:02d}.01.2024" for d in range(1, 6)], ["1,5"] * 5, sep=";"),
     ["Umsatz"], "D", SPAN, [1.5] * 5)
good("german-months", "never January 2nd, 3rd …", table("Monat;Wert", [f"01.{m:02d}.2024" for m in range(1, 6)], W5, sep=";"),
     ["Wert"], "MS", ("2024-01-01", "2024-05-01"), V5)
bad("thousands-comma-quoted", "1,234 is 1.234 or 1234", table("ds,y", D5, ['"1,234"'] * 5), "1000 times.*--decimal")
bad("thousands-comma-semicolon", "the same", table("ds;y", D5, ["1,234"] * 5, sep=";"), "1000 times.*--decimal")
bad("thousands-comma-many", "1,234,567", table("ds,y", D5, ['"1,234,567"'] * 5), "say --thousands ,", 2)
bad("thousands-both", "1,234.50", table("ds,y", D5, ['"1,234.50"'] * 5), "say --thousands ,", 2)
bad("thousands-german", "1.234,50", table("ds;y", D5, ["1.234,50"] * 5, sep=";"), "say --thousands . if", 2)
bad("thousands-dot-mixed", "999 beside 1.000", table("ds;y", D5, ["998", "999", "1.000", "1.001", "1.002"], sep=";"), "1000 times")
bad("thousands-dots", "1.234.567", table("ds;y", D5, ["1.234.567"] * 5, sep=";"), "say --thousands . if", 2)
bad("thousands-space", "1 234", table("ds;y", D5, ["1 234"] * 5, sep=";"), "say --thousands ' '", 2)
bad("thousands-nbsp", "1 234 with a hard space", table("ds;y", D5, ["1\u00a0234"] * 5, sep=";"), "say --thousands ' '", 2)
bad("thousands-apostrophe", "Swiss", table("ds;y", D5, ["1'234"] * 5, sep=";"), "say --thousands", 2)
bad("thousands-one-cell", "only the large values have one", cell('"1,234"'), "finite number.*|1000 times", 4)
KV = [1234.0, 999.0, 1234567.5, -1000.0, 0.5]
good("thousands-comma-said", "the flag that the refusal names", table("ds,y", D5, [f'"{v}"' for v in ["1,234", "999", "1,234,567.5", "-1,000", "0.5"]]),
     ["y"], "D", SPAN, KV, thousands=",")
good("thousands-german-said", "the decimal mark is the other one", table("ds;y", D5, ["1.234", "999", "1.234.567,5", "-1.000", "0,5"], sep=";"),
     ["y"], "D", SPAN, KV, thousands=".")
good("thousands-space-said", "hard, thin and plain ones", table("ds;y", D5, ["1\u00a0234", "999", "1\u202f234 567.5", "-1\u2009000", "0.5"], sep=";"),
     ["y"], "D", SPAN, KV, thousands=" ")
good("thousands-swiss-said", "straight and curly", table("ds;y", D5, ["1'234", "999", "1’234’567.5", "-1'000", "0.5"], sep=";"),
     ["y"], "D", SPAN, KV, thousands="'")
bad("thousands-misplaced", "12,34 is a mistake", table("ds;y", D5, ["1,234", "12,34", "1", "2", "3"], sep=";"), "'12,34' is no finite number", 3, thousands=",")
bad("thousands-after-point", "1.234,567 with a comma for thousands", table("ds;y", D5, ["1,234", "1.234,567", "1", "2", "3"], sep=";"),
    "'1.234,567' is no finite", 3, thousands=",")
bad("thousands-is-decimal", "impossible", PLAIN, "--thousands ',' cannot be", code=2, thousands=",", decimal=",")
bad("thousands-unknown", "impossible", PLAIN, "--thousands 'x' cannot be", code=2, thousands="x")
bad("decimal-mixed", "1,5 and 1.5", table("ds;y", D5, ["1,5", "2,5", "1.5", "2,5", "1,5"], sep=";"), "mixes decimal commas and points")
good("decimal-said", "with the flag", table("ds;y", D5, ["1,234"] * 5, sep=";"), ["y"], "D", SPAN, [1.234] * 5, decimal=",")
bad("decimal-is-separator", "impossible", PLAIN, "--decimal ','", code=2, decimal=",")
bad("separator-unclear", "both would do", "id;a,ds;b,y\nx;1,2;3,4\nx;1,2;3,4\n", "could be ',' and ';'.*--sep", 1)
bad("separator-wrong", "named but wrong", PLAIN, "only one field.*--sep", 1, sep=";")
bad("separator-long", "more than a character", PLAIN, "not a single", code=2, sep="::")
bad("quote-open", "never closed", LONG.replace("a,2024-01-03", '"a,2024-01-03'), "quote that opens here is never closed", 4)
bad("quote-inside", 'a 5" disc unquoted', table("id,ds,y", ['5" disc'] * 5, D5, W5), "quote that does not enclose", 2)
bad("quote-after", "text after a quoted field", LONG.replace("a,2024-01-03", '"a"x,2024-01-03'), "quote", 4)
bad("quote-backslash", "escaped as in C", table("id,ds,y", ['"a\\"b"'] * 5, D5, W5), "doubled", 2)
bad("quotes-curly", "an editor's quotes", PLAIN.replace("4\n", "“4”\n"), "'“4”' is no finite number", 4)

# ---- numbers

for text_, why in [
    ("true", "pandas makes it 1"), ("True", "Python's word"), ("yes", "a word"), ("0x10", "hexadecimal"), ("1_000", "Python's way"),
    ("n/a", "text for missing"), ("#N/A", "Excel's error"), ("#DIV/0!", "Excel's error"), ("#REF!", "Excel's error"),
    ("-", "accountants' zero"), ("--", "the same"), (".", "SAS's missing"), ("?", "R data sets' missing"), ("None", "Python's"),
    ("inf", "no number to forecast"), ("-inf", "the same"), ("Infinity", "the same"), ("1e400", "pandas: inf without a word"),
    ("１２", "full-width digits, which float() takes"), ("١٢", "Arabic digits, which float() takes"), ("12%", "a percent sign"),
    ("$12", "a currency"), ("12 €", "a currency"), ("(12)", "an accountant's -12"), ("12-", "SAP's -12"), ("−12", "a typographic minus"),
    ("1 2", "a space inside"), ("1e", "half an exponent"), ("1.2.3", "two points"), ("½", "a fraction"), ("1/2", "a fraction"),
    ("12kg", "a unit"), ("<5", "below detection"), (">100", "above range"), ("~5", "about"), ("5*", "a footnote"), ("=1+1", "a formula"),
    ("1d5", "Fortran's exponent"), ("e5", "no digits"), ("+", "a sign alone"), ("2024-01-01", "a date"), ("abc", "a word"),
    ("NULL", "SQL's"), ("<NA>", "pandas' own"), ("\\N", "MySQL's"), ("nan(ind)", "Microsoft's"), ("1.#INF", "Microsoft's"),
    ("\u200b12", "a zero-width space"), ("12\u00a0", "a hard space"), ("'12", "Excel's text mark"),
]:
    bad(f"number-{text_}", why, cell(text_), "is no finite number", 4)

for text_, value in [
    ("1e5", 1e5), ("1E5", 1e5), ("+4", 4.0), ("4.", 4.0), (".5", 0.5), ("-0", -0.0), ("004", 4.0), (" 4", 4.0), ("4 ", 4.0),
    ("4e-3", 0.004), ("1e-400", 0.0), ("0.1", 0.1), ("123456789012345678", 123456789012345678.0), ("-4", -4.0),
    ("1.7976931348623157e308", 1.7976931348623157e308), ("5e-324", 5e-324), ("0.30000000000000004", 0.30000000000000004),
    ("", None), ("NaN", None), ("nan", None), ("NA", None), ("null", None), ('""', None), ('"4"', 4.0),
]:
    good(f"value-{text_ or 'empty'}", "is read as itself, to the last bit", cell(text_), ["y"], "D", SPAN, [1, 2, value, 8, 16])

good("negative", "temperatures", table("ds,y", D5, ["-1.5", "0", "-3", "2", "-0.5"]), ["y"], "D", SPAN, [-1.5, 0, -3, 2, -0.5])
good("all-zero", "a dead shop", table("ds,y", D5, ["0"] * 5), ["y"], "D", SPAN, [0] * 5)
good("huge", "1e300", table("ds,y", D5, ["1e300"] * 5), ["y"], "D", SPAN, [1e300] * 5)
good("blank-ends", "unknown before the start and after the end", table("ds,y", D5, ["", "2", "", "8", ""]),
     ["y"], "D", ("2024-01-02", "2024-01-04"), [2, None, 8])
good("gap-and-blank-end", "as many rows as periods, by accident: no value may move to another day",
     table("ds,y", [*D5[:2], "2024-01-04", "2024-01-05", "2024-01-06"], ["1", "2", "8", "16", ""]), ["y"], "D", SPAN, [1, 2, None, 8, 16])
good("gap-and-blank-far", "found by fuzzing: the blank value has a wrong year", PLAIN.replace("2024-01-03,4", "4048-01-03,"),
     ["y"], "D", SPAN, [1, 2, None, 8, 16])
good("no-value-series", "one of two has no value", table("id,ds,y", ["b"] * 5 + ["a"] * 5, D5 * 2, W5 + [""] * 5),
     ["a", "b"], "D", SPAN, [])
bad("numbers-many", "the first five lines and the count", table("ds,y", days(20), ["x", "1"] * 10), r"also lines 4, 6, 8, 10, 10 in all", 2)

# ---- ids

for text_ in ["007", "NA", "nan", "null", "None", "1e5", "True", " a ", "a b", "-1", "1.0", "+5", "🚲", "שלום", "é", "e\u0301", "\x1b[31m",
              "=1+1", "@x", "#1", "a'b", "a/b", "a\\b", "a\tb", "0", "2024-01-01x", "Total", "\u00a0", "\ufeffx", "x" * 500]:
    good(f"id-{text_[:20]}", "an id is text, to the last byte", table("unique_id,ds,y", [text_] * 5, D5, W5), [text_], "D", SPAN, V5)
good("ids-alike", "only the case differs", table("id,ds,y", ["a"] * 5 + ["A"] * 5, D5 * 2, W5 * 2), ["A", "a"], "D", SPAN, V5)
good("ids-spaces-differ", "a space is a difference", table("id,ds,y", ["a"] * 5 + ["a "] * 5, D5 * 2, W5 * 2), ["a", "a "], "D", SPAN, V5)
good("ids-numbers", "1 and 10 and 2 are names", table("store,ds,y", ["1"] * 5 + ["10"] * 5 + ["2"] * 5, D5 * 3, W5 * 3),
     ["1", "10", "2"], "D", SPAN, V5)
good("ids-zeros", "07 and 7 are two stores", table("store,ds,y", ["07"] * 5 + ["7"] * 5, D5 * 2, W5 * 2), ["07", "7"], "D", SPAN, V5)
good("ids-dates", "named like a day", table("unique_id,ds,y", ["2024-01-01"] * 5, D5, W5), ["2024-01-01"], "D", SPAN, V5)
bad("id-empty", "whose row is it?", table("unique_id,ds,y", ["a", "a", "", "a", "a"], D5, W5), "the id is empty.*name the series", 4)
bad("id-empty-many", "all of them", table("unique_id,ds,y", ["a", "", "", "a", "a"], D5, W5), r"the id is empty \(also line 4\)", 3)

# ---- columns

single(lines(",ds,y", *(f"{i},{r}" for i, r in enumerate(PLAIN.splitlines()[1:]))), "pandas-index", "to_csv() with an index",
       warning="column 1 has no name and only numbers the rows")
single(lines('"","ds","y"', *(f'"{i}",{r}' for i, r in enumerate(PLAIN.splitlines()[1:], 1))), "r-row-names", "R's write.csv",
       warning="only numbers the rows")
single(lines("Unnamed: 0,ds,y", *(f"{i},{r}" for i, r in enumerate(PLAIN.splitlines()[1:]))), "pandas-twice", "read and written again")
single(lines(",ds,y", *(f"{9 - i},{r}" for i, r in enumerate(PLAIN.splitlines()[1:]))), "pandas-index-sorted", "an index out of order")
good("pandas-time-index", "to_csv() of a series", table(",sales", D5, W5), ["sales"], "D", SPAN, V5, warning="called ds")
bad("nameless-ids", "a column that means something", table(",ds,y", ["a"] * 5, D5, W5), "column 1 has no name.*name it", 1)
bad("header-long-name", "a field longer than any name", table("ds,y," + "z" * 200_000, D5, W5, W5), "header cannot be read", 1)
bad("line-long-field", "such a field among the rows", PLAIN + "z" * 200_000 + "\n", "1 field", 7)
good("ids-letter-number", "S1 is a name, not 1 of some unit", table("shop,day,sales", ["S1"] * 5 + ["S2"] * 5, D5 * 2, W5 * 2), ["S1", "S2"], "D", SPAN, V5)
good("ids-code", "so are codes", table("sku,day,sales", ["AB-12"] * 5 + ["12kg"] * 5, D5 * 2, W5 * 2), ["12kg", "AB-12"], "D", SPAN, V5)
bad("header-months", "a pivot table with names of months", "store,Jan-24,Feb-24,Mar-24\na,1,2,3\nb,1,2,3\n", "times stand in the header.*melt", 1)
bad("header-months-alone", "a year a row, a month a column: not twelve series", "Year,Jan,Feb,Mrz,Apr,Mai,Jun,Jul\n2023,1,2,3,4,5,6,7\n2024,1,2,3,4,5,6,7\n", "times stand in the header.*melt", 1)
bad("header-missing", "the first row would be lost", table(D5[0] + ",1", D5[1:], W5[1:]), "header is missing", 1)
bad("header-missing-long", "the same with ids", table("a,2024-01-01,1", ["a"] * 4, D5[1:], W5[1:]), "header is missing", 1)
bad("header-numbers", "numbers only", "1,2\n3,4\n5,6\n", "header is missing", 1)
bad("header-twice", "two columns of one name", table("ds,y,y", D5, W5, W5), "'y' stands twice", 1)
bad("header-dates", "a pivot table", "store,2024-01,2024-02,2024-03\na,1,2,3\nb,1,2,3\n", "times stand in the header.*melt", 1)
bad("header-years", "the World Bank's form", "country,2020,2021,2022\na,1,2,3\nb,1,2,3\n", "times stand in the header.*melt", 1)
good("header-spaces", "names are kept as they are", table("ds, y", D5, W5), [" y"], "D", SPAN, V5)
good("header-case", "Date and Y", table("DS,Y", D5, W5), ["Y"], "D", SPAN, V5)
good("header-unicode", "names in any script", table("дата,продажи", D5, W5), ["продажи"], "D", SPAN, V5)
good("header-quoted-comma", "a comma in a name", table('ds,"y, total"', D5, W5), ["y, total"], "D", SPAN, V5)
good("other-columns", "conventional names win", table("a,unique_id,b,ds,y,c", W5, ["s"] * 5, D5, D5, W5, W5), ["s"], "D", SPAN, V5)
good("wide", "each column a series", table("ds,a,b", D5, W5, W5[::-1]), ["a", "b"], "D", SPAN, V5)
good("wide-nameless", "with an index", table(",ds,a,b", range(5), D5, W5, W5), ["a", "b"], "D", SPAN, V5)
bad("wide-text", "a column of remarks beside two of numbers", table("ds,a,b,remark", D5, W5, W5, list("xyxyx")), "--target-col", 1)
bad("two-targets", "price or sold?", table("shop,day,sold,price", ["a"] * 5, D5, W5, W5), "target could be any of 'sold', 'price'", 1)
bad("two-times", "ordered or delivered?", table("shop,ordered,delivered,sold", ["a"] * 5, D5, D5, W5), "time could be any of", 1)
bad("two-ids", "shop or item?", table("shop,item,day,sold", ["a"] * 5, ["b"] * 5, D5, W5), "id could be any of", 1)
bad("no-time", "nothing parses", table("shop,sold", ["a"] * 5, W5), "no column parses as time.*--time-col", 1)
bad("no-target", "nothing but text", table("day,shop", D5, ["a"] * 5), "no column of numbers is left.*--target-col", 1)
bad("bank-statement", "two dates, text, two amounts",
    table("Booking,Value date,Text,Amount,Balance", D5, D5, ["x"] * 5, W5, W5), "--time-col", 1)
bad("col-unknown", "a flag with a typing error", PLAIN, "--target-col 'sales' is not a column.*found 'ds', 'y'", 1, target_col="sales")
bad("col-twice", "one column for two roles", PLAIN, "cannot be two of", code=2, id_col="y", target_col="y")
bad("year-month-columns", "the time in two columns", table("year,month,sold", [2024] * 5, range(1, 6), W5), "time could be any of.*one column", 1)

# ---- times: forms

good("iso-clock", "to the minute", table("ds,y", [f"2024-01-01 {h:02d}:00" for h in range(5)], W5),
     ["y"], "h", ("2024-01-01 00:00", "2024-01-01 04:00"), V5, "2024-01-01 05:00")
good("iso-t-z", "as JSON has it", table("ds,y", [f"2024-01-01T{h:02d}:00:00Z" for h in range(5)], W5),
     ["y"], "h", ("2024-01-01T00:00:00Z", "2024-01-01T04:00:00Z"), V5, "2024-01-01T05:00:00Z")
good("iso-millis", "as JavaScript has it", table("ds,y", [f"2024-01-01T{h:02d}:00:00.000Z" for h in range(5)], W5),
     ["y"], "h", ("2024-01-01T00:00:00Z", "2024-01-01T04:00:00Z"), V5)
good("half-hour-zone", "India", table("ds,y", [f"2024-01-01T{h:02d}:00:00+05:30" for h in range(5)], W5),
     ["y"], "h", ("2024-01-01T00:00:00+05:30", "2024-01-01T04:00:00+05:30"), V5, "2024-01-01T05:00:00+05:30")
good("slashes-iso", "year first is certain", table("ds,y", [d.replace("-", "/") for d in D5], W5), ["y"], "D", SPAN, V5)
good("one-digit", "2024-1-5", table("ds,y", [f"2024-1-{d}" for d in range(1, 6)], W5), ["y"], "D", SPAN, V5)
good("compact", "20240101 is no second of 1970", table("ds,y", [d.replace("-", "") for d in D5], W5),
     ["y"], "D", ("20240101", "20240105"), V5, "20240106")
good("day-first-certain", "a 13th settles it", table("ds,y", [f"{d:02d}/01/2024" for d in range(10, 15)], W5),
     ["y"], "D", ("2024-01-10", "2024-01-14"), V5)
good("month-first-certain", "a 13th settles it", table("ds,y", [f"01/{d:02d}/2024" for d in range(10, 15)], W5),
     ["y"], "D", ("2024-01-10", "2024-01-14"), V5)
bad("day-or-month", "01/02/2020 is two days", table("ds,y", [f"01/{d:02d}/2020" for d in range(1, 6)], W5),
    "could be day or month first.*%d/%m/%Y", 2)
bad("day-or-month-dashes", "01-02-2020 too", table("ds,y", [f"01-{d:02d}-2020" for d in range(1, 6)], W5),
    "could be day or month first.*%d-%m-%Y", 2)
bad("day-or-month-clock", "the hint has the clock too", table("ds,y", [f"01/02/2020 {h:02d}:00" for h in range(5)], W5),
    "%d/%m/%Y %H:%M", 2)
good("day-or-month-said", "with the flag", table("ds,y", [f"01/{d:02d}/2020" for d in range(1, 6)], W5),
     ["y"], "MS", ("2020-01-01", "2020-05-01"), V5, date_format="%d/%m/%Y")
bad("day-and-month", "both orders in one column", table("ds,y", ["13/01/2020", "01/14/2020", *D5[:1]][:2], ["1", "2"]), "mixes", 2)
bad("am-pm", "not 2 in the morning", table("ds,y", [f"01/13/2024 {h:02d}:00 PM" for h in range(1, 6)], W5), "%m/%d/%Y %I:%M %p", 2)
good("am-pm-said", "with the flag", table("ds,y", [f"01/13/2024 {h:02d}:00 PM" for h in range(1, 6)], W5),
     ["y"], "h", ("2024-01-13 13:00:00", "2024-01-13 17:00:00"), V5, date_format="%m/%d/%Y %I:%M %p")
bad("month-names", "Jan-24", table("ds,y", ["Jan-24", "Feb-24", "Mar-24", "Apr-24", "May-24"], W5), "'ds' holds|--date-format '?%b-%y")
bad("month-names-other", "the column is none that is known as time", table("Month,Sales", ["Jan-24", "Feb-24", "Mar-24", "Apr-24", "May-24"], W5),
    "column 'Month' holds times.*say --date-format %b-%y", 1)
good("month-names-said", "with that flag", table("Month,Sales", ["Jan-24", "Feb-24", "Mar-24", "Apr-24", "May-24"], W5),
     ["Sales"], "MS", ("2024-01-01", "2024-05-01"), V5, date_format="%b-%y")
bad("am-pm-other", "US dates of a meter", table("Date/Time,kWh", [f"01/13/2024 {h:02d}:00 PM" for h in range(1, 6)], W5),
    "say --date-format '%m/%d/%Y %I:%M %p'", 1)
bad("eurostat-months", "2024M01", table("TIME_PERIOD,OBS_VALUE", [f"2024M{m:02d}" for m in range(1, 6)], W5), "say --date-format %YM%m", 1)
good("eurostat-months-said", "with that flag", table("TIME_PERIOD,OBS_VALUE", [f"2024M{m:02d}" for m in range(1, 6)], W5),
     ["OBS_VALUE"], "MS", ("2024-01-01", "2024-05-01"), V5, date_format="%YM%m")
bad("short-years", "which is the day?", table("date,value", [f"{d:02d}/01/24" for d in range(1, 6)], W5), "%d/%m/%y", 1)
bad("date-and-time-columns", "24 series of one value a day each", table("Date,Time,Temp", ["2024-01-01"] * 5, [f"{h:02d}:00" for h in range(5)], W5),
    "'Time' holds times of day.*one column", 1)
bad("date-and-hour-columns", "not two series", table("date,hour,load", ["2024-01-01"] * 5, range(5), W5), "part of the time.*sed -E 's/,/ /1'", 1)
bad("date-and-span-columns", "nor 24", table("Date,Interval,Load", ["2024-01-01"] * 5, [f"0{h}:00 - 0{h + 1}:00" for h in range(5)], W5),
    "hours from and to.*when each period begins: sed", 1)
bad("spans", "as European electricity is published", table("MTU,Load", [f"01.01.2024 0{h}:00 - 01.01.2024 0{h + 1}:00" for h in range(5)], W5), "when each period begins: sed", 1)
bad("year-and-quarter-columns", "not four yearly series", table("Year,Quarter,Sales", [2022] * 4 + [2023], ["Q1", "Q2", "Q3", "Q4", "Q1"], W5), "holds quarters.*sed -E s/,//1", 1)
bad("year-and-month-name-columns", "not twelve", table("Jahr;Monat;Umsatz", [2023] * 5, ["Januar", "Februar", "März", "April", "Mai"], W5, sep=";"), "holds months.*sed -E 's/;/ /1'", 1)
bad("weekday-first", "Mo, 01.01.2024", table("Datum;Besucher", [f"{d}, 0{i}.01.2024" for i, d in enumerate(("Mo", "Di", "Mi", "Do", "Fr"), 1)], W5, sep=";"), "leave the weekday out: sed", 1)
bad("bank-remarks", "a text that names no series", table("Date,Text,Amount", days(8), ["rent", "food"] * 4, range(8)), "no two rows have a time in common.*--id-col none")
good("bank-remarks-said", "with that flag", table("Date,Text,Amount", D5, ["rent", "food", "rent", "food", "rent"], W5), ["Amount"], "D", SPAN, V5, id_col="none")
good("ids-german", "numbers in front of a zero", table("plz;datum;menge", ["01"] * 5 + ["02"] * 5, D5 * 2, W5 * 2, sep=";"), ["01", "02"], "D", SPAN, V5)
bad("date-and-hour-columns-usual", "with the conventional names", table("ds,hour,y", [D5[0]] * 5, range(5), W5), "has the same time.*put both into one column.*sed", 3)
bad("expenses", "kinds of expenses, several a day, not every day", table("date,kind,amount", [D5[0], D5[0], D5[2], D5[3], D5[4], "2024-01-09", "2024-01-10"], [*"abababb"], range(7)),
    "if column 'kind' names no series, say --id-col none")
bad("merged-cells", "the region stands once", table("Region,Month,Sales", ["North", *[""] * 4], [f"2024-0{m}" for m in range(1, 6)], W5),
    "id is empty.*repeat it on every line", 3)
bad("subtotals", "sums between the rows", LONG + "a Total,,31\n" + LONG.replace("a,", "b,").partition("\n")[2], "empty where a time.*total", 7)
bad("sap-minus", "1.234,56- is negative", table("Datum;Betrag", D5, ["1.234,56-"] * 5, sep=";"), "no finite number.*minus sign", 2)
bad("sep-line", "Excel's own first line", "sep=;\r\nds;y\r\n2024-01-01;1\r\n2024-01-02;2\r\n2024-01-03;3\r\n", "header seems to be line 2.*delete", 1)
bad("google-trends", "a title, and values below 1", "Category: All\n\nWeek,cats: (Worldwide)\n2024-01-07,1\n2024-01-14,<1\n2024-01-21,3\n", "line 3", 1)
bad("google-analytics", "comments above the header", "# ---\n# Default\n# 20240101\n# ---\n\nDay,Users\n" + "".join(f"1/{d}/24,1{d}\n" for d in range(1, 9)), "line 6.*delete lines 1 to 5", 1)
bad("stripe", "three columns of text", "id,Created (UTC),Amount,Currency,Status\n" + "".join(f"ch_{i},{d} 01:1{i},1.5,usd,Paid\n" for i, d in enumerate(D5)),
    "id could be any of 'id', 'Currency', 'Status'", 1)
good("shopify", "each measure a series", table("Day,Orders,Total sales", D5, W5, W5), ["Orders", "Total sales"], "D", SPAN, V5)
bad("month-names-long", "1 January 2024", table("ds,y", [f"{d} January 2024" for d in range(1, 6)], W5), "--date-format '%d %b %Y'", 2)
bad("two-digit-year", "31.12.24", table("ds,y", [f"{d}.12.24" for d in range(27, 32)], W5), "--date-format '%d.%m.%y'", 2)
bad("month-names-german", "strptime alone knows no Mai", table("Monat;Umsatz", ["Jan 24", "Feb 24", "Mrz 24", "Apr 24", "Mai 24"], W5, sep=";"), "say --date-format '%b %y'", 1)
good("month-names-german-said", "with that flag", table("Monat;Umsatz", ["Jan 24", "Feb 24", "Mrz 24", "Apr 24", "Mai 24"], W5, sep=";"),
     ["Umsatz"], "MS", ("2024-01-01", "2024-05-01"), V5, date_format="%b %y")
good("month-names-french-said", "août 2024 as %B", table("ds,y", ["juin 2024", "juillet 2024", "août 2024", "sept. 2024", "octobre 2024"], W5),
     ["y"], "MS", ("2024-06-01", "2024-10-01"), V5, date_format="%B %Y")
good("year-month-one-digit", "2024-1 … 2024-10", table("ds,y", [f"2024-{m}" for m in range(7, 12)], W5), ["y"], "MS", ("2024-07", "2024-11"), V5, "2024-12")
good("year-month", "2024-01", table("ds,y", [f"2024-{m:02d}" for m in range(1, 6)], W5), ["y"], "MS", ("2024-01", "2024-05"), V5, "2024-06")
bad("year-month-compact", "a month or a number", table("month,y", [f"20240{m}" for m in range(1, 6)], W5), "month or a plain number.*%Y%m", 2)
good("year-month-compact-long", "three years of it can be nothing else",
     table("month,y", [f"{y}{m:02d}" for y in (2021, 2022, 2023) for m in range(1, 13)], range(36)),
     ["y"], "MS", ("202101", "202312"), [float(i) for i in range(36)], "202401")
good("quarters", "2024Q1", table("ds,y", ["2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1"], W5),
     ["y"], "QS", ("2023Q1", "2024Q1"), V5, "2024Q2")
good("quarters-dash", "2024-Q1", table("ds,y", ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"], W5),
     ["y"], "QS", ("2023-Q1", "2024-Q1"), V5, "2024-Q2")
good("quarters-first", "Q1 2024", table("ds,y", ["Q1 2023", "Q2 2023", "Q3 2023", "Q4 2023", "Q1 2024"], W5),
     ["y"], "QS", ("2023Q1", "2024Q1"), V5, "2024Q2")
bad("quarters-number-first", "1Q2024", table("ds,y", [f"{q}Q2023" for q in range(1, 5)], W5[:4]), "write 2023Q1", 2)
bad("weeks-german", "KW 05/2024", table("KW;Menge", [f"KW 0{w}/2024" for w in range(1, 6)], W5, sep=";"), "write 2024-W01: sed -E", 1)
good("weeks", "ISO weeks", table("week,y", [f"2024-W0{w}" for w in range(1, 6)], W5),
     ["y"], "W-MON", ("2024-W01", "2024-W05"), V5, "2024-W06")
good("weeks-53", "2020 had 53", table("week,y", ["2020-W51", "2020-W52", "2020-W53", "2021-W01", "2021-W02"], W5),
     ["y"], "W-MON", ("2020-W51", "2021-W02"), V5)
bad("weeks-none", "2021 had 52", table("week,y", ["2021-W51", "2021-W52", "2021-W53", "2022-W01", "2022-W02"], W5), "no week of its year", 4)
good("years", "numbers of years", table("year,y", range(2019, 2024), W5), ["y"], "YS", ("2019", "2023"), V5, "2024")
good("steps", "a counter", table("step,y", range(1, 6), W5), ["y"], "int", ("1", "5"), V5, "6")
good("steps-tens", "a counter by tens", table("step,y", range(0, 50, 10), W5), ["y"], "10int", ("0", "40"), V5, "50")
good("epoch-us", "microseconds, as databases count", table("ts,y", range(1704067200_000_000, 1704085200_000_000, 3_600_000_000), W5),
     ["y"], "h", ("1704067200000000", "1704081600000000"), V5, "1704085200000000")
good("epoch-ns", "nanoseconds, as pandas counts", table("ts,y", range(1704067200 * 10**9, 1704085200 * 10**9, 3600 * 10**9), W5),
     ["y"], "h", ("1704067200000000000", "1704081600000000000"), V5, "1704085200000000000")
bad("epoch-float", "seconds with a point", table("timestamp,y", [f"{t}.0" for t in range(1704067200, 1704085200, 3600)], W5), r"without a point: sed -E", 1)
bad("integers-too-long", "no processor counts that far", table("ts,y", [f"999999999999999999{i}" for i in range(5)], W5), "too long for a time", 2)
bad("serial-days", "Excel shows 45292 as 2024-01-01", table("Date,Sales", range(45292, 45297), W5), "--date-format excel, or --time-col Date", 1)
bad("serial-hours", "and a fraction is the time of day", table("Date,Sales", [f"{45292 + h / 24:.5f}" for h in range(5)], W5), "--date-format excel", 1)
good("serial-days-said", "with that flag", table("Date,Sales", range(45292, 45297), W5), ["Sales"], "D", SPAN, V5, date_format="excel")
good("serial-hours-said", "to the second", table("Date,Sales", [f"{45292 + h / 24:.5f}" for h in range(5)], W5),
     ["Sales"], "h", ("2024-01-01 00:00:00", "2024-01-01 04:00:00"), V5, date_format="excel")
good("serial-months-said", "of unequal length", table("Month,Sales", (45292, 45323, 45352, 45383, 45413), W5),
     ["Sales"], "MS", ("2024-01-01", "2024-05-01"), V5, date_format="excel")
bad("serial-wrong", "a date among them", table("Date,Sales", ["45292", "45293", "2024-01-03", "45295", "45296"], W5), "no day number", 4, time_col="Date", date_format="excel")
good("serial-days-counted", "said to be a counter", table("Date,Sales", range(45292, 45297), W5), ["Sales"], "int", ("45292", "45296"), V5, time_col="Date")
bad("steps-huge", "telephone numbers of some planet", table("step,y", range(10**15, 6 * 10**15, 10**15), W5), "too long for a counter.*--time-col")
good("steps-negative", "before and after", table("step,y", range(-2, 3), W5), ["y"], "int", ("-2", "2"), V5, "3")
good("epoch", "seconds since 1970 are hours here", table("ts,y", range(1704067200, 1704085200, 3600), W5),
     ["y"], "h", ("1704067200", "1704081600"), V5, "1704085200")
good("epoch-ms", "as JavaScript counts", table("ds,y", range(1704067200000, 1704085200000, 3600000), W5),
     ["y"], "h", ("1704067200000", "1704081600000"), V5, "1704085200000")
good("epoch-days", "daily", table("timestamp,y", range(1704067200, 1704499200, 86400), W5),
     ["y"], "D", ("1704067200", "1704412800"), V5, "1704499200")
for text_, why, words in [
    ("2024-02-30", "no such day", "is no date"), ("2024-13-01", "no such month", "is no date"), ("2023-02-29", "no leap year", "is no date"),
    ("0000-00-00", "MySQL's zero", "is no date"), ("", "nothing", "empty where a time is needed"), ("NaT", "pandas' nothing", "is no time"),
    ("2024-01-3O", "the letter O", "is no time"), ("3.1.", "half a date", "is no time"), ("44927", "Excel's day number", "no time|unlike"),
    ("9999-99-99", "a placeholder", "is no date"), ("2024-01-03 24:00", "midnight, but which?", "no time of day|unlike"),
    ("２０２４-01-03", "full-width digits", "is no time"), ("2024–01–03", "typographic dashes", "is no time"), ("Mon", "a weekday", "is no time"),
    ("20240103", "another form", "is no time|unlike"), ("03/01/2024", "another form", "is no time|unlike|no date"),
]:
    bad(f"time-{text_ or 'empty'}", why, stamp(text_), words, 4)
bad("time-one-of-many", "one damaged among a thousand", stamp("2024-01-0 3"), "is no time", 4)
bad("fractions", "tenths of a second", table("ds,y", [f"2024-01-01 00:00:00.{i}" for i in range(5)], W5), "fractions of a second", 3)
bad("zones-mixed", "3 or 8 hours apart?", table("ds,y", ["2024-01-01T00:00Z", "2024-01-01T01:00-05:00", "2024-01-01T02:00Z"], W5[:3]), "UTC", 3)
bad("zone-partly", "some with, some without", table("ds,y", ["2024-01-01T00:00Z", "2024-01-01T01:00", "2024-01-01T02:00Z"], W5[:3]), "UTC", 3)
bad("zone-names", "CET is not unique", table("ds,y", [f"2024-01-01 0{h}:00 CET" for h in range(5)], W5), "offset from UTC", 2)

# ---- times: grids

good("dst-zoned", "clocks go back", table("ds,y", [f"2024-10-27 0{h}:00:00+0{o}:00" for h, o in ((1, 2), (2, 2), (2, 1), (3, 1), (4, 1))], W5),
     ["y"], "h", ("2024-10-26 23:00:00+00:00", "2024-10-27 03:00:00+00:00"), V5, warning="UTC")
bad("dst-naive-repeat", "02:00 twice", table("ds,y", [f"2024-10-27 0{h}:00" for h in (0, 1, 2, 2, 3)], W5), "line 4.*write times in UTC", 5)
good("dst-naive-gap", "02:00 never", table("ds,y", [f"2024-03-31 0{h}:00" for h in (0, 1, 3, 4, 5)], W5),
     ["y"], "h", ("2024-03-31 00:00", "2024-03-31 05:00"), [1, 2, None, 4, 8, 16])
good("month-ends", "31, 29, 31, 30, 31", table("ds,y", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"], W5),
     ["y"], "ME", ("2024-01-31", "2024-05-31"), V5, "2024-06-30")
good("month-15th", "the 15th of each month", table("ds,y", [f"2024-0{m}-15" for m in range(1, 6)], W5),
     ["y"], "MS@15", ("2024-01-15", "2024-05-15"), V5, "2024-06-15")
good("month-30th", "29th in February only", table("ds,y", ["2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30", "2024-05-30"], W5),
     ["y"], "MS@30", ("2024-01-30", "2024-05-30"), V5, "2024-06-30")
good("fiscal-years", "years that end in June", table("ds,y", [f"{y}-06-30" for y in range(2019, 2024)], W5),
     ["y"], "YE-JUN", ("2019-06-30", "2023-06-30"), V5, "2024-06-30")
good("quarter-ends", "31 March …", table("ds,y", ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31"], W5),
     ["y"], "QE", ("2023-03-31", "2024-03-31"), V5, "2024-06-30")
good("weeks-sunday", "weeks that end on Sunday", table("ds,y", [f"2024-01-{d:02d}" for d in (7, 14, 21, 28)], W5[:4]),
     ["y"], "W-SUN", ("2024-01-07", "2024-01-28"), V5[:4], "2024-02-04")
good("weeks-wednesday", "no Sunday at all", table("ds,y", [f"2024-01-{d:02d}" for d in (3, 10, 17, 24, 31)], W5),
     ["y"], "W-WED", ("2024-01-03", "2024-01-31"), V5, "2024-02-07")
B10 = [f"2024-01-{d:02d}" for d in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)]
good("business-days", "no weekends", table("ds,y", B10, range(10)), ["y"], "B", (B10[0], B10[-1]), [float(i) for i in range(10)], "2024-01-15")
good("business-holiday", "a holiday is a gap", table("ds,y", [*B10[:6], *B10[7:]], range(9)),
     ["y"], "B", (B10[0], B10[-1]), [0, 1, 2, 3, 4, 5, None, 6, 7, 8], "2024-01-15")
good("daily-with-gap", "three days missing", table("ds,y", [*D5, "2024-01-09"], [*W5, "32"]),
     ["y"], "D", ("2024-01-01", "2024-01-09"), [*V5, None, None, None, 32])
good("half-hours", "on the half", table("ds,y", [f"2024-01-01 0{h}:30" for h in range(5)], W5),
     ["y"], "h", ("2024-01-01 00:30", "2024-01-01 04:30"), V5, "2024-01-01 05:30")
good("quarter-hours", "meters", table("ds,y", ["2024-01-01 00:00", "2024-01-01 00:15", "2024-01-01 00:30", "2024-01-01 00:45"], W5[:4]),
     ["y"], "15min", ("2024-01-01 00:00", "2024-01-01 00:45"), V5[:4], "2024-01-01 01:00")
good("daily-at-six", "each day at six", table("ds,y", [f"{d} 06:00:00" for d in D5], W5),
     ["y"], "D", ("2024-01-01 06:00:00", "2024-01-05 06:00:00"), V5, "2024-01-06 06:00:00")
good("midnight-mixed", "Excel leaves out midnight", table("ds,y", ["2024-01-01", *(f"2024-01-01 0{h}:00" for h in range(1, 5))], W5),
     ["y"], "h", ("2024-01-01 00:00:00", "2024-01-01 04:00:00"), V5)
good("unsorted", "newest first", table("ds,y", D5[::-1], W5[::-1]), ["y"], "D", SPAN, V5)
good("year-1", "far back", table("ds,y", [f"000{y}-01-01" for y in range(1, 6)], W5), ["y"], "YS", ("0001-01-01", "0005-01-01"), V5)
good("leap-day", "29 February is a day", table("ds,y", ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"], W5),
     ["y"], "D", ("2024-02-27", "2024-03-02"), V5)
bad("duplicate", "which one is right?", table("ds,y", [*D5, D5[2]], [*W5, "9"]), "same time as line 4.*--duplicates", 7)
bad("duplicates-many", "the count", table("ds,y", D5 * 3, W5 * 3), r"also lines 8, 9, 10, 11, 10 in all", 7)
bad("duplicate-exact", "even an equal row", PLAIN + "2024-01-05,16\n", "same time as line 6", 7)
good("duplicate-sum", "with the flag", table("ds,y", [*D5, D5[2]], [*W5, "9"]), ["y"], "D", SPAN, [1, 2, 13, 8, 16], duplicates="sum")
bad("irregular", "events, not a series", table("ds,y", ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-24", "2024-01-31", "2024-02-07"],
    range(6)), "irregular spacing.*--freq", 5)
bad("mixed-frequencies", "a weekly series among daily ones",
    table("id,ds,y", ["d"] * 28 + ["w"] * 8, days(28) + [f"2024-0{m}-{d:02d}" for m, d in
    ((1, 1), (1, 8), (1, 15), (1, 22), (1, 29), (2, 5), (2, 12), (2, 19))], range(36)), "mixed frequencies", 31)
bad("wrong-century", "a typing error would fill the memory", table("ds,y", [*days(28), "9024-01-01"], range(29)), "gap of .* missing rows", 30)
bad("one-row", "no frequency", "ds,y\n2024-01-01,1\n", "frequency is unknown.*--freq")
good("one-row-said", "with the flag", "ds,y\n2024-01-01,1\n", ["y"], "D", ("2024-01-01", "2024-01-01"), [1], freq="D")
good("freq-hours-one-clock", "always at three, but hours are named: instants, not dates",
     table("ds,y", [f"2024-01-0{d} 03:00+01:00" for d in (1, 2)], W5[:2]),
     ["y"], "h", ("2024-01-01 03:00+01:00", "2024-01-02 03:00+01:00"), [1, *[None] * 23, 2], "2024-01-02 04:00+01:00", freq="h")
bad("freq-off-grid", "a Tuesday among Mondays", table("ds,y", ["2024-01-01", "2024-01-08", "2024-01-16"], W5[:3]), "not on the W-MON", 4,
    freq="W-MON")
bad("freq-unknown", "no such name", PLAIN, "frequency 'fortnight' is not known", code=2, freq="fortnight")
bad("freq-for-integers", "days of numbers", table("step,y", range(5), W5), "does not fit", code=2, freq="D")

# fmt: on


def write_all(directory: Path) -> None:
    """Write every case as a file, numbered."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(CASES):
        name = "".join(c if c.isascii() and c.isalnum() else "-" for c in case.name)
        (directory / f"{number:03d}-{name}.csv").write_bytes(case.content)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
