"""Tags into a CRM: read the deals, say what would change, write it; group by group.

A filled field is kept unless the mapping or the user says to overwrite it; then it follows the
assessment, also to empty. A second run finds nothing to do. Trap: deals are read and written a
group at a time, so that little can change in the CRM between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from api.crm.mapping import CrmMapping, PushField
from api.crm.remote import Crm, CrmFailure, Record, RemoteField, Stored, Write, chunks
from api.crm.tags import Tags
from api.crm.values import is_filled, is_same, to_stored
from pipeline.errors import BadUsage, InputError

NEW, SET, OVERWRITE, CLEAR, KEEP = "new", "set", "overwrite", "clear", "keep"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one deal; with the action `keep` nothing is written."""

    deal_id: str
    field: str
    action: str
    old: object
    new: Stored


@dataclass(slots=True)
class Pushed:
    """What a push did, or would do."""

    deals: int = 0
    changes: list[FieldChange] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def written(self) -> list[FieldChange]:
        """The changes that are made (or would be)."""
        return [c for c in self.changes if c.action != KEEP and c.deal_id not in self.problems]


def with_overwrite(mapping: CrmMapping, names: Sequence[str]) -> CrmMapping:
    """The mapping with these fields to be overwritten; raises BadUsage for others."""
    known = [push.field for push in mapping.push]
    for name in names:
        if name not in known:
            raise BadUsage(
                f"the mapping pushes no field {name[:60]!r}", field="--overwrite",
                remedy=f"it pushes {', '.join(known) or 'nothing'}",
            )  # fmt: skip
    push = tuple(replace(p, overwrite=p.overwrite or p.field in names) for p in mapping.push)
    return replace(mapping, push=push)


def push_tags(
    crm: Crm,
    mapping: CrmMapping,
    fields: Mapping[str, RemoteField],
    tags: Sequence[Tags],
    *,
    dry_run: bool,
    tell: Callable[[FieldChange], None] = lambda _change: None,
) -> Pushed:
    """Bring the tags of all deals into the CRM; `tell` gets each change before it is written."""
    done = Pushed(deals=len(tags))
    groups = list(chunks(tags, crm.most_at_once))
    for i, group in enumerate(groups):
        try:
            _push_group(crm, mapping, fields, group, done, dry_run=dry_run, tell=tell)
        except CrmFailure as failure:  # its own group is marked already
            for each in (t for rest in groups[i + 1 :] for t in rest):
                done.problems[each.deal_id] = failure.problem
            break
    return done


def _push_group(
    crm: Crm,
    mapping: CrmMapping,
    fields: Mapping[str, RemoteField],
    group: Sequence[Tags],
    done: Pushed,
    *,
    dry_run: bool,
    tell: Callable[[FieldChange], None],
) -> None:
    names = [push.field for push in mapping.push]
    try:
        found = crm.read(mapping.match, [tags.deal_id for tags in group], names)
    except CrmFailure as failure:
        done.problems.update({tags.deal_id: failure.problem for tags in group})
        raise
    done.notes += found.notes
    done.problems.update(found.problems)
    writes: list[Write] = []
    for tags in group:
        record = found.records.get(tags.deal_id)
        if tags.deal_id in done.problems or (record is None and _is_left_out(mapping, tags, done)):
            continue
        try:
            changes = list(_changes(mapping, fields, tags, record))
        except InputError as error:
            done.problems[tags.deal_id] = str(error)
            continue
        done.changes += changes
        for change in changes:
            tell(change)
        values = {c.field: c.new for c in changes if c.action != KEEP}
        if values or record is None:
            writes.append(Write(tags.deal_id, record.id if record else None, values))
    if writes and not dry_run:
        _write(crm, mapping, writes, done)


def _write(crm: Crm, mapping: CrmMapping, writes: Sequence[Write], done: Pushed) -> None:
    arrived: set[str] = set()
    try:
        done.problems.update(crm.write(mapping.match, writes, arrived))
    except CrmFailure as failure:
        lost = [write.deal_id for write in writes if write.deal_id not in arrived]
        done.problems.update(dict.fromkeys(lost, failure.problem))
        raise


def _is_left_out(mapping: CrmMapping, tags: Tags, done: Pushed) -> bool:
    if mapping.missing == "fail":
        done.problems[tags.deal_id] = "is not in the CRM"
    elif mapping.missing == "skip":
        done.skipped.append(tags.deal_id)
    return mapping.missing != "create"


def _changes(
    mapping: CrmMapping, fields: Mapping[str, RemoteField], tags: Tags, record: Record | None
) -> list[FieldChange]:
    if record is None:
        return [
            *(FieldChange(tags.deal_id, n, NEW, None, _filled_in(t, tags))
              for n, t in mapping.create.items()),
            *(c for push in mapping.push
              if (c := _change(push, fields[push.field], tags, None)) is not None),
        ]  # fmt: skip
    found = (
        _change(push, fields[push.field], tags, record.values.get(push.field))
        for push in mapping.push
    )
    return [change for change in found if change is not None]


def _filled_in(template: str, tags: Tags) -> str:
    account = tags.account or tags.deal_id
    return template.replace("{deal_id}", tags.deal_id).replace("{account}", account)


def _change(push: PushField, field: RemoteField, tags: Tags, old: object) -> FieldChange | None:
    new = to_stored(push.source, tags.values[push.source], field)
    if is_same(old, new, field):
        return None
    if not is_filled(old, field):
        action = SET
    elif not push.overwrite:
        if new is None:
            return None
        action = KEEP
    else:
        action = CLEAR if new is None else OVERWRITE
    return FieldChange(tags.deal_id, push.field, action, old, new)
