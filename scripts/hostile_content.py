"""What is in hostile uploads: files that are not what they say, broken forms, bad fields and JSON.

All of it is made here, so nothing dangerous lies in the repository. Trap: the recordings that are
real are short and quiet, for a worker may have to decode all of them.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Iterator

MIB = 1024 * 1024
TONE_SECONDS = 2
CONTAINERS = {
    "wav": "pcm_s16le", "flac": "flac", "ogg": "libopus", "mp3": "libmp3lame", "mp4": "aac",
    "webm": "libopus",
}  # fmt: skip


def sound(container: str, seconds: float = TONE_SECONDS, *, silent: bool = False) -> bytes:
    """A real recording of a tone, or of silence."""
    import av
    import numpy as np

    rate = 48_000 if CONTAINERS[container] in ("libopus", "aac") else 8_000
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(CONTAINERS[container], rate=rate, layout="mono")
        block = rate * 10 if seconds > 60 else rate
        tone = (np.sin(np.arange(block) / 9) * 8000).astype(np.int16).reshape(1, -1)
        for _ in range(round(seconds * rate / block)):
            samples = np.zeros_like(tone) if silent else tone
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def wav(n_data: int, *, rate: int = 8000, channels: int = 1, bits: int = 16) -> bytes:
    """A WAV header that claims what it likes, with one second of data."""
    claimed = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", min(n_data + 36, 2**32 - 1), b"WAVE", b"fmt ", 16, 1,
        channels, rate, rate * channels * bits // 8 % 2**32, channels * bits // 8 % 2**16, bits,
        b"data", n_data,
    )  # fmt: skip
    return claimed + b"\x01\x00" * 8000


def renamed() -> list[tuple[str, bytes]]:
    """What is no recording, whatever its name says."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:p>Hello</w:p>" * 100)
    return [
        ("text", b"Hello, how many people are you?\n" * 50),
        ("html", b"<!doctype html><script>alert(1)</script>"),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n" + b"\0" * 500),
        ("png", b"\x89PNG\r\n\x1a\n" + b"\0" * 500), ("exe", b"MZ\x90\0" + b"\0" * 500),
        ("elf", b"\x7fELF\2\1\1" + b"\0" * 500), ("docx", packed.getvalue()),
        ("gzip", gzip.compress(b"x" * 1000)), ("sqlite", b"SQLite format 3\0" + b"\0" * 500),
        ("pickle", b"\x80\x04\x95cos\nsystem\n(S'true'\ntR."), ("nulls", b"\0" * 5000),
        ("playlist", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n"),
        ("concat", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"),
        ("one byte", b"\x01"), ("utf-16", "Hello".encode("utf-16")), ("dash", b"<MPD></MPD>"),
    ]  # fmt: skip


def bombs(few: bool) -> Iterator[tuple[str, bytes]]:
    """Small things that want to be large."""
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 20 * MIB)
    yield "zip of zeros", zeros.getvalue()
    yield "gzip of zeros", gzip.compress(b"\0" * 20 * MIB)
    yield "xml entities", b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>'
    for name, content in (
        ("claims 4 GB", wav(2**32 - 1)), ("claims 100 h", wav(100 * 3600 * 16_000 % 2**32)),
        ("65535 channels", wav(16_000, channels=65_535)), ("0 channels", wav(16_000, channels=0)),
        ("rate 0", wav(16_000, rate=0)), ("rate 2^32-1", wav(16_000, rate=2**32 - 1)),
        ("0 bits", wav(16_000, bits=0)), ("65535 bits", wav(16_000, bits=65_535)),
        ("rate 1: 2 h", wav(16_000, rate=1)),
    ):  # fmt: skip
        yield f"wav {name}", content
    flac = bytearray(sound("flac"))
    flac[21] |= 0x0F
    flac[22:26] = b"\xff\xff\xff\xff"
    yield "flac claims 2^36 samples", bytes(flac)
    ogg = bytearray(sound("ogg"))
    last = ogg.rindex(b"OggS")
    ogg[last + 6 : last + 14] = struct.pack("<q", 2**62)
    yield "ogg claims 2^62 samples", bytes(ogg)
    mp4 = bytearray(sound("mp4"))
    for box in (b"mvhd", b"mdhd", b"tkhd"):
        at = mp4.index(box) + 20
        mp4[at : at + 4] = b"\xff\xff\xff\xff"
    yield "mp4 claims years", bytes(mp4)
    if not few:
        yield "10 hours of silence", sound("flac", 36_000, silent=True)
        yield "13 hours of silence", sound("flac", 46_800, silent=True)


FILE_NAMES = [
    "../../../../etc/passwd", "..\\..\\windows\\system32\\x.wav", "/etc/passwd", "C:\\x.wav",
    "file:///etc/passwd", "a" * 3000 + ".wav", ".", "..", "", " ", "a/b/c.wav", "~/.ssh/id_rsa",
    "$(touch x).wav", "`id`.wav", "x;rm -rf y.wav", "|id", "con.wav", "\u202egnp.wav",
    "ä\u0308.wav",
    "😀.wav", "\udcff\udcfe.wav", "x.wav%00.txt", "%2e%2e%2fx", "<script>alert(1)</script>.wav",
    "x\ty.wav", "-rf", "{}.wav", "upload-x", "incoming/x", "sha256/ab/cd",
]  # fmt: skip
FIELDS = [
    ("recorded_at year 1", "recorded_at", b"0001-01-01T00:00:00Z"),
    ("recorded_at year 9999", "recorded_at", b"9999-12-31T23:59:59Z"),
    ("recorded_at word", "recorded_at", b"yesterday"), ("recorded_at NUL", "recorded_at", b"\0"),
    ("title NUL", "title", b"a\0b"), ("title half UTF-8", "title", b"\xc3"),
    ("title surrogate", "title", b"\xed\xa0\x80"), ("title long", "title", b"x" * 100_000),
    ("title 300 KB", "title", b"x" * 300_000), ("metadata NaN", "metadata", b'{"a": NaN}'),
    ("metadata Infinity", "metadata", b'{"a": 1e999}'), ("metadata list", "metadata", b"[]"),
    ("metadata deep", "metadata", b'{"a":' * 20_000),
    ("metadata NUL", "metadata", b'{"a":"\\u0000"}'),
    ("metadata surrogate", "metadata", b'{"a":"\\ud800"}'), ("metadata word", "metadata", b"x"),
    ("metadata digits", "metadata", b'{"a":' + b"9" * 5000 + b"}"),
    ("deal_id NUL", "deal_id", b"\0"), ("deal_id long", "deal_id", b"d" * 5000),
    ("profiles unknown", "profiles", b"none"), ("profiles many", "profiles", b"a," * 5000),
    ("account long", "account", b"x" * 5000), ("consent NUL", "consent", b"yes\0"),
]  # fmt: skip


def forms(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Forms that are broken."""
    part = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    end = b"\r\n--X--\r\n"
    field = b'--X\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n'
    yield "two files", part + content + b"\r\n" + part + content + end
    yield "same field twice", field + field + part + content + end
    yield "no file", field + b"--X--\r\n"
    yield "empty file", part + end
    yield "no end", part + content
    yield "no name", part.replace(b'name="file"; ', b"") + content + end
    yield "no disposition", b"--X\r\n\r\n" + content + end
    yield "another boundary", part.replace(b"--X", b"--Y") + content + end
    yield "only the end", b"--X--\r\n"
    yield "nothing", b""
    yield "no line ends", part.replace(b"\r\n", b"") + content + end
    yield "bare line feeds", (part + b"abc" + end).replace(b"\r\n", b"\n")
    yield "a head of 300 KB", part.replace(b'filename="a"', b'filename="%s"' % (b"a" * 300_000))
    yield (
        "ten thousand fields",
        b"".join(
            b'--X\r\nContent-Disposition: form-data; name="f%d"\r\n\r\na\r\n' % i
            for i in range(10_000)
        ),
    )
    yield "form in a form", part + part + content + end + end
    yield "file as a text field", part.replace(b'; filename="a"', b"") + b"Hello" + end
    yield "bad head", b"--X\r\n\xff\xfe: \0\r\n\r\n" + content + end
    yield "text before", b"x" * 1000 + part + content + end


def json_bodies() -> Iterator[tuple[str, bytes]]:
    """Transcripts that are none."""
    turn = {"speaker": "S1", "text": "Hello"}
    for i, value in enumerate(
        ({}, [], 1, None, "x", {"turns": 1}, {"turns": []}, {"turns": [1]}, {"turns": [{}]},
         {"turns": [{"speaker": 1, "text": "a"}]}, {"turns": [{**turn, "start": -1}]},
         {"turns": [{**turn, "start": 2, "end": 1}]}, {"turns": [turn], "recorded_at": "x"},
         {"turns": [turn], "recorded_at": "0001-01-01"}, {"turns": [{**turn, "text": "\0"}]},
         {"turns": [turn], "duration": 1e300}, {"turns": [turn], "title": "x" * 300_000},
         {"turns": [turn], "speakers": [{"id": "S1"}, {"id": "S1"}]},
         {"turns": [{**turn, "index": 1}, {**turn, "index": 1}]})
    ):  # fmt: skip
        yield f"wrong {i}", json.dumps(value).encode()
    yield "NaN", b'{"turns": [{"speaker": "S1", "text": "a", "start": NaN}]}'
    yield "deep", b"[" * 200_000
    yield "deep object", b'{"turns":' * 50_000
    yield "half", b'{"turns": [{"speaker": "S1", "te'
    yield "digits", b'{"turns": [], "duration": ' + b"9" * 10_000 + b"}"
    yield "bytes", b"\xff\xfe\xfd" * 100
    yield "empty", b""
    yield "17 MiB", b'{"turns": [' + b" " * 17 * MIB + b"]}"
    yield "no end of turns", b'{"turns": [' + b"{}," * 300_000 + b"{}]}"
