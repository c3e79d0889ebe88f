"""Blobs: complete or not there, known by their content, and damage is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.store.files import BlobDamaged, Files, FilesAway, TooLarge


def left(tmp_path: Path) -> list[str]:
    return [p.name for p in (tmp_path / "data").rglob("*") if p.is_file()]


def test_an_upload_is_stored_under_the_hash_of_its_content(files: Files, tmp_path: Path) -> None:
    chunks = [b"a" * 1000, b"", b"b" * 1000]
    with files.spool(chunks, most_bytes=2000) as upload:
        assert upload.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
        key = files.adopt(upload)
        assert files.adopt(upload) == key
    assert files.get(key) == b"".join(chunks)
    assert files.get_range(key, 999, 2) == b"ab"
    with files.local(key) as path:
        assert path.stat().st_size == 2000
    assert len(left(tmp_path)) == 1


def test_an_upload_that_is_too_large_or_breaks_off_leaves_nothing(
    files: Files, tmp_path: Path
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ConnectionError("gone")

    with pytest.raises(TooLarge), files.spool([b"12", b"34"], most_bytes=3):
        pass
    with pytest.raises((ConnectionError, FilesAway)), files.spool(broken(), most_bytes=3):
        pass
    assert left(tmp_path) == []


def test_the_spool_of_a_killed_server_is_swept(files: Files, tmp_path: Path) -> None:
    (tmp_path / "data" / "incoming" / "upload-x").write_bytes(b"half")
    assert files.sweep_incoming(older_than=0) == 0
    assert files.sweep_incoming(older_than=1e12) == 1
    assert left(tmp_path) == []


def test_damage_and_loss_are_noticed(files: Files, tmp_path: Path) -> None:
    key = files.put_json({"a": ["ä", 1.5, None]})
    assert files.get_json(key) == {"a": ["ä", 1.5, None]}
    (tmp_path / "data" / "files" / key).write_bytes(b"{}")
    with pytest.raises(BlobDamaged, match="bytes"):
        files.get(key)
    with pytest.raises(BlobDamaged, match="bytes"), files.local(key):
        pass
    files.delete(key)
    files.delete(key)
    with pytest.raises(BlobDamaged, match="missing"):
        files.get(key)
    with pytest.raises(BlobDamaged, match="missing"), files.local(key):
        pass


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    files = Files(None, tmp_path / "data")
    (tmp_path / "data" / "files").rmdir()
    (tmp_path / "data" / "files").write_bytes(b"a file where a folder should be")
    with pytest.raises(FilesAway):
        files.put(b"x")


def test_no_key_leads_out_of_the_folder(files: Files, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    with pytest.raises((BlobDamaged, FilesAway)):
        files.get("../secret")
