"""Tags as a CSV that any CRM imports: a row a deal, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from api.batch.tables import harmless
from api.crm.mapping import CrmMapping
from api.crm.tags import SOURCES, Tags
from api.crm.values import as_text

COLUMNS = (
    "tier", "fit", "coverage", "engagement", "quadrant", "disqualified", "disqualifiers",
    "evidence", "open_questions", "profile", "calls",
)  # fmt: skip


def tags_to_csv(tags: Sequence[Tags], mapping: CrmMapping | None = None) -> str:
    """The table; with a mapping its columns are the CRM's fields, else the tags' names."""
    if mapping is None:
        columns = [("deal_id", ""), *((name, name) for name in COLUMNS)]
    else:
        columns = [(mapping.match, ""), *((p.field, p.source) for p in mapping.push)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([name for name, _ in columns])
    for each in tags:
        writer.writerow([_cell(each, source) for _, source in columns])
    return out.getvalue()


def _cell(tags: Tags, source: str) -> str:
    if not source:
        return harmless(tags.deal_id)
    text = as_text(source, tags.values[source], " | ")
    return text if SOURCES[source] in ("number", "flag") else harmless(text)
