"""Tables as Parquet and as CSV, written row by row in constant memory and put in place whole.

In CSV a text that a spreadsheet would take for a formula gets an apostrophe before it. Trap: the
same rows must give the same bytes, so nothing here depends on time, and columns are fixed.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BadUsage

_KINDS = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "moment": pa.timestamp("ms", tz="UTC"),
    "texts": pa.list_(pa.string()),
    "ints": pa.list_(pa.int64()),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE = 2000
Columns = Mapping[str, str]
"""Column → kind, in order."""


class Table:
    """One table under way: `add` rows, and leave the block to put both files in place."""

    def __init__(self, folder: Path, name: str, columns: Columns) -> None:
        self._columns = columns
        self._paths = [folder / f"{name}.{ending}" for ending in ("parquet", "csv")]
        self._parts = [folder / f".{path.name}.part" for path in self._paths]
        self._rows: list[Mapping[str, object]] = []
        self._schema = pa.schema([(n, _KINDS[kind]) for n, kind in columns.items()])
        self.n_rows = 0

    def __enter__(self) -> Table:
        try:
            self._parquet = pq.ParquetWriter(self._parts[0], self._schema, compression="zstd")
            self._file = self._parts[1].open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise BadUsage(
                f"could not be written: {error.strerror}", file=str(self._paths[0]), field="--out"
            ) from error
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow(self._columns)
        return self

    def add(self, row: Mapping[str, object]) -> None:
        """Add a row; columns that it does not have are empty."""
        self._rows.append(row)
        self.n_rows += 1
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        whole = False
        try:
            if error is None:
                self._flush()
                whole = True
        finally:
            self._parquet.close()
            self._file.close()
            for part, path in zip(self._parts, self._paths, strict=True):
                if whole:
                    os.replace(part, path)
                else:
                    with suppress(OSError):
                        part.unlink()

    def _flush(self) -> None:
        if not self._rows:
            return
        arrays = [
            pa.array([_stored(row.get(name), kind) for row in self._rows], type=_KINDS[kind])
            for name, kind in self._columns.items()
        ]
        self._parquet.write_table(pa.table(arrays, schema=self._schema))
        for row in self._rows:
            self._csv.writerow([cell(row.get(name), kind) for name, kind in self._columns.items()])
        self._rows.clear()


def cell(value: object, kind: str) -> str:
    """A value as it stands in CSV; what a spreadsheet would run is made harmless."""
    if value is None:
        return ""
    if kind == "moment":
        return str(value)
    if kind == "bool":
        return "true" if value else "false"
    if kind in ("texts", "ints"):
        assert isinstance(value, Sequence)
        return (
            harmless("; ".join(str(part) for part in value))
            if kind == "texts"
            else "; ".join(str(part) for part in value)
        )
    if kind == "text":
        return harmless(str(value))
    return repr(value) if isinstance(value, float) else str(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def _stored(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(str(value))
    if kind == "float":
        return float(str(value))
    if kind == "text":
        return str(value).encode("utf-8", "replace").decode()
    return list(value) if isinstance(value, tuple) else value
