"""Files made to harm: odd ones that are right, and ones to refuse, with a word of the reason."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

__all__ = ["FRAMES", "MEMORY_BAR", "MIB", "REFUSED", "SECONDS_BAR", "SLOW", "Build", "built"]

MIB = 1024 * 1024
#: 1 GiB, and what a worker may touch between two looks of its watch.
MEMORY_BAR = 1024 * MIB + 64 * MIB
SECONDS_BAR = 30.0

Frame = pd.DataFrame
Build = Callable[[Path], Any]
Check = Callable[[Frame], bool]

FRAMES: dict[str, tuple[Build, Check]] = {}
REFUSED: dict[str, tuple[Build, str]] = {}
SLOW: dict[str, tuple[Build, str]] = {}


def _file(name: str, content: bytes | Callable[[], bytes], **options: Any) -> Build:
    def build(folder: Path) -> Any:
        path = folder / name
        path.write_bytes(content() if callable(content) else content)
        return path, options

    return build


def _column(name: str, values: list[Any]) -> Check:
    return lambda frame: frame[name].tolist() == values


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
RANDOM = np.random.default_rng(0).bytes(5000)
PLAIN = b"a,b\n1,x\n2,y\n"

# --- text that is odd but right -------------------------------------------------------------

FRAMES |= {
    "UTF-8 with a mark": (_file("f.csv", b"\xef\xbb\xbf" + PLAIN), _column("a", [1, 2])),
    "UTF-16 with a mark": (_file("f.csv", "a,b\n1,é\n".encode("utf-16")), _column("b", ["é"])),
    "UTF-16 without a mark": (
        _file("f.csv", ("a,b\n" + "1,xyz\n" * 20).encode("utf-16-le")),
        _column("a", [1] * 20),
    ),
    "UTF-32": (_file("f.csv", "a,b\n1,é\n".encode("utf-32")), _column("b", ["é"])),
    "Latin-1": (_file("f.csv", "a,ort\n1,Köln\n".encode("latin-1")), _column("ort", ["Köln"])),
    "short rows": (
        _file("f.csv", b"a,b,c\n1,2,3\n4,5\n"),
        lambda f: f["a"].tolist() == [1, 4] and f["c"].isna().tolist() == [False, True],
    ),
    "a 50 MB field": (
        _file("f.csv", lambda: b"a,b\n1," + b"x" * 50_000_000 + b"\n2,y\n"),
        lambda f: f["b"].str.len().tolist() == [50_000_000, 1],
    ),
    "repeated headers": (
        _file("f.csv", b"a,a,a_2\n1,2,3\n"),
        lambda f: len(set(f.columns)) == 3 and f.iloc[0].tolist() == [1, 2, 3],
    ),
    "blank headers": (_file("f.csv", b"a,,\n1,2,3\n"), _column("column_2", [2])),
    "a 10 KB header": (
        _file("f.csv", b"a," + b"h" * 10_000 + b"\n1,2\n"),
        lambda f: len(f.columns[1]) == 200,
    ),
    "headers with HTML and formulas": (
        _file("f.csv", b"<script>alert(1)</script>,=cmd|'/c calc'!A1\n1,2\n"),
        _column("<script>alert(1)</script>", [1]),
    ),
    "headers with right-to-left marks": (
        _file("f.csv", "a\u202eb,שלום\n1,2\n".encode()),
        _column("שלום", [2]),
    ),
    "headers with line breaks": (_file("f.csv", b'"a\nb",c\n1,2\n'), _column("a b", [1])),
    "carriage returns as line ends": (_file("f.csv", b"a,b\r1,x\r2,y\r"), _column("a", [1, 2])),
    "mixed line ends": (_file("f.csv", b"a,b\r\n1,x\n2,y\r3,z"), _column("a", [1, 2, 3])),
    "400-digit whole numbers": (
        _file("f.csv", b"a,b\n" + b"9" * 400 + b",1\n5,2\n"),
        _column("a", [float("inf"), 5.0]),
    ),
    "25-digit whole numbers": (
        _file("f.csv", b"a,b\n" + b"9" * 25 + b",1\n"),
        _column("a", [1e25]),
    ),
    "1e999": (_file("f.csv", b"a,b\n1e999,1\n-1e999,2\n"), _column("a", [np.inf, -np.inf])),
    "0x1F stays text": (_file("f.csv", b"a,b\n0x1F,1\n"), _column("a", ["0x1F"])),
    "1_000 stays text": (_file("f.csv", b"a,b\n1_000,1\n"), _column("a", ["1_000"])),
    "a quote inside a field": (
        _file("f.csv", b'size,b\n5" pipe,1\n6" pipe,2\n'),
        _column("size", ['5" pipe', '6" pipe']),
    ),
    "quoted line breaks": (_file("f.csv", b'a,b\n1,"x\ny"\n2,z\n'), _column("b", ["x\ny", "z"])),
    "blank lines": (_file("f.csv", b"\n\na,b\n1,2\n\n\n3,4\n"), _column("a", [1, 3])),
    "one value only": (_file("f.csv", b"a\n1"), _column("a", [1])),
    "late text in a column of numbers": (
        _file("f.csv", b"a,b\n" + b"1,2\n" * 5000 + b"oops,2\n"),
        lambda f: f["a"].iloc[-1] == "oops" and f["b"].sum() == 2 * 5001,
    ),
    "three gzip members": (
        _file("f.csv.gz", gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")),
        _column("a", [1, 3]),
    ),
    "bzip2": (_file("f.csv.bz2", bz2.compress(PLAIN)), _column("a", [1, 2])),
    "xz": (_file("f.csv.xz", lzma.compress(PLAIN)), _column("a", [1, 2])),
    "JSON lines of mixed kinds": (
        _file("f.jsonl", b'{"a":1}\n{"a":"x"}\n'),
        _column("a", ["1", "x"]),
    ),
    "JSON with huge numbers": (
        _file("f.jsonl", b'{"a":1' + b"0" * 400 + b"}\n"),
        _column("a", [float("inf")]),
    ),
    "brackets inside JSON text": (
        _file("f.jsonl", b'{"a":"' + b"[" * 5000 + b'"}\n'),
        _column("a", ["[" * 5000]),
    ),
}


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


FRAMES["a ragged line below blank ones"] = (
    _file("f.csv", b"\n\na,b\n\n1,2\n"),
    _column("a", [1]),
)
REFUSED["a long row below blank lines"] = (
    _file("f.csv", b"\n\na,b\n\n1,2\n1,2,3\n"),
    "line 6 has 3 fields",
)
FRAMES["Zstandard"] = (
    _file("f.csv.zst", lambda: zstandard.compress(PLAIN)),
    _column("a", [1, 2]),
)
FRAMES["headers with lone surrogates"] = (
    _file("f.csv", b"a\xed\xa0\x80,b\n1,2\n"),
    _column("b", [2]),
)
REFUSED |= {
    "a Zstandard bomb": (
        _file("f.csv.zst", lambda: zstandard.compress(bytes(128 * MIB))),
        "compression bomb",
    ),
    "half a Zstandard": (_file("f.csv.zst", zstandard.compress(PLAIN * 99)[:-9]), "damaged"),
    "a PNG inside a gzip": (_file("f.csv.gz", gzip.compress(PNG)), "PNG image"),
    "a gzip of nothing": (_file("f.csv.gz", gzip.compress(b"")), "empty"),
    "JSON with 300,000 keys": (
        _file("f.json", b'[{"k' + b'":1,"k'.join(b"%d" % i for i in range(300_000)) + b'":1}]'),
        "keys",
    ),
    "JSON lines with 300,000 keys": (
        _file("f.jsonl", b'{"k' + b'":1,"k'.join(b"%d" % i for i in range(300_000)) + b'":1}'),
        "300,000",
    ),
    "Parquet with 25,000 columns": (
        lambda folder: (_wide_parquet(folder), {}),
        "25,000 columns",
    ),
}


def _wide_parquet(folder: Path) -> Path:
    pq.write_table(pa.table({f"c{i}": [1] for i in range(25_000)}), folder / "f.parquet")
    return folder / "f.parquet"


FRAMES["a zip with one file"] = (_file("f.csv.zip", _zip(inner=PLAIN)), _column("a", [1, 2]))


def _link(folder: Path) -> Any:
    outside = Path(tempfile.mkdtemp(dir=folder.parent)) / "outside.csv"
    outside.write_bytes(PLAIN)
    (folder / "f.csv").symlink_to(outside)
    return folder / "f.csv", {}


FRAMES["a symbolic link out of the folder"] = (_link, _column("a", [1, 2]))


def _external_links(folder: Path) -> Any:
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "f.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write(1, 0, 1)
        sheet.write_formula(1, 1, "='[http://evil.example/x.xlsx]Sheet1'!A1", None, 42)
    return folder / "f.xlsx", {}


FRAMES["Excel with external links"] = (_external_links, _column("b", [42]))

# --- what must be refused -------------------------------------------------------------------

REFUSED |= {
    "nothing in it": (_file("f.csv", b""), "empty"),
    "only white space": (_file("f.csv", b"\n \n\n"), "empty"),
    "only a mark": (_file("f.csv", b"\xef\xbb\xbf"), "empty"),
    "header only": (_file("f.csv", b"a,b\n"), "no rows"),
    "long rows": (_file("f.csv", b"a,b\n1,2\n1,2,3\n"), "line 3 has 3 fields"),
    "an unclosed quote before 4 MB": (
        _file("f.csv", lambda: b'a,b\n"x,1\n' + b"1,2\n" * MIB),
        "line 2",
    ),
    "an unclosed quote at the end": (_file("f.csv", b'a,b\n1,2\n3,"x'), "line 3"),
    "300,000 columns": (
        _file("f.csv", lambda: b",".join(b"c%d" % i for i in range(300_000)) + b"\n"),
        "300,000 columns",
    ),
    "NUL bytes": (_file("f.csv", b"a,b\n1,2\0\n"), "NUL"),
    "late NUL bytes": (_file("f.csv", b"a,b\n" + b"1,2\n" * 400_000 + b"\0"), "NUL"),
    "a zero-filled file": (_file("f.csv", bytes(100_000)), "NUL"),
    "random bytes": (_file("f.csv", RANDOM), "not a text file"),
    "random bytes without NUL": (_file("f.csv", RANDOM.replace(b"\0", b"")), "not a text file"),
    "PNG called csv": (_file("f.csv", PNG), "PNG image"),
    "PDF called csv": (_file("f.csv", b"%PDF-1.7\n%\xe2\xe3\n"), "PDF document"),
    "zip called csv": (_file("f.csv", _zip(a=PLAIN)), "ZIP archive"),
    "gzip called csv": (_file("f.csv", gzip.compress(PLAIN)), "gzip"),
    "a web page called csv": (_file("f.csv", b"<!DOCTYPE html><html></html>"), "web page"),
    "csv called parquet": (_file("f.parquet", PLAIN), "not a Parquet file"),
    "csv called xlsx": (_file("f.xlsx", PLAIN), "not an Excel workbook"),
    "csv called gz": (_file("f.csv.gz", PLAIN), "not packed"),
    "broken UTF-8, as told": (_file("f.csv", b"a\n\xff\n", encoding="utf-8"), "line 2"),
    "half a surrogate in UTF-16": (_file("f.csv", b"\xff\xfea\0\n\0\x00\xd8"), "utf-16"),
    "a gzip bomb of 1 GB": (
        _file("f.csv.gz", lambda: gzip.compress(bytes(64 * MIB)) * 16),
        "compression bomb",
    ),
    "a gzip bomb of text": (
        _file("f.csv.gz", lambda: gzip.compress(b"1,2\n" * (16 * MIB), 6) * 16),
        "compression bomb",
    ),
    "a bzip2 bomb": (_file("f.csv.bz2", lambda: bz2.compress(bytes(64 * MIB))), "compression bomb"),
    "an xz bomb": (
        _file("f.csv.xz", lambda: lzma.compress(bytes(64 * MIB), preset=0)),
        "compression bomb",
    ),
    "a zip bomb": (_file("f.csv.zip", lambda: _zip(a=bytes(128 * MIB))), "compression bomb"),
    "a zip with two files": (_file("f.csv.zip", _zip(a=PLAIN, b=PLAIN)), "holds 2 files"),
    "an empty zip": (_file("f.csv.zip", _zip()), "holds 0 files"),
    "half a gzip": (_file("f.csv.gz", gzip.compress(PLAIN * 99)[:-20]), "damaged"),
    "half a zip": (_file("f.csv.zip", _zip(a=PLAIN)[:60]), "damaged"),
    "half an xz": (_file("f.csv.xz", lzma.compress(PLAIN * 99)[:-20]), "damaged"),
    "half a bzip2": (_file("f.csv.bz2", bz2.compress(PLAIN * 99)[:-20]), "damaged"),
    "Parquet of the magic only": (_file("f.parquet", b"PAR1"), "damaged"),
    "Parquet of both magics only": (_file("f.parquet", b"PAR1PAR1"), "damaged"),
    "Parquet with a huge footer": (_file("f.parquet", b"PAR1\xff\xff\xff\x7fPAR1"), "damaged"),
    "an empty Parquet": (_file("f.parquet", b""), "empty"),
    "JSON nested 100,000 deep": (_file("f.jsonl", b"[" * 100_000 + b"]" * 100_000), "deep"),
    "JSON objects nested 100,000 deep": (
        _file("f.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        "deep",
    ),
    "JSON lines with one bad line": (
        _file("f.jsonl", b'{"a":1}\n' * 500 + b'{"a":\n' + b'{"a":1}\n' * 500),
        "line 501",
    ),
    "JSON lines that are numbers": (_file("f.jsonl", b"1\n2\n"), "line 1"),
    "an empty JSON array": (_file("f.json", b"[]"), "no rows"),
    "an Excel file of garbage": (_file("f.xlsx", b"PK\x03\x04" + RANDOM), "damaged"),
    "an Excel file that is another zip": (_file("f.xlsx", _zip(a=PLAIN)), "workbook"),
    "an SQLite file of garbage": (
        _file("f.db", b"SQLite format 3\0" + RANDOM, table="t"),
        "SQLite",
    ),
    "a DuckDB file of garbage": (_file("f.duckdb", RANDOM, table="t"), "DuckDB"),
    "GraphML with a billion laughs": (
        _file("f.graphml", b'<!DOCTYPE x [<!ENTITY a "b">]><graphml>&a;</graphml>'),
        "entities",
    ),
    "GraphML that breaks off": (_file("f.graphml", b"<graphml><graph><node id='1'>"), "GraphML"),
}


def _special(make: Callable[[Path], object], name: str = "f.csv") -> Build:
    def build(folder: Path) -> Any:
        make(folder / name)
        return folder / name, {}

    return build


REFUSED |= {
    "a named pipe": (_special(os.mkfifo), "named pipe"),
    "a folder": (_special(Path.mkdir), "folder"),
    "a link to nowhere": (_special(lambda p: p.symlink_to("nowhere")), "link to something"),
    "a name with a line break": (_special(Path.touch, "a\nb.csv"), "a?b.csv"),
    "a link to itself": (_special(lambda p: p.symlink_to(p)), "cannot be opened"),
    "a device": (lambda _: ("/dev/zero", {"format": "csv"}), "device"),
    "a name with NUL": (lambda _: ("f\0.csv", {}), "cannot be opened"),
    "an endless name": (lambda _: ("f" * 5000 + ".csv", {}), "cannot be opened"),
}


def _dictionary_bomb(folder: Path) -> Any:
    """3,000 rows of one 1 MB string, written once a group: 3 GB logical in some KB."""
    group = pa.table({"a": pa.array(["x" * 1_000_000] * 150)})
    options: dict[str, Any] = {"dictionary_pagesize_limit": 4 * MIB, "compression": "zstd"}
    with pq.ParquetWriter(folder / "f.parquet", group.schema, **options) as writer:
        for _ in range(20):
            writer.write_table(group)
    return folder / "f.parquet", {}


def _run_length_bomb(folder: Path) -> Any:
    """A billion rows of nothing: 8 GB logical in some KB."""
    group = pa.table({"a": pa.nulls(10_000_000, pa.int64())})
    with pq.ParquetWriter(folder / "f.parquet", group.schema, compression="zstd") as writer:
        for _ in range(30):
            writer.write_table(group, row_group_size=10_000_000)
    return folder / "f.parquet", {}


def _excel_bomb(folder: Path) -> Any:
    pd.DataFrame({"a": [1]}).to_excel(folder / "g.xlsx", index=False)
    with (
        zipfile.ZipFile(folder / "g.xlsx") as good,
        zipfile.ZipFile(folder / "f.xlsx", "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for item in good.namelist():
            content = good.read(item)
            if item.endswith("sheet1.xml"):
                content = content.replace(b"<sheetData>", b"<sheetData>" + b" " * (64 * MIB))
            bad.writestr(item, content)
    return folder / "f.xlsx", {}


def _excel_far_cell(folder: Path) -> Any:
    """Two cells in opposite corners: 17 billion cells between them."""
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "f.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, 1)
    return folder / "f.xlsx", {}


def _endless_view(folder: Path) -> Any:
    with sqlite3.connect(folder / "f.db") as link:
        link.execute(
            "CREATE VIEW endless AS WITH RECURSIVE r(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r"
        )
    link.close()
    return f"sqlite:///{folder / 'f.db'}", {"table": "endless"}


def _growing_view(folder: Path) -> Any:
    with sqlite3.connect(folder / "f.db") as link:
        link.execute(
            "CREATE VIEW much AS WITH RECURSIVE r(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT i, zeroblob(100000) AS z FROM r"
        )
    link.close()
    return f"sqlite:///{folder / 'f.db'}", {"table": "much"}


REFUSED |= {
    "a Parquet of 3 GB of one string": (_dictionary_bomb, "GiB of memory"),
    "a Parquet of 300 million empty rows": (_run_length_bomb, "claims 300,000,000 rows"),
    "an Excel file with a zip bomb inside": (_excel_bomb, "compression bomb"),
    "an Excel file with a far cell": (_excel_far_cell, "memory"),
    "an SQLite view that grows": (_growing_view, "GiB of memory"),
}
SLOW["an SQLite view that never ends"] = (_endless_view, "seconds")


def _parquet_bytes() -> bytes:
    made = io.BytesIO()
    rng = np.random.default_rng(1)
    table = pa.table({"a": rng.normal(size=3000), "b": [f"w{i}" for i in range(3000)]})
    pq.write_table(table, made, write_page_checksum=True, compression="snappy")
    return made.getvalue()


PARQUET = _parquet_bytes()
for tenth in range(1, 10):
    cut = PARQUET[: len(PARQUET) * tenth // 10]
    REFUSED[f"Parquet cut at {tenth} tenths"] = (_file("f.parquet", cut), "damaged")
for place in (0.1, 0.3, 0.5, 0.7):
    flipped = bytearray(PARQUET)
    flipped[int(len(PARQUET) * place)] ^= 0xFF
    REFUSED[f"Parquet with a flipped byte at {place}"] = (
        _file("f.parquet", bytes(flipped)),
        "damaged",
    )


def built(build: Build, around: Path) -> tuple[Any, dict[str, Any]]:
    """Make a file in a folder of its own; return what to read, and how."""
    folder = around / "files"
    folder.mkdir()
    source, options = build(folder)
    return source, options
