"""Every error the product raises on purpose. Each has a stable `code` and says whether a retry can
help.

IcpError
├── InputError                 the user's input; exit status 1 for a file
│   ├── UnreadableRecording    audio or video that cannot be decoded, or is no recording at all
│   ├── NoSpeech               decoded, but nobody speaks in it
│   └── BadTranscript          a transcript file that does not fit its format
├── BadProfile                 a profile that cannot be used; exit status 2
├── BadUsage                   options that do not go together; exit status 2
├── WeightsError               weights missing, damaged, or not allowed to be fetched
└── Cancelled                  the user stopped the work
"""

from __future__ import annotations


class IcpError(Exception):
    """Base of all errors raised on purpose: what is wrong, where, and what to do about it."""

    code = "error"
    retryable = False

    def __init__(
        self, problem: str, *, file: str | None = None, field: str | None = None, remedy: str = ""
    ) -> None:
        self.problem, self.file, self.field, self.remedy = problem, file, field, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.field) if part)
        text = f"{where}: {self.problem}" if where else self.problem
        return f"{text} ({self.remedy})" if self.remedy else text


class InputError(IcpError):
    code = "bad_input"


class UnreadableRecording(InputError):
    code = "unreadable_recording"


class NoSpeech(InputError):
    code = "no_speech"


class BadTranscript(InputError):
    code = "bad_transcript"


class BadProfile(IcpError):
    code = "bad_profile"


class BadUsage(IcpError):
    code = "bad_usage"


class WeightsError(IcpError):
    code = "weights"


class Cancelled(IcpError):
    code = "cancelled"
