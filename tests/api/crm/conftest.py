"""Both stand-ins, the real client libraries and the real commands; nothing leaves this machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.crm import connecting
from api.crm.pace import Pace
from tests.api.crm.crm_server import TOKEN, CrmServer, serving
from tests.api.crm.hubspot_server import HubSpotServer
from tests.api.crm.salesforce_server import SalesforceServer

SHIPPED = Path(connecting.__file__).parent


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be reached."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1", address
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited for a CRM, in seconds; nothing really waits."""
    slept: list[float] = []
    monkeypatch.setattr(
        connecting, "Pace", lambda rate: Pace(rate, sleep=slept.append, clock=lambda: 0.0)
    )
    return slept


@pytest.fixture
def hubspot(icp: object, pauses: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrmServer]:
    """A HubSpot account with two deals."""
    crm = HubSpotServer(
        deals={
            "17": {"icp_deal_id": "d-1", "legacy_id": "d-1", "icp_tier": "B",
                   "icp_open_questions": "mine", "dealstage": "closedwon", "amount": "12000.50",
                   "closedate": "2026-03-04T00:00:00Z", "deal_currency_code": "EUR"},
            "18": {"icp_deal_id": "d-2", "legacy_id": "d-2", "dealstage": "qualified",
                   "closedate": "2027-01-01T00:00:00Z"},
        },
        companies={"7": {"name": "Acme", "numberofemployees": "250", "industry": "BANKING"}},
        links={"17": [("8", 6), ("7", 5)], "18": [("7", 6), ("8", 6)]},
    )  # fmt: skip
    with serving(crm):
        monkeypatch.setenv("ICP_HUBSPOT_URL", crm.url)
        monkeypatch.setenv("ICP_HUBSPOT_TOKEN", TOKEN)
        yield crm


FIRST, SECOND = "006000000000001AAA", "006000000000002AAA"


@pytest.fixture
def salesforce(icp: object, pauses: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrmServer]:
    """A Salesforce org with three opportunities, so that queries have a second page."""
    crm = SalesforceServer(
        deals={
            FIRST: {"ICP_Deal_Id__c": "d-1", "Legacy__c": "d-1", "ICP_Tier__c": "B",
                    "ICP_Open_Questions__c": "mine", "StageName": "Closed Lost", "Amount": 1250.5,
                    "CloseDate": "2026-03-04", "AccountId": "001A"},
            SECOND: {"ICP_Deal_Id__c": "d-2", "Legacy__c": "d-2", "StageName": "Proposal",
                     "CloseDate": "2027-01-01"},
            "006000000000003AAA": {"ICP_Deal_Id__c": "d-3", "Legacy__c": "d-3"},
        },
        companies={"001A": {"Name": "Acme", "NumberOfEmployees": 250, "Industry": "Technology"}},
    )  # fmt: skip
    with serving(crm):
        monkeypatch.setenv("ICP_SALESFORCE_URL", crm.url)
        monkeypatch.setenv("ICP_SALESFORCE_TOKEN", TOKEN)
        yield crm


def assessment(deal_id: str, **more: Any) -> dict[str, Any]:
    """What `icp assess --json` writes of a deal, as far as a CRM gets it."""
    return {
        "deal_id": deal_id, "profile": {"id": "midmarket", "version": 3}, "calls": ["c-1", "c-2"],
        "criteria": [
            {"id": "size", "status": "met", "score": 0.9, "quote": "We are 250 people."},
            {"id": "crm", "status": "unknown", "score": None, "quote": ""},
        ],
        "triggers": [{"id": "funding", "status": "detected", "score": 0.8, "quote": "Series B!"}],
        "disqualifiers": [{"id": "locked", "status": "raised", "score": 0.7,
                           "quote": "=HYPERLINK(1) until 2027"}],
        "fit": 0.814, "coverage": 0.7, "tier": "A", "disqualified": False, "engagement": 0.6,
        "quadrant": "pursue",
        "open_questions": [{"criterion": "crm", "question": "Which CRM do you use?"}],
        **more,
    }  # fmt: skip


def write_assessments(path: Path, *found: dict[str, Any]) -> Path:
    """A file of assessments."""
    path.write_text(json.dumps(list(found)), encoding="utf-8")
    return path


def write_mapping(path: Path, text: str) -> Path:
    """A mapping file."""
    path.write_text(text, encoding="utf-8")
    return path
