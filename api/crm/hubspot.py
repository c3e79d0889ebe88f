"""HubSpot's deals by its own client library, with our connection below it.

The library would send every request once, for ever, and follow redirects; so its pool of
connections is replaced by one that keeps the pace, has a time limit, tries again, and refuses what
is no success (each part of the library has errors of its own). Trap: HubSpot passes over unknown
properties when it reads, so they are looked up first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import certifi
import hubspot
import urllib3

from api.crm.pace import NoAnswer, Pace
from api.crm.remote import (
    CrmFailure,
    Found,
    Kind,
    Record,
    RemoteField,
    Stored,
    Write,
    readable,
    together_or_alone,
)
from api.crm.values import number_text

LONGEST_TEXT = 65_536
PRIMARY_COMPANY = 5
KINDS: Mapping[str, Kind] = {
    "string": "text", "number": "number", "bool": "flag", "enumeration": "choice",
}  # fmt: skip


class _Pool:
    """What the library calls to send a request."""

    def __init__(self, pace: Pace, seconds: float) -> None:
        self._pace = pace
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(seconds), ca_certs=certifi.where()
        )

    def request(
        self, method: str, url: str, *, body: str | None = None, fields: Any = None,
        headers: Mapping[str, str] | None = None, **_others: object,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        def attempt() -> urllib3.BaseHTTPResponse:
            try:
                if method in ("GET", "HEAD"):
                    return self._pool.request(
                        method, url, fields=fields, headers=headers, redirect=False
                    )
                return self._pool.request(method, url, body=body, headers=headers, redirect=False)
            except urllib3.exceptions.HTTPError as error:
                raise NoAnswer(type(error).__name__) from None

        try:
            answer = self._pace.send(attempt, lambda a: (a.status, a.headers), _is_for_the_day)
        except NoAnswer as error:
            raise CrmFailure(f"HubSpot does not answer ({error})", stops=True) from None
        _refuse(answer)
        return answer


def _is_for_the_day(answer: urllib3.BaseHTTPResponse) -> bool:
    return answer.status == 429 and b'"DAILY"' in answer.data


class HubSpot:
    """The deals of one HubSpot account."""

    name = "HubSpot"
    most_at_once = 100

    def __init__(self, token: str, url: str, pace: Pace, seconds: float) -> None:
        pool = _Pool(pace, seconds)

        def factory(package: ModuleType, api: str, _config: object) -> Any:
            configuration = package.Configuration(host=url)
            configuration.access_token = token
            client = package.ApiClient(configuration=configuration)
            client.rest_client.pool_manager = pool
            return getattr(package, api)(api_client=client)

        crm = hubspot.HubSpot(access_token=token, api_factory=factory).crm
        self._deals, self._search = crm.deals.batch_api, crm.deals.search_api
        self._companies = crm.companies.batch_api
        self._links = crm.associations.v4.batch_api
        self._properties = crm.properties.core_api
        self._fields: dict[str, Mapping[str, RemoteField]] = {}

    @readable("HubSpot")
    def fields(self, related: str = "") -> Mapping[str, RemoteField] | None:
        """The properties of deals, or of companies."""
        if related not in ("", "company"):
            return None
        if related not in self._fields:
            answer = self._properties.get_all("companies" if related else "deals")
            self._fields[related] = {p.name: _field(p) for p in answer.results}
        return self._fields[related]

    def read(self, match: str, deal_ids: Sequence[str], names: Sequence[str]) -> Found:
        """Deals by id or by a property, with properties of their companies when asked for."""
        found = Found()
        own = [name for name in names if "." not in name]
        wanted = list(deal_ids)
        if match == "hs_object_id":
            wanted = [d for d in deal_ids if d.isascii() and d.isdigit()]
            for other in set(deal_ids) - set(wanted):
                found.problems[other] = (
                    "is no HubSpot id (set match to the property that holds your deal ids)"
                )
        known = (self.fields() or {}).get(match)
        by_id = match == "hs_object_id" or (known is not None and known.unique)
        read = self._read_by_id if by_id else self._read_by_search

        def failed(deal_id: str, failure: CrmFailure) -> None:
            found.problems[deal_id] = failure.problem

        if wanted:
            together_or_alone(wanted, lambda ids: read(match, ids, own, found), failed)
        companies = [n.partition(".")[2] for n in names if n.startswith("company.")]
        if companies and found.records:
            self._add_companies(found, companies)
        return found

    @readable("HubSpot")
    def _read_by_id(
        self, match: str, ids: Sequence[str], names: Sequence[str], found: Found
    ) -> None:
        body: dict[str, object] = {
            "inputs": [{"id": i} for i in ids], "properties": [match, *names],
            "propertiesWithHistory": [],
        }  # fmt: skip
        if match != "hs_object_id":
            body["idProperty"] = match
        for deal in self._deals.read(body).results:
            deal_id = deal.id if match == "hs_object_id" else deal.properties.get(match)
            if deal_id in ids:
                found.records[deal_id] = Record(deal.id, deal.properties)

    @readable("HubSpot")
    def _read_by_search(
        self, match: str, ids: Sequence[str], names: Sequence[str], found: Found
    ) -> None:
        after: str | None = None
        while True:
            # the search compares without case, and wants its words small
            small = sorted({deal_id.lower() for deal_id in ids})
            rule = {"propertyName": match, "operator": "IN", "values": small}
            body: dict[str, object] = {
                "filterGroups": [{"filters": [rule]}], "properties": [match, *names],
                "limit": 100, "sorts": ["hs_object_id"],
            }  # fmt: skip
            if after is not None:
                body["after"] = after
            page = self._search.do_search(body)
            for deal in page.results:
                deal_id = deal.properties.get(match)
                if deal_id in found.records:
                    found.problems[deal_id] = f"several deals have this {match}"
                elif deal_id in ids:
                    found.records[deal_id] = Record(deal.id, deal.properties)
            if not (page.paging and page.paging.next):
                return
            after = page.paging.next.after

    @readable("HubSpot")
    def _add_companies(self, found: Found, names: Sequence[str]) -> None:
        body = {"inputs": [{"id": record.id} for record in found.records.values()]}
        company_of: dict[str, str] = {}
        several = set()
        for link in self._links.get_page("deals", "companies", body).results:
            deal, to = link._from.id, link.to
            first = [
                t for t in to if any(a.type_id == PRIMARY_COMPANY for a in t.association_types)
            ]
            if len(first) == 1 or len(to) == 1:
                company_of[deal] = str((first or to)[0].to_object_id)
            elif to:
                several.add(deal)
        facts: dict[str, Mapping[str, object]] = {}
        ids = sorted(set(company_of.values()))
        for start in range(0, len(ids), self.most_at_once):
            inputs = [{"id": i} for i in ids[start : start + self.most_at_once]]
            asked = {"inputs": inputs, "properties": list(names), "propertiesWithHistory": []}
            facts |= {c.id: c.properties for c in self._companies.read(asked).results}
        for deal_id, record in found.records.items():
            if record.id in several:
                found.notes.append(f"{deal_id}: several companies, none of them primary")
            company = facts.get(company_of.get(record.id, ""), {})
            beside = {f"company.{name}": company.get(name) for name in names}
            found.records[deal_id] = Record(record.id, {**record.values, **beside})

    def write(self, match: str, writes: Sequence[Write], arrived: set[str]) -> dict[str, str]:
        """Update records; new ones are made by upsert, so that a second try makes no second one."""
        problems: dict[str, str] = {}

        @readable("HubSpot")
        def update(some: Sequence[Write]) -> None:
            inputs = [{"id": w.record_id, "properties": _encoded(w.values)} for w in some]
            _refuse_partial(self._deals.update({"inputs": inputs}))
            arrived.update(w.deal_id for w in some)

        @readable("HubSpot")
        def make(some: Sequence[Write]) -> None:
            inputs = [
                {"id": w.deal_id, "idProperty": match,
                 "properties": {match: w.deal_id, **_encoded(w.values)}}
                for w in some
            ]  # fmt: skip
            _refuse_partial(self._deals.upsert({"inputs": inputs}))
            arrived.update(w.deal_id for w in some)

        def failed(write: Write, failure: CrmFailure) -> None:
            problems[write.deal_id] = failure.problem

        for do, is_new in ((update, False), (make, True)):
            some = [w for w in writes if (w.record_id is None) == is_new]
            if some:
                together_or_alone(some, do, failed)
        return problems


def _refuse_partial(answer: Any) -> None:
    """A batch of which some failed is sent again one by one: then it is plain which."""
    if getattr(answer, "num_errors", None):
        first = answer.errors[0].message if answer.errors else "no reason given"
        raise CrmFailure(f"HubSpot: {first}", status=207)


def _encoded(values: Mapping[str, Stored]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Stored) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else value or ""


def _field(found: Any) -> RemoteField:
    kind: Kind = KINDS.get(found.type, "other")
    if found.type == "enumeration" and found.field_type == "checkbox":
        kind = "choices"
    if found.field_type == "booleancheckbox":
        kind = "flag"
    if found.field_type == "html":
        kind = "other"
    meta = found.modification_metadata
    options = tuple(o.value for o in found.options or ()) if kind in ("choice", "choices") else None
    return RemoteField(
        found.name, kind, "rich text" if found.field_type == "html" else found.type,
        writable=not (found.calculated or (meta and meta.read_only_value)),
        unique=bool(found.has_unique_value), options=options,
        longest=LONGEST_TEXT if kind == "text" else None,
    )  # fmt: skip


def _refuse(answer: urllib3.BaseHTTPResponse) -> None:
    """Raise CrmFailure, in the CRM's words, for what is no success."""
    if not 200 <= answer.status <= 299:
        words = _words(answer.data) or "no reason given"
        raise CrmFailure(
            f"HubSpot: {words} (status {answer.status})", status=answer.status,
            stops=answer.status in (401, 403, 429),
        )  # fmt: skip


def _words(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("message", ""))[:400] if isinstance(answer, dict) else ""
