"""A mapping held against the CRM: fields that are not there, read-only, of another kind."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from api.crm.mapping import CRMS, CrmMapping
from api.crm.remote import Crm, RemoteField
from api.crm.values import misfit
from pipeline.profile_tree import Finding

Fields = Mapping[str, RemoteField]


def fit_push(mapping: CrmMapping, crm: Crm) -> Fields:
    """The CRM's deal fields; raises BadUsage when the mapping does not fit them."""
    fields = crm.fields() or {}
    mapping.refuse(_push_problems(mapping, crm, fields))
    return fields


def fit_pull(mapping: CrmMapping, crm: Crm) -> None:
    """Raise BadUsage when a field that is to be pulled is not there."""
    mapping.refuse(_pull_problems(mapping, crm))


def _push_problems(mapping: CrmMapping, crm: Crm, fields: Fields) -> Iterator[Finding]:
    yield from _match_problems(mapping, crm, fields)
    for push in mapping.push:
        found = fields.get(push.field)
        if found is None:
            yield _unknown(crm, fields, push.field, push.line, f"push.{push.field}")
        elif (problem := misfit(push.source, found)) is not None:
            yield Finding(push.line, "error", f"push.{push.field}", problem, "map another field")
    for name in mapping.create:
        if name not in fields:
            line = mapping.lines.of(("create", name))
            yield _unknown(crm, fields, name, line, f"create.{name}")


def _match_problems(mapping: CrmMapping, crm: Crm, fields: Fields) -> Iterator[Finding]:
    line, own = mapping.lines.of(("match",)), CRMS[mapping.crm][1]
    if mapping.match == own:
        return
    found = fields.get(mapping.match)
    if found is None:
        yield _unknown(crm, fields, mapping.match, line, "match")
    elif mapping.missing == "create" and not found.unique:
        yield Finding(
            line, "error", "match", f"{mapping.match} is not unique, so a deal could be made twice",
            "make it unique (Salesforce: an external id)",
        )  # fmt: skip


def _pull_problems(mapping: CrmMapping, crm: Crm) -> Iterator[Finding]:
    objects: dict[str, Fields | None] = {"": crm.fields() or {}}
    yield from _match_problems(mapping, crm, objects[""] or {})
    for pull in mapping.pull:
        related, _, name = pull.field.rpartition(".")
        if related not in objects:
            objects[related] = crm.fields(related)
        fields, where = objects[related], f"pull.{pull.target}"
        if fields is None:
            problem = f"a deal of {crm.name} leads to no {related}"
            yield Finding(pull.line, "error", where, problem, "")
        elif name not in fields:
            yield _unknown(crm, fields, name, pull.line, where)


def _unknown(crm: Crm, fields: Fields, name: str, line: int, where: str) -> Finding:
    near = difflib.get_close_matches(name, list(fields), n=1)
    remedy = f"did you mean {near[0]}?" if near else "make it in the CRM, or mend the name"
    return Finding(line, "error", where, f"{crm.name} has no field {name}", remedy)
