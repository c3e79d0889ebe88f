"""A multipart upload, read as it comes: the file to the disk and hashed, the fields to memory.

Nothing is kept in memory but small fields, and nothing stays on the disk when the client goes away
or breaks a rule. Trap: names, types and lengths that the client states are not believed; what the
content is, its first bytes say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.store.files import Spool
from pipeline.errors import InputError

MOST_FIELD_BYTES = 256 * 1024
FILE_FIELD = "file"


@dataclass
class Upload:
    """What has come in so far."""

    spool: Spool
    fields: dict[str, str] = field(default_factory=dict)
    has_file: bool = False

    def __post_init__(self) -> None:
        self._name = self._header = self._value = ""
        self._part = bytearray()
        self._field_bytes = 0
        self._ended = False

    async def read(self, content_type: str | None, stream: AsyncIterator[bytes]) -> None:
        """Read all parts; raises InputError for what is no multipart form with one file."""
        kind, options = parse_options_header(content_type or "")
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InputError("send multipart/form-data with a file", field="Content-Type")
        try:
            parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_header,
                    "on_header_value": self._on_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_end,
                    "on_end": self._end,
                },
            )
            async for chunk in stream:
                parser.write(chunk)
            parser.finalize()
        except FormParserError as error:
            raise InputError("the multipart form is broken", field="body") from error
        if not self._ended:
            raise InputError("the multipart form breaks off", field="body")
        if not self.has_file or not self.spool.n_bytes:
            raise InputError("is missing or empty", field=FILE_FIELD)

    def _begin(self) -> None:
        self._name, self._header, self._value, self._part = "", "", "", bytearray()

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header += data[start:end].decode("latin-1")

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end].decode("latin-1")

    def _header_end(self) -> None:
        if self._header.lower() == "content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header = self._value = ""

    def _headers_end(self) -> None:
        if self._name == FILE_FIELD:
            if self.has_file:
                raise InputError("there are two; send one file a request", field=FILE_FIELD)
            self.has_file = True
        elif self._name in self.fields:
            raise InputError("is given twice", field=self._name[:60])

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE_FIELD:
            self.spool.write(data[start:end])
        else:
            self._count(end - start)
            self._part += data[start:end]

    def _part_end(self) -> None:
        if self._name != FILE_FIELD:
            try:
                self.fields[self._name] = self._part.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError("is no UTF-8 text", field=self._name[:60]) from error

    def _end(self) -> None:
        self._ended = True

    def _count(self, n_bytes: int) -> None:
        self._field_bytes += n_bytes
        if self._field_bytes > MOST_FIELD_BYTES:
            raise InputError("the form's fields are too large", field="body")
