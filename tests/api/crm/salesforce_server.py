"""Salesforce's side of the stand-in: describe, SOQL with pages, collections that fail in part."""

from __future__ import annotations

import re
from typing import Any

from tests.api.crm.crm_server import Answer, CrmServer

BASE = "/services/data/v59.0/"


def column(name: str, kind: str = "textarea", **more: Any) -> dict[str, Any]:
    """A field as Salesforce describes it."""
    values = [{"value": v, "active": True, "label": v} for v in more.pop("values", ())]
    return {
        "name": name, "label": name, "type": kind, "length": 32000 if kind == "textarea" else 0,
        "scale": 0, "updateable": True, "createable": True, "calculated": False,
        "externalId": False, "unique": False, "htmlFormatted": False, "picklistValues": values,
        "restrictedPicklist": bool(values), "referenceTo": [], "relationshipName": None, **more,
    }  # fmt: skip


OPPORTUNITY = [
    column("Id", "id", updateable=False, length=18),
    column("ICP_Deal_Id__c", "string", length=80, externalId=True, unique=True),
    column("Legacy__c", "string", length=80),
    column("ICP_Tier__c", "picklist", values="ABCD"), column("ICP_Fit__c", "double"),
    column("ICP_Disqualified__c", "boolean"), column("ICP_Disqualifiers__c"),
    column("ICP_Evidence__c"), column("ICP_Open_Questions__c"),
    column("ICP_Short__c", "string", length=30), column("Rich__c", htmlFormatted=True),
    column("Name", "string", length=120), column("StageName", "picklist"),
    column("Amount", "currency", scale=2), column("CloseDate", "date"),
    column("AccountId", "reference", referenceTo=["Account"], relationshipName="Account"),
]  # fmt: skip
ACCOUNT = [
    column("Name", "string", length=255), column("NumberOfEmployees", "int"),
    column("AnnualRevenue", "currency"), column("Industry", "picklist"),
    column("BillingCountry", "string", length=80),
]  # fmt: skip
_QUERY = re.compile(r"SELECT (.+) FROM Opportunity WHERE (\w+) IN \((.+)\)")


class SalesforceServer(CrmServer):
    """One Salesforce org."""

    pages: dict[str, list[Any]]

    def unauthorized(self) -> object:
        return [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        rest = path.removeprefix(BASE)
        if rest == "sobjects/Opportunity/describe":
            return 200, {"name": "Opportunity", "fields": OPPORTUNITY}
        if rest == "sobjects/Account/describe":
            return 200, {"name": "Account", "fields": ACCOUNT}
        if rest == "query/":
            return self._query(query["q"])
        if rest.startswith("query/01g"):
            return 200, self._page(self.rest)
        if method == "PATCH" and rest.startswith("composite/sobjects"):
            return self._collection(rest.removeprefix("composite/sobjects").strip("/"), body)
        return 404, [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]

    def _query(self, text: str) -> Answer:
        found = _QUERY.fullmatch(text)
        assert found, text
        names = found[1].split(", ")
        ids = [re.sub(r"\\(.)", r"\1", i) for i in re.findall(r"'((?:[^'\\]|\\.)*)'", found[3])]
        if found[2] == "Id" and any(not re.fullmatch(r"\w{15}(\w{3})?", i) for i in ids):
            return 400, [{"message": "invalid ID field", "errorCode": "INVALID_QUERY_FILTER"}]
        hits = []
        for id_, deal in self.deals.items():
            value = str(id_ if found[2] == "Id" else deal.get(found[2]))
            if any(value.lower() == i.lower() or value[:15] == i for i in ids):
                hits.append(self._row(id_, deal, names))
        return 200, self._page(hits)

    rest: list[Any]

    def _page(self, hits: list[Any]) -> dict[str, Any]:
        page, self.rest = hits[:2], hits[2:]
        answer: dict[str, Any] = {"totalSize": len(hits), "done": not self.rest, "records": page}
        if self.rest:
            answer["nextRecordsUrl"] = f"{BASE}query/01gD0000002HU6KIAW-2"
        return answer

    def _row(self, id_: str, deal: dict[str, Any], names: list[str]) -> dict[str, Any]:
        row: dict[str, Any] = {"attributes": {"type": "Opportunity"}, "Id": id_}
        for name in names:
            outer, _, inner = name.partition(".")
            if inner:
                account = self.companies.get(deal.get("AccountId", ""))
                row.setdefault(outer, None if account is None else {})
                if account is not None:
                    row[outer][inner] = account.get(inner)
            elif name != "Id":
                default = False if name == "ICP_Disqualified__c" else None
                row[name] = deal.get(name, default)
        return row

    def _collection(self, external: str, body: Any) -> Answer:
        records = body["records"]
        assert body["allOrNone"] is False
        ids = [r.get("id") for r in records if r.get("id")]
        if len(records) > 200 or len(set(ids)) != len(ids):
            return 400, [{"message": "duplicate or too many", "errorCode": "BAD_REQUEST"}]
        hard = next((self.poison[i] for i in ids if self.poison.get(i, 0) >= 500), None)
        if hard is not None:
            return hard, [{"message": "An unexpected error occurred", "errorCode": "UNKNOWN"}]
        return 200, [self._one(record, external.partition("/")[2]) for record in records]

    def _one(self, record: dict[str, Any], key: str) -> dict[str, Any]:
        values = {n: v for n, v in record.items() if n not in ("attributes", "id")}
        id_ = record.get("id")
        if key:
            id_ = next((i for i, d in self.deals.items() if d.get(key) == values[key]), None)
            id_ = id_ or f"006NEW0000000{len(self.deals):02d}AAA"
            self.deals.setdefault(id_, {})
        if id_ in self.poison:
            return _failed("unable to obtain exclusive access", "UNABLE_TO_LOCK_ROW")
        if id_ not in self.deals:
            return _failed("invalid cross reference id", "INVALID_CROSS_REFERENCE_KEY")
        for name, value in values.items():
            found = next((f for f in OPPORTUNITY if f["name"] == name), None)
            if found is None:
                return _failed(f"No such column '{name}'", "INVALID_FIELD")
            options = [o["value"] for o in found["picklistValues"]]
            if options and value is not None and value not in options:
                return _failed("bad value for restricted picklist field", "INVALID_OR_NULL")
            if found["length"] and isinstance(value, str) and len(value) > found["length"]:
                return _failed(f"{name}: data value too large", "STRING_TOO_LONG")
            self.deals[id_][name] = _kept(value, found)
        return {"id": id_, "success": True, "errors": []}


def _kept(value: Any, found: dict[str, Any]) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return round(float(value), found["scale"])
    return value.rstrip().replace("\n", "\r\n")


def _failed(message: str, code: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}
