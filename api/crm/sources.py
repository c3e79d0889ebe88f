"""Where tags come from: what `icp assess --json` wrote, or the service's assessments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from api.crm.tags import Tags, one_profile, read_tags
from api.jobs.assessing import assess_stored
from api.jobs.service import Service
from api.store import deals, profiles
from api.store.records import Deal
from api.store.scope import EVERYTHING
from api.wiring import Services
from pipeline.errors import BadUsage, InputError

MOST_BYTES = 1024 * 1024 * 1024
AT_ONCE = 200


def tags_in_file(path: Path, profile: str | None) -> list[Tags]:
    """The tags in assessments that `icp assess --json` wrote; raises InputError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is larger than 1 GiB", file=str(path))
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            "is no JSON", file=str(path), remedy="name what `icp assess --json` wrote"
        ) from error
    items = data if isinstance(data, list) else [data]
    found = [
        read_tags(item, str(path) if len(items) == 1 else f"{path}[{i}]")
        for i, item in enumerate(items)
    ]
    return one_profile(found, profile, str(path))


def tags_in_store(
    service: Service,
    services: Services,
    profile: str,
    deal_ids: Sequence[str],
    tell: Callable[[str], None],
) -> list[Tags]:
    """The tags of stored deals against a profile's active version; deals without calls have none.

    Assessments that are out of date are made anew from what is stored.
    """
    with service.database.reading() as connection:
        version = profiles.active(connection, profile)
    if version is None:
        raise BadUsage(f"there is no profile {profile[:60]!r} in the service", field="--profile")
    found = []
    unweighed = 0
    for deal in chosen_deals(service, deal_ids):
        body = dict(assess_stored(service, services, deal, version, EVERYTHING))
        unweighed += bool(body.get("unweighed"))
        if body.get("calls"):
            found.append(read_tags(body, f"deal {deal.id}", deal.account))
    if unweighed:
        tell(f"{unweighed} deals have calls that were not weighed for every statement yet")
    return found


def chosen_deals(service: Service, deal_ids: Sequence[str]) -> Iterator[Deal]:
    """Stored deals by id, or all of them; raises BadUsage for one that is not there."""
    if deal_ids:
        with service.database.reading() as connection:
            known = {deal_id: deals.get(connection, deal_id) for deal_id in deal_ids}
        for deal_id, deal in known.items():
            if deal is None:
                raise BadUsage(f"there is no deal {deal_id[:60]!r}", field="--deal")
            yield deal
        return
    cursor: str | None = None
    while True:
        with service.database.reading() as connection:
            page = deals.find(connection, EVERYTHING, cursor=cursor, limit=AT_ONCE)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next
