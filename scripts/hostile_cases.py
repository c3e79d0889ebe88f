"""Hostile uploads as bytes: what a broken, careless or ill-meaning client sends.

Each `Case` is one request, written byte by byte, because HTTP libraries refuse to misbehave. Used
by `hostile_uploads.py`, which sends them, and by a test that sends a part of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.hostile_content import (
    CONTAINERS,
    FIELDS,
    FILE_NAMES,
    bombs,
    forms,
    json_bodies,
    renamed,
    sound,
    wav,
)


@dataclass(frozen=True)
class Case:
    """One request. `pause`: seconds between its pieces; `ending`: how the client leaves."""

    group: str
    name: str
    pieces: tuple[bytes, ...]
    ending: str = "wait"
    """`wait` for the answer, `close` or `reset` the connection without it."""
    pause: float = 0.0


def request(
    headers: dict[str, str], body: bytes, *, method: str = "POST", length: str | None = ""
) -> bytes:
    """A request; `length` overrides what it says of its length (None: nothing)."""
    lines = [f"{method} /v1/calls HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length or len(body)}")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def form(
    content: bytes, *, filename: str = "call.wav", fields: dict[str, bytes] | None = None
) -> bytes:
    """A form with one file."""
    parts = [
        b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), value)
        for key, value in (fields or {}).items()
    ]
    head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
    head %= filename.encode("utf-8", "surrogateescape")
    kind = b"Content-Type: audio/wav\r\n\r\n"
    return b"".join([*parts, head, kind, content, b"\r\n--X--\r\n"])


def all_cases(key: str, *, seed: int = 1, few: bool = False) -> Iterator[Case]:
    """Every case, `few` of each kind for a quick run."""
    chance = random.Random(seed)
    auth = {"Authorization": f"Bearer {key}"}
    multi = {**auth, "Content-Type": "multipart/form-data; boundary=X"}
    as_json = {**auth, "Content-Type": "application/json"}

    def up(group: str, name: str, content: bytes, **more: object) -> Case:
        return Case(group, name, (request(multi, form(content, **more)),))  # type: ignore[arg-type]

    sounds = {name: sound(name) for name in (("wav", "ogg") if few else CONTAINERS)}
    for name, content in sounds.items():
        for i in range(2 if few else 8):
            cut = chance.randrange(1, len(content))
            yield up("truncated", f"{name} at {cut} ({i})", content[:cut])
        for i in range(1 if few else 4):
            holes = bytearray(content)
            for _ in range(40):
                holes[chance.randrange(len(holes))] = chance.randrange(256)
            yield up("damaged", f"{name} {i}", bytes(holes))
    for name, content in renamed():
        for ending in ("wav",) if few else ("wav", "json"):
            yield up("renamed", f"{name} as .{ending}", content, filename=f"call.{ending}")
    for name, content in bombs(few):
        yield up("bomb", name, content)
    for i, name in enumerate(FILE_NAMES):
        yield up("file name", name[:30], wav(16_000) + bytes([i]), filename=name)
    for name, body in forms(sounds["wav"]):
        yield Case("form", name, (request(multi, body),))
    for kind in ("", "multipart/form-data", "multipart/form-data; boundary=", "text/plain",
                 "multipart/mixed; boundary=X", "multipart/form-data; boundary=" + "X" * 5000,
                 "application/x-www-form-urlencoded", "audio/wav", "image/svg+xml"):  # fmt: skip
        yield Case("form", f"type {kind[:40]!r}", (
            request({**auth, "Content-Type": kind}, form(sounds["wav"])),
        ))  # fmt: skip
    for name, field, value in FIELDS:
        yield up("field", name, wav(16_000) + b"f", fields={field: value})
    for name, body in json_bodies():
        yield Case("json", name, (request(as_json, body),))
    yield from lengths(multi, form(sounds["wav"]))
    whole = request(multi, form(sounds["wav"] * 20))
    for i in range(4 if few else 30):
        cut = chance.randrange(10, len(whole))
        yield Case("aborted", f"at {cut}", (whole[:cut],), "reset" if i % 2 else "close")
    for name, headers in (
        ("no key", {"Authorization": "no"}), ("empty key", {"Authorization": "Bearer "}),
        ("unknown key", {"Authorization": "Bearer icp_x"}),
        ("bytes as key", {"Authorization": "Bearer \udcff\udcfe"}),
    ):  # fmt: skip
        yield Case("key", name, (request({**multi, **headers}, form(sounds["wav"] * 50)),))
    prefixes = (b"RIFF", b"OggS\0\2", b"fLaC", b"ID3\4", b"\0\0\0\x18ftypmp42", b"\x1aE\xdf\xa3",
                b"\xff\xfb\x90", b"FORM\0\0\0\0AIFF", b".snd", b"\0\0\1\xba")  # fmt: skip
    for prefix in prefixes[: 3 if few else None]:
        for i in range(1 if few else 6):
            noise = prefix + chance.randbytes(chance.randrange(1, 60_000))
            yield up("noise", f"{prefix!r} {i}", noise)


def slow_cases(key: str) -> Iterator[Case]:
    """Requests that come in a byte at a time: heads, and bodies."""
    head = {"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=X"}
    whole = request(head, form(wav(16_000)))
    start = whole.index(b"\r\n\r\n") + 4
    for i in range(3):
        pieces = tuple(whole[j : j + 1] for j in range(60))
        yield Case("slow", f"head {i}", pieces, pause=1.0)
        body = tuple(whole[j : j + 1] for j in range(start, start + 120))
        yield Case("slow", f"body {i}", (whole[:start], *body), pause=1.0)
        yield Case("slow", f"stalls {i}", (whole[: start + 50],))


def lengths(head: dict[str, str], body: bytes) -> Iterator[Case]:
    """Lengths that are wrong."""

    def case(name: str, data: bytes, ending: str = "wait") -> Case:
        return Case("length", name, (data,), ending)

    chunked = {**head, "Transfer-Encoding": "chunked"}
    make: Callable[..., bytes] = request
    yield case("too short", make(head, body, length=str(len(body) // 2)))
    yield case("too long, closed", make(head, body, length=str(len(body) + 1000)), "close")
    for value in ("-1", "1e9", "x", "0x10", "9" * 30, "+5", str(2**40), "0"):
        yield case(f"length {value[:12]}", make(head, body, length=value))
    yield case("none", make(head, body, length=None))
    twice = make({**head, "Content-Length": "5"}, body)
    yield case("two lengths", twice)
    yield case("length and chunks", make(chunked, body))
    for name, chunks in (
        ("bad size", b"zz\r\nabc\r\n"), ("negative size", b"-5\r\nabc\r\n"),
        ("huge size", b"ffffffffffffffff\r\nabc"), ("no end", b"5\r\nabcde\r\n"),
        ("long extension", b"5;" + b"x" * 100_000 + b"\r\nabcde\r\n0\r\n\r\n"),
    ):  # fmt: skip
        yield case(f"chunk: {name}", make(chunked, chunks, length=None), "close")
    good = b"".join(b"%x\r\n%s\r\n" % (1, body[i : i + 1]) for i in range(2000))
    yield case("chunks of one byte", make(chunked, good + b"0\r\n\r\n", length=None))
    yield case("PUT", make(head, body, method="PUT"))
    yield case("TRACE", make(head, body, method="TRACE"))
    yield case("GET with a body", make(head, body, method="GET"))
