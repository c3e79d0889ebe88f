"""Salesforce's opportunities by `simple-salesforce`, with our session below it.

Deals are read by SOQL and written as collections, where each record succeeds or fails by itself.
Trap: the library writes `https://` itself; an instance on this machine may be `http://` (tests).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.format import quote_soql_value

from api.crm.pace import NoAnswer, Pace
from api.crm.remote import (
    CrmFailure,
    Found,
    Kind,
    Record,
    RemoteField,
    Write,
    readable,
    together_or_alone,
)

KINDS: Mapping[str, Kind] = {
    "string": "text", "textarea": "text", "picklist": "choice", "multipicklist": "choices",
    "boolean": "flag", "double": "number", "int": "number", "percent": "number",
    "currency": "number",
}  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
DAY_OVER = "REQUEST_LIMIT_EXCEEDED"
LONGEST_QUERY = 6000


class PacedSession:
    """What the library sends its requests through."""

    def __init__(self, pace: Pace, seconds: float, plain: str | None) -> None:
        self._pace, self._seconds = pace, seconds
        self._plain = plain
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc would replace the token
        self.proxies: dict[str, str] = {}

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, at the right time, again when that may help."""
        if self._plain and url.startswith(f"https://{self._plain}/"):
            url = "http" + url.removeprefix("https")
        options["allow_redirects"] = False
        options.setdefault("timeout", self._seconds)

        def attempt() -> Any:
            try:
                return self._session.request(method, url, **options)
            except requests.RequestException as error:
                raise NoAnswer(type(error).__name__) from None

        return self._pace.send(attempt, lambda a: (a.status_code, a.headers))

    def post(self, url: str, data: object = None, **options: Any) -> Any:
        """As the library signs in."""
        return self.request("POST", url, data=data, **options)


class Salesforce:
    """The opportunities of one Salesforce org."""

    name = "Salesforce"
    most_at_once = 100

    def __init__(
        self, url: str, sign_in: Mapping[str, str], object_name: str, pace: Pace, seconds: float
    ) -> None:
        """`sign_in` has a `token`, or `client_id` and `client_secret`."""
        self._object = object_name
        parts = urlsplit(url)
        session: Any = PacedSession(pace, seconds, parts.netloc if parts.scheme == "http" else None)
        if "token" in sign_in:
            self._client = _ask(
                lambda: Client(instance_url=url, session_id=sign_in["token"], session=session)
            )
        else:
            domain = (parts.hostname or "").removesuffix(".salesforce.com")
            self._client = _ask(
                lambda: Client(
                    domain=domain, consumer_key=sign_in["client_id"],
                    consumer_secret=sign_in["client_secret"], session=session,
                )
            )  # fmt: skip
        self._described: dict[str, Mapping[str, Any]] = {}

    @readable("Salesforce")
    def fields(self, related: str = "") -> Mapping[str, RemoteField] | None:
        """The fields of the opportunity, or of the object that a relation such as Account names."""
        described = self._describe(self._object)
        if related:
            target = next(
                (f["referenceTo"][0] for f in described.values()
                 if f.get("relationshipName") == related and f.get("referenceTo")), None,
            )  # fmt: skip
            if target is None:
                return None
            described = self._describe(str(target))
        return {name: _field(found) for name, found in described.items()}

    @readable("Salesforce")
    def _describe(self, name: str) -> Mapping[str, Any]:
        if name not in self._described:
            answer = _ask(lambda: self._client.restful(f"sobjects/{name}/describe"))
            self._described[name] = {f["name"]: f for f in answer["fields"]}
        return self._described[name]

    def read(self, match: str, deal_ids: Sequence[str], names: Sequence[str]) -> Found:
        """Opportunities by id or by a field, with fields of related objects."""
        found = Found()
        wanted = list(deal_ids)
        if match == "Id":
            wanted = [deal_id for deal_id in deal_ids if _ID.fullmatch(deal_id)]
            for other in set(deal_ids) - set(wanted):
                found.problems[other] = (
                    "is no Salesforce id (set match to the field that holds your deal ids)"
                )

        def failed(deal_id: str, failure: CrmFailure) -> None:
            found.problems[deal_id] = failure.problem

        for some in _by_length(wanted):
            together_or_alone(some, lambda ids: self._query(match, ids, names, found), failed)
        return found

    @readable("Salesforce")
    def _query(self, match: str, ids: Sequence[str], names: Sequence[str], found: Found) -> None:
        columns = ", ".join(dict.fromkeys(("Id", match, *names)))
        # names are identifiers (mapping.py), ids are quoted
        query = f"SELECT {columns} FROM {self._object} WHERE {match} IN {quote_soql_value(ids)}"  # noqa: S608
        answer = _ask(lambda: self._client.query(query))
        records = list(answer["records"])
        while not answer["done"]:
            rest = str(answer["nextRecordsUrl"]).rpartition("/")[2]
            answer = _ask(lambda rest=rest: self._client.query_more(rest))
            records += answer["records"]
        wanted = {_key(match, deal_id): deal_id for deal_id in ids}
        for record in records:
            deal_id = wanted.get(_key(match, str(record[match])))
            if deal_id in found.records:
                found.problems[deal_id] = f"several opportunities have this {match}"
            elif deal_id is not None:
                values = {name: _inside(record, name) for name in names}
                found.records[deal_id] = Record(str(record["Id"]), values)

    def write(self, match: str, writes: Sequence[Write], arrived: set[str]) -> dict[str, str]:
        """Update records; new ones are made by upsert, so that a second try makes no second one."""
        problems: dict[str, str] = {}
        kind = {"type": self._object}

        def update(some: Sequence[Write]) -> None:
            records = [{"attributes": kind, "id": w.record_id, **w.values} for w in some]
            self._send("composite/sobjects", records, some, problems, arrived)

        def make(some: Sequence[Write]) -> None:
            records = [{"attributes": kind, match: w.deal_id, **w.values} for w in some]
            path = f"composite/sobjects/{self._object}/{match}"
            self._send(path, records, some, problems, arrived)

        def failed(write: Write, failure: CrmFailure) -> None:
            problems[write.deal_id] = failure.problem

        for do, is_new in ((update, False), (make, True)):
            some = [w for w in writes if (w.record_id is None) == is_new]
            if some:
                together_or_alone(some, do, failed)
        return problems

    @readable("Salesforce")
    def _send(
        self, path: str, records: Sequence[object], some: Sequence[Write],
        problems: dict[str, str], arrived: set[str],
    ) -> None:  # fmt: skip
        body = {"allOrNone": False, "records": list(records)}
        results = _ask(lambda: self._client.restful(path, method="PATCH", json=body))
        if not isinstance(results, list) or len(results) != len(some):
            raise CrmFailure("Salesforce's answer does not say how each deal fared")
        for write, result in zip(some, results, strict=True):
            if result.get("success"):
                arrived.add(write.deal_id)
            else:
                problems[write.deal_id] = f"Salesforce: {_words(result.get('errors'))[0]}"


def _by_length(ids: Sequence[str]) -> list[list[str]]:
    """Groups whose ids fit into an address."""
    groups: list[list[str]] = []
    left = 0
    for deal_id in ids:
        size = len(quote(quote_soql_value(deal_id), safe="")) + 3
        if size > left:
            groups.append([])
            left = LONGEST_QUERY
        groups[-1].append(deal_id)
        left -= size
    return groups


def _key(match: str, deal_id: str) -> str:
    """An id has 15 letters, or 18 of which the last three say nothing new."""
    return deal_id[:15] if match == "Id" else deal_id


def _inside(record: Mapping[str, Any], name: str) -> object:
    found: Any = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _field(found: Mapping[str, Any]) -> RemoteField:
    kind: Kind = KINDS.get(str(found["type"]), "other")
    rich = bool(found.get("htmlFormatted")) and kind == "text" and not found.get("calculated")
    options = None
    if kind in ("choice", "choices") and found.get("restrictedPicklist"):
        options = tuple(o["value"] for o in found.get("picklistValues", ()) if o.get("active"))
    return RemoteField(
        str(found["name"]), "other" if rich else kind, "rich text" if rich else str(found["type"]),
        writable=bool(found.get("updateable")),
        unique=bool(found.get("externalId") and found.get("unique")), options=options,
        longest=int(found.get("length") or 0) or None if kind == "text" else None,
        scale=_scale(found) if kind == "number" else None, never_empty=kind == "flag",
    )  # fmt: skip


def _scale(found: Mapping[str, Any]) -> int:
    return 0 if found["type"] == "int" else int(found.get("scale") or 0)


@readable("Salesforce")
def _ask(call: Any) -> Any:
    """What the library answers; raises CrmFailure in the CRM's words."""
    try:
        return call()
    except NoAnswer as error:
        raise CrmFailure(f"Salesforce does not answer ({error})", stops=True) from None
    except SalesforceAuthenticationFailed as error:
        raise CrmFailure(
            f"Salesforce: {str(error.code)[:80]} (sign-in refused)", status=401, stops=True
        ) from None
    except SalesforceError as error:
        status = int(error.status)
        words, code = _words(error.content)
        raise CrmFailure(
            f"Salesforce: {words} (status {status})", status=status,
            stops=status in (401, 403, 429) or code == DAY_OVER,
        ) from None  # fmt: skip


def _words(content: object) -> tuple[str, str]:
    """The first error's text and code."""
    if isinstance(content, bytes | str):
        try:
            content = json.loads(content)
        except ValueError:
            return "no reason given", ""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, Mapping):
        return "no reason given", ""
    code = str(first.get("errorCode") or first.get("statusCode") or "")
    return f"{first.get('message', '')} [{code}]"[:400], code
