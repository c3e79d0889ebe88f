"""HubSpot's side of the stand-in: properties, batches of deals and companies, search, links."""

from __future__ import annotations

from typing import Any

from tests.api.crm.crm_server import Answer, CrmServer

AT = "2026-03-04T15:00:00Z"


def prop(name: str, kind: str = "string", field: str = "textarea", **more: Any) -> dict[str, Any]:
    """A property as HubSpot describes it."""
    options = [{"label": o, "value": o, "hidden": False} for o in more.pop("options", ())]
    return {
        "name": name, "label": name, "type": kind, "fieldType": field, "description": "",
        "groupName": "dealinformation", "options": options, "hasUniqueValue": False,
        "calculated": False, "modificationMetadata": {"readOnlyValue": False}, **more,
    }  # fmt: skip


DEALS = [
    prop("hs_object_id", "number", "number", modificationMetadata={"readOnlyValue": True}),
    prop("icp_deal_id", field="text", hasUniqueValue=True), prop("legacy_id", field="text"),
    prop("icp_tier", "enumeration", "select", options="ABCD"),
    prop("icp_fit_percent", "number", "number"),
    prop("icp_disqualified", "enumeration", "booleancheckbox", options=("true", "false")),
    prop("icp_disqualifiers"), prop("icp_evidence"), prop("icp_open_questions"),
    prop("icp_met", "enumeration", "checkbox", options=("size", "crm", "notes", "region")),
    prop("icp_rich", field="html"), prop("icp_score", "number", "calculation", calculated=True),
    prop("dealname"), prop("dealstage", "enumeration", "radio"), prop("amount", "number"),
    prop("closedate", "datetime", "date"), prop("deal_currency_code", "enumeration", "select"),
]  # fmt: skip
COMPANIES = [prop(n) for n in ("name", "numberofemployees", "annualrevenue", "industry", "country")]


def error(message: str, category: str = "VALIDATION_ERROR") -> dict[str, Any]:
    """An error's body."""
    return {"status": "error", "message": message, "correlationId": "c-1", "category": category}


class HubSpotServer(CrmServer):
    """One HubSpot account."""

    def unauthorized(self) -> object:
        return error("Authentication credentials not found.", "INVALID_AUTHENTICATION")

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path.startswith("/crm/v3/properties/"):
            return 200, {"results": DEALS if path.endswith("deals") else COMPANIES}
        if path == "/crm/v4/associations/deals/companies/batch/read":
            return self._linked(body)
        if path == "/crm/v3/objects/companies/batch/read":
            return self._read(self.companies, body)
        verbs = {"batch/read": lambda b: self._read(self.deals, b), "search": self._search,
                 "batch/update": self._update, "batch/upsert": self._upsert}  # fmt: skip
        verb = verbs.get(path.removeprefix("/crm/v3/objects/deals/"))
        return verb(body) if verb else (404, error("no such path"))

    def _object(self, id_: str, record: dict[str, Any], names: list[str]) -> dict[str, Any]:
        every = {name: record.get(name) for name in {*names, "hs_object_id"}}
        every["hs_object_id"] = id_
        return {"id": id_, "properties": every, "createdAt": AT, "updatedAt": AT,
                "archived": False}  # fmt: skip

    def _find(self, records: dict[str, dict[str, Any]], key: str | None, wanted: str) -> str | None:
        if key is None:
            return wanted if wanted in records else None
        return next((i for i, r in records.items() if r.get(key) == wanted), None)

    def _read(self, records: dict[str, dict[str, Any]], body: Any) -> Answer:
        if len(body["inputs"]) > 100:
            return 400, error("too many inputs")
        key = body.get("idProperty")
        if key is not None and not next(p for p in DEALS if p["name"] == key)["hasUniqueValue"]:
            return 400, error(f"{key} is not a unique property")
        found = [self._find(records, key, item["id"]) for item in body["inputs"]]
        results = [self._object(i, records[i], body["properties"]) for i in found if i]
        return self._batch(results, [error("missing", "OBJECT_NOT_FOUND")] * found.count(None))

    def _batch(self, results: list[Any], errors: list[Any]) -> Answer:
        body = {"status": "COMPLETE", "results": results, "startedAt": AT, "completedAt": AT}
        if not errors:
            return 200, body
        return 207, {**body, "numErrors": len(errors), "errors": errors}

    def _search(self, body: Any) -> Answer:
        (rule,) = body["filterGroups"][0]["filters"]
        name, wanted = rule["propertyName"], rule["values"]
        assert wanted == [value.lower() for value in wanted]
        hits = [i for i, r in self.deals.items() if str(r.get(name)).lower() in wanted]
        start = int(body.get("after") or 0)
        page = hits[start : start + 2]
        answer: dict[str, Any] = {
            "total": len(hits),
            "results": [self._object(i, self.deals[i], body["properties"]) for i in page],
        }
        if start + 2 < len(hits):
            answer["paging"] = {"next": {"after": str(start + 2), "link": "…"}}
        return 200, answer

    def _wrong(self, properties: dict[str, str]) -> str | None:
        for name, value in properties.items():
            found = next((p for p in DEALS if p["name"] == name), None)
            if found is None:
                return f'Property values were not valid: "{name}" PROPERTY_DOESNT_EXIST'
            options = [o["value"] for o in found["options"]]
            if not isinstance(value, str):
                return f"{name} is not text"
            if options and value and not set(value.split(";")) <= set(options):
                return f"{value} was not one of the allowed options of {name}"
        return None

    def _update(self, body: Any) -> Answer:
        inputs = body["inputs"]
        for item in inputs:
            if item["id"] in self.poison:
                return self.poison[item["id"]], error(f"deal {item['id']} is broken")
            if (wrong := self._wrong(item["properties"])) is not None:
                return 400, error(wrong)
        known = [item for item in inputs if item["id"] in self.deals]
        for item in known:
            self._store(item["id"], item["properties"])
        results = [self._object(i["id"], self.deals[i["id"]], []) for i in known]
        return self._batch(
            results, [error("missing", "OBJECT_NOT_FOUND")] * (len(inputs) - len(known))
        )

    def _upsert(self, body: Any) -> Answer:
        results = []
        for item in body["inputs"]:
            if (wrong := self._wrong(item["properties"])) is not None:
                return 400, error(wrong)
            known = self._find(self.deals, item["idProperty"], item["id"])
            id_ = known or str(9000 + len(self.deals))
            self._store(id_, item["properties"])
            results.append({**self._object(id_, self.deals[id_], []), "new": known is None})
        return self._batch(results, [])

    def _store(self, id_: str, properties: dict[str, str]) -> None:
        record = self.deals.setdefault(id_, {})
        for name, value in properties.items():
            record[name] = value.rstrip() or None

    def _linked(self, body: Any) -> Answer:
        results = [
            {"from": {"id": item["id"]}, "to": [
                {"toObjectId": int(to), "associationTypes": [
                    {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": None}]}
                for to, kind in self.links[item["id"]]]}
            for item in body["inputs"] if item["id"] in self.links
        ]  # fmt: skip
        return self._batch(results, [])
