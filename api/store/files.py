"""Recordings and results by content: a blob's key is the sha256 of its bytes, so it never changes.

A blob is complete or not there; writing the same one twice is harmless. An upload is first spooled
to a local file while it is hashed, because its content is looked at before it counts. Reading
compares the hash again. Trap: a key may stand in a row before its blob is gone or the other way
round; `doomed.py` has the order of writes that leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from pipeline.errors import IcpError, InputError

CHUNK = 1024 * 1024


class FilesAway(IcpError):
    """The place of the blobs cannot be written or read now (disk full, network)."""

    code = "files_away"
    retryable = True


class BlobDamaged(IcpError):
    """A blob is missing, or its bytes are not those that were stored."""

    code = "blob_damaged"
    retryable = True


class TooLarge(InputError):
    """More bytes than an upload may have."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class Spooled:
    """An upload on the local disk, whole and hashed, not yet stored."""

    path: Path
    sha256: str
    n_bytes: int

    @property
    def key(self) -> str:
        """Where it will be stored."""
        return key_of(self.sha256)


@dataclass
class Spool:
    """An upload on its way to the local disk, hashed as it comes."""

    path: Path
    file: BinaryIO
    most_bytes: int
    n_bytes: int = 0

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Take in a piece; raises TooLarge, and FilesAway when the disk is full."""
        self.n_bytes += len(chunk)
        if self.n_bytes > self.most_bytes:
            raise TooLarge(f"has more than {self.most_bytes:,} bytes", remedy="cut it")
        self._digest.update(chunk)
        try:
            self.file.write(chunk)
        except OSError as error:
            raise FilesAway(f"could not be written: {error.strerror}") from error

    def finish(self) -> Spooled:
        """The upload, now that all of it is there."""
        try:
            self.file.close()
        except OSError as error:
            raise FilesAway(f"could not be written: {error.strerror}") from error
        return Spooled(self.path, self._digest.hexdigest(), self.n_bytes)


class Files:
    """The blobs, in a local folder or an object store (`s3://bucket/prefix`)."""

    def __init__(self, url: str | None, data_dir: Path) -> None:
        self._incoming = data_dir / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._folder: Path | None = None
        self._store: ObjectStore
        if url is None or url.startswith("file://"):
            self._folder = Path(url.removeprefix("file://")) if url else data_dir / "files"
            self._store = LocalStore(self._folder, mkdir=True, automatic_cleanup=True)
        else:
            self._store = from_url(url)

    @contextmanager
    def spooling(self, *, most_bytes: int) -> Iterator[Spool]:
        """A place for an upload that comes in pieces; gone again when the block is left."""
        try:
            handle, name = tempfile.mkstemp(dir=self._incoming, prefix="upload-")
        except OSError as error:
            raise FilesAway(f"could not be written: {error.strerror}") from error
        spool = Spool(Path(name), os.fdopen(handle, "wb"), most_bytes)
        try:
            yield spool
        finally:
            with suppress(OSError):
                spool.file.close()
            with suppress(OSError):
                os.unlink(name)

    @contextmanager
    def scratch(self, ending: str) -> Iterator[Path]:
        """A file beside the uploads, for a library to write to; gone when the block is left."""
        with self.spooling(most_bytes=0) as spool:
            path = spool.path.with_suffix(ending)
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)

    @contextmanager
    def spool(self, chunks: Iterable[bytes], *, most_bytes: int) -> Iterator[Spooled]:
        """Take in a stream in constant memory; the local copy is gone when the block is left."""
        with self.spooling(most_bytes=most_bytes) as spool:
            for chunk in chunks:
                spool.write(chunk)
            yield spool.finish()

    def adopt(self, upload: Spooled) -> str:
        """Store a spooled upload; its key."""
        with _away_is_named():
            if not self._has(upload.key, upload.n_bytes):
                obstore.put(self._store, upload.key, upload.path, max_concurrency=2)
        return upload.key

    def put(self, content: bytes) -> str:
        """Store bytes; their key."""
        key = key_of(hashlib.sha256(content).hexdigest())
        with _away_is_named():
            if not self._has(key, len(content)):
                obstore.put(self._store, key, content)
        return key

    def put_json(self, value: object) -> str:
        """Store a JSON value; its key."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return self.put(text.encode("utf-8", "surrogatepass"))

    def get(self, key: str) -> bytes:
        """A blob's bytes, compared with their hash."""
        with _away_is_named(key):
            content = bytes(obstore.get(self._store, key).bytes())
        if key_of(hashlib.sha256(content).hexdigest()) != key:
            raise BlobDamaged("its bytes are not those that were stored", file=key)
        return content

    def get_json(self, key: str) -> object:
        """A stored JSON value."""
        return json.loads(self.get(key).decode("utf-8", "surrogatepass"))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Some bytes of a blob, for players that seek."""
        with _away_is_named(key):
            return bytes(obstore.get_range(self._store, key, start=start, length=length))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A blob as a local file, for libraries that want a path; compared with its hash."""
        if self._folder is not None:
            path = self._folder / key
            _compare(path, key)
            yield path
            return
        with self.spool(self._stream(key), most_bytes=1 << 40) as copy:
            if copy.key != key:
                raise BlobDamaged("its bytes are not those that were stored", file=key)
            yield copy.path

    def delete(self, key: str) -> None:
        """Forget a blob; fine when it is gone already."""
        with _away_is_named(), suppress(NotFoundError, FileNotFoundError):
            obstore.delete(self._store, key)

    def keys(self, *, older_than: float) -> Iterator[list[str]]:
        """The keys of all blobs that were written before a time, in batches."""
        with _away_is_named():
            for batch in obstore.list(self._store, prefix="sha256", chunk_size=500):
                yield [b["path"] for b in batch if b["last_modified"].timestamp() < older_than]

    def sweep_incoming(self, *, older_than: float) -> int:
        """Delete spooled uploads that a killed server left behind; how many."""
        found = [p for p in self._incoming.iterdir() if p.stat().st_mtime < older_than]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _stream(self, key: str) -> Iterator[bytes]:
        with _away_is_named(key):
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def _has(self, key: str, n_bytes: int) -> bool:
        try:
            return obstore.head(self._store, key)["size"] == n_bytes
        except (NotFoundError, FileNotFoundError):
            return False


def key_of(sha256: str) -> str:
    """The key of the blob with this hash."""
    return f"sha256/{sha256[:2]}/{sha256[2:]}"


def _compare(path: Path, key: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise BlobDamaged("is missing", file=key) from error
    except OSError as error:
        raise FilesAway(f"cannot be read: {error.strerror}", file=key) from error
    if key_of(found) != key:
        raise BlobDamaged("its bytes are not those that were stored", file=key)


@contextmanager
def _away_is_named(key: str | None = None) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if key is None:
            raise
        raise BlobDamaged("is missing", file=key) from error
    except (BaseError, OSError, ValueError) as error:
        raise FilesAway(f"the files' store failed: {type(error).__name__}", file=key) from error
