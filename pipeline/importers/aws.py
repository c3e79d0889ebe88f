"""AWS Transcribe: `results.items[]`, words whose times are texts, and punctuation without any.

The speaker stands at each item, in older files only in `speaker_labels.segments`, found there by
the word's start. Trap: with channels in place of speakers the label is `ch_0`, at the item too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline.domain import Speaker, Transcript, Word
from pipeline.importers.clock import SECONDS, check_times, read_stamp
from pipeline.importers.pieces import MOST_PIECES, Head, Piece, tidy_text, to_transcript
from pipeline.json_fields import Fields

Item = tuple[str | None, str, float | None, float | None, float, bool]
"""Speaker, text, start, end, confidence, whether it is punctuation."""
_ENDS = re.compile("[.!?…。！？]+")


def is_aws(data: Mapping[str, object]) -> bool:
    """Whether a JSON object is AWS Transcribe's."""
    results = data.get("results")
    return isinstance(results, dict) and "items" in results


def read_aws(top: Fields, call_id: str) -> Transcript:
    """The transcript, with its words."""
    results = top.inside("results")
    rows = results.objects("items", most=MOST_PIECES * 4)
    labels = _labels(results)
    items: list[Item] = []
    for row in rows:
        items.append(_item(row, labels, items[-1][0] if items else None))
    if all(item[2] is not None for item in items if not item[5]):
        items = _in_order(items)
    pieces = [_piece(group[0][0], group) for group in _sentences(items)]
    check_times((time for item in items for time in item[2:4]), results, "items")
    ids = dict.fromkeys(piece.speaker for piece in pieces if piece.speaker)
    head = Head(call_id, language=results.text("language_code"))
    people = {key: Speaker(key) for key in ids}
    return to_transcript(pieces, head, top.file, people=people)


def _labels(results: Fields) -> dict[float, str]:
    """Speaker by the start of a word, from files that keep speakers apart."""
    labels: dict[float, str] = {}
    if not isinstance(results.data.get("speaker_labels"), dict):
        return labels
    for stretch in results.inside("speaker_labels").objects("segments", most=MOST_PIECES):
        for item in stretch.objects("items", most=MOST_PIECES):
            start, who = SECONDS.of(read_stamp(item, "start_time")), item.text("speaker_label")
            if start is not None and who:
                labels[start] = who
    return labels


def _item(row: Fields, labels: Mapping[float, str], before: str | None) -> Item:
    start = SECONDS.of(read_stamp(row, "start_time"))
    end = SECONDS.of(read_stamp(row, "end_time"))
    choices = row.objects("alternatives")
    text = tidy_text(choices[0].text("content") or "") if choices else ""
    punctuation = row.text("type") == "punctuation"
    who = row.text("speaker_label") or row.text("channel_label")
    if punctuation:
        who = before or who
    elif who is None and start is not None:
        who = labels.get(start)
    return who or None, text, start, end, _confidence(choices), punctuation


def _confidence(choices: list[Fields]) -> float:
    if not choices or choices[0].data.get("confidence") in (None, ""):
        return 1.0
    stamp = read_stamp(choices[0], "confidence")
    return min(1.0, stamp.value) if stamp else 0.0


def _in_order(items: list[Item]) -> list[Item]:
    """Items by time, for two channels are listed one after the other; punctuation stays behind."""
    groups: list[list[Item]] = []
    for item in items:
        if item[5] and groups:
            groups[-1].append(item)
        else:
            groups.append([item])
    groups.sort(key=lambda group: group[0][2] or 0.0)
    return [item for group in groups for item in group]


def _sentences(items: list[Item]) -> Iterator[list[Item]]:
    """Items of one speaker up to the end of a sentence: whole turns are made of them later."""
    group: list[Item] = []
    for item in items:
        if group and (item[0] != group[0][0] or _ENDS.fullmatch(group[-1][1])):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _piece(who: str | None, group: list[Item]) -> Piece:
    text, words = "", list[Word]()
    for _, content, start, end, confidence, punctuation in group:
        text += content if punctuation or not text else f" {content}"
        if not punctuation and content and start is not None and end is not None and end >= start:
            words.append(Word(content, start, end, confidence))
    starts = [item[2] for item in group if item[2] is not None]
    ends = [item[3] for item in group if item[3] is not None]
    return Piece(who, text, min(starts, default=None), max(ends, default=None), tuple(words))
