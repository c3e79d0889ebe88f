"""Transcripts of other tools → ours. What a file is, its content says, never its name.

`read_transcript` is the door. Each format has a module that turns parsed content into pieces (who,
what, from when to when); `pieces.py` makes turns of them. Trap: what a file does not say is left
out: no name, no side and no time is guessed.
"""

from pipeline.importers.reading import could_be_transcript, read_transcript

__all__ = ["could_be_transcript", "read_transcript"]
