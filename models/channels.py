"""Who speaks when if each side has a channel of its own: the channel is the speaker, no model.

`CallDiarizer` is what the product uses: it looks at what the recogniser found and takes the
channels where there are two, the voices where there is one. The trap: `recognition.channels` is 1
for a stereo file whose channels are alike, and then the voices decide.
"""

from __future__ import annotations

from pipeline.domain import Recognition, Recording, SpeakerSpan
from pipeline.ports import Diarizer, Progress, no_progress

_BRIDGED_GAP_S = 0.6


class ChannelDiarizer:
    """`Diarizer` for recordings with one speaker a channel; spans are where words were heard."""

    made_by = "channels"

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        """Spans named after their channel (`channel 0` …), in order of their start."""
        spans: dict[int, list[SpeakerSpan]] = {}
        for word in recognition.words:
            own = spans.setdefault(word.channel, [])
            if own and word.start - own[-1].end < _BRIDGED_GAP_S:
                end = max(own[-1].end, word.end)
                own[-1] = SpeakerSpan(own[-1].start, end, own[-1].speaker)
            else:
                own.append(SpeakerSpan(word.start, word.end, f"channel {word.channel}"))
        progress("diarize", recognition.duration, recognition.duration)
        every = [span for own in spans.values() for span in own]
        return tuple(sorted(every, key=lambda span: (span.start, span.speaker)))


class CallDiarizer:
    """`Diarizer` for any call: by channel where sides have their own, else by voice."""

    def __init__(self, voices: Diarizer) -> None:
        self._voices, self._channels = voices, ChannelDiarizer()
        self.made_by = f"channels|{voices.made_by}"

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        """Spans of the speakers; `recognition.channels` decides how they are found."""
        chosen: Diarizer = self._channels if recognition.channels > 1 else self._voices
        return chosen.diarize(recording, recognition, progress=progress)
