"""Every setting, read once from the environment (prefix `ICP_`); the only file that touches it.

Nothing here is global: a command builds `load_settings()` and hands it to `api/wiring.py`.
Trap: libraries read their own variables when they are first imported, so `quiet_libraries` must run
before torch, transformers or tokenizers are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import BadUsage

PREFIX = "ICP_"


def _default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("icp", appauthor=False))


class Settings(BaseSettings):
    """What a user may set. The README table is checked against these fields by a test."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Field(default_factory=_default_data_dir)
    """Folder of the weights; nothing is written outside it and the paths a user gives."""
    model: str = "base"
    """Speech recognition model: `base`, `tiny.en`, another model's name, or a folder."""
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    """Language of the recordings as an ISO 639 code (`en`, `de`); detected when not set."""
    threads: int = Field(default=0, ge=0, le=512)
    """CPU threads for the models; 0 takes every core."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the models run; `auto` takes a GPU when there is one."""
    allow_download: bool = False
    """Whether a model that is not in the data folder may be fetched from a model hub."""
    max_hours: float = Field(default=12.0, gt=0, le=48)
    """Longest recording that is accepted, in hours."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    """How much is logged on standard error; never the words of a call."""
    database_url: str | None = None
    """Where calls and results are kept; a SQLite file in the data folder when not set."""
    files_url: str | None = None
    """Where recordings are kept: a folder in the data folder, or `s3://bucket/prefix`."""
    auto_migrate: bool | None = None
    """Whether a start upgrades the database's tables; when not set, only for SQLite."""
    max_upload_mb: int = Field(default=2048, ge=1, le=1_000_000)
    """Largest upload that is accepted, in MiB."""
    max_transcript_mb: int = Field(default=16, ge=1, le=256)
    """Largest transcript that is accepted, in MiB; reading one takes some thirty times as much."""
    uploads_per_key: int = Field(default=16, ge=1, le=10_000)
    """Uploads that one API key may have under way at the same time, in each server process."""
    uploads_at_once: int = Field(default=64, ge=1, le=10_000)
    """Uploads under way at the same time, in each server process."""
    rate_limit: int = Field(default=3000, ge=0, le=1_000_000)
    """Requests a minute that one API key may make, in each server process; 0 is no limit."""
    open_metrics: bool = False
    """Whether `/metrics` is read without an admin's key."""
    require_consent: bool = False
    """Whether an upload must say that the people recorded agreed."""
    worker_calls: int = Field(default=1, ge=1, le=64)
    """Calls that one worker analyses at the same time."""
    keep_audio_days: int = Field(default=0, ge=0, le=36_500)
    """Days after its upload that a recording is deleted; 0 keeps it."""
    keep_text_days: int = Field(default=0, ge=0, le=36_500)
    """Days after its upload that a call is erased, with all that was said; 0 keeps it."""
    redact: bool = False
    """Whether names, addresses and numbers of people are taken out of what is stored."""
    webhook_timeout: float = Field(default=10.0, ge=0.1, le=60)
    """Seconds that a webhook's receiver has to answer."""
    webhook_http: bool = False
    """Whether webhooks may go to `http://` addresses, without encryption."""
    webhook_private: bool = False
    """Whether webhooks may go to addresses inside the own network."""
    heartbeat: float = Field(default=5.0, ge=0.1, le=60)
    """Seconds between a worker's signs of life; after four it is taken for dead."""
    half_life_days: float = Field(default=730.0, ge=0, le=36_500)
    """In a deal, what was said so many days before the last call counts half; 0: age is nothing."""
    hubspot_token: SecretStr | None = None
    """Token of a private app in HubSpot; without one no connection to it is made."""
    hubspot_url: str = "https://api.hubapi.com"
    """Where HubSpot's API is."""
    salesforce_url: str | None = None
    """Address of the Salesforce org; without one no connection to it is made."""
    salesforce_token: SecretStr | None = None
    """Access token of the Salesforce org."""
    salesforce_client_id: str | None = None
    """Instead of a token: the consumer key of a connected app that signs in by itself."""
    salesforce_client_secret: SecretStr | None = None
    """The consumer secret of that app."""
    crm_rate: float = Field(default=4.0, gt=0, le=100)
    """Requests a second that a CRM gets at most."""
    crm_timeout: float = Field(default=30.0, ge=0.1, le=600)
    """Seconds that a CRM has for an answer."""


def load_settings(**overrides: object) -> Settings:
    """The environment's settings; an override that is not None (a command's option) wins."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        option = f"--{name.replace('_', '-')}" if name in given else f"{PREFIX}{name.upper()}"
        raise BadUsage(
            f"{first['msg']}, not {first['input']!r}", field=option, remedy="see README, Settings"
        ) from error
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})


def settings_to_environment(settings: Settings) -> dict[str, str]:
    """The environment of this process with these settings in it, for a process of ours."""
    secrets = {n for n in Settings.model_fields if isinstance(getattr(settings, n), SecretStr)}
    given = settings.model_dump(mode="json", exclude_none=True, exclude=secrets)
    return {**os.environ, **{f"{PREFIX}{name.upper()}": str(v) for name, v in given.items()}}


def unknown_variables() -> list[str]:
    """Variables that start with `ICP_` but name no setting: most likely misspelt."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(k for k in os.environ if k.startswith(PREFIX) and k.upper() not in known)


def quiet_libraries(settings: Settings) -> None:
    """Keep model libraries off the network (unless allowed), without telemetry, on N threads."""
    offline = "0" if settings.allow_download else "1"
    wanted = {
        "HF_HUB_OFFLINE": offline,
        "TRANSFORMERS_OFFLINE": offline,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # threads that wait by spinning take the cores from each other on a busy machine
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    if settings.threads:
        wanted["OMP_NUM_THREADS"] = str(settings.threads)
    os.environ.update(wanted)
