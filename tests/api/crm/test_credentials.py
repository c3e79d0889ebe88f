"""Credentials: out of the environment only, hidden wherever settings are shown or handed on."""

from __future__ import annotations

import pytest

from api.crm.connecting import first_contact, without_secrets
from api.crm.remote import CrmFailure
from api.settings import Settings, load_settings, settings_to_environment
from pipeline.errors import BadUsage

SECRETS = ("ICP_HUBSPOT_TOKEN", "ICP_SALESFORCE_TOKEN", "ICP_SALESFORCE_CLIENT_SECRET")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in SECRETS:
        monkeypatch.setenv(name, f"s3cret-{name}")
    return load_settings()


def test_settings_do_not_show_them(settings: Settings) -> None:
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_process_of_ours_gets_them_as_they_are(settings: Settings) -> None:
    given = settings_to_environment(settings)
    assert [given[name] for name in SECRETS] == [f"s3cret-{name}" for name in SECRETS]


@pytest.mark.parametrize(("status", "error"), [(401, BadUsage), (404, BadUsage), (0, CrmFailure)])
def test_what_a_crm_says_of_them_is_not_repeated(
    settings: Settings, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised, first_contact(settings):
        raise CrmFailure(f"bad {' '.join(f's3cret-{n}' for n in SECRETS)}", status=status)
    assert "s3cret" not in str(raised.value)
    assert without_secrets("nothing here", settings) == "nothing here"
