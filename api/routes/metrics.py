"""`GET /metrics`: the service's figures for Prometheus, with an admin's key or open by setting.

What is told of jobs is read from the database, so every server tells the same; what is told of
requests is this process's own. Trap: labels are codes, stages and routes, never ids or names.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api.deps import ServiceDep
from api.jobs.service import Service
from api.schemas import refusals
from api.store import figures, workers

router = APIRouter(tags=["health"], responses=refusals(403))


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def read_metrics(request: Request, service: ServiceDep) -> Response:
    """Depth of the queue, age of the oldest job, times of stages, failures by code, requests."""
    if not service.settings.open_metrics:
        request.state.caller.must_be("admin")
    queue = CollectorRegistry()
    queue.register(_Jobs(service))
    text = generate_latest(queue) + generate_latest(request.app.state.traffic)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Jobs(Collector):
    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand, or registering would already look into the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures of this moment."""
        silence = 4 * self._service.settings.heartbeat
        with self._service.database.reading() as connection:
            depth = figures.depth(connection)
            oldest = figures.oldest_waiting(connection)
            failures = figures.failures(connection)
            recent = figures.recent(connection)
            alive = workers.count(connection, silence=silence)
        yield _family("icp_jobs", "Jobs by kind and state.", ("kind", "state"), depth.items())
        yield _single("icp_oldest_job_seconds", "How long the oldest job has waited.", oldest)
        codes = [((code,), number) for code, number in failures.items()]
        yield _family("icp_failed_jobs", "Jobs that failed, by code.", ("code",), codes)
        yield _single("icp_workers", "Workers with a fresh heartbeat.", alive)
        yield _single("icp_recent_calls", "Calls analysed in the last hour (to 500).", recent.calls)
        each = max(1, recent.calls)
        stages = [((name,), seconds / each) for name, seconds in recent.stages.items()]
        yield _family("icp_recent_stage_seconds", "Mean per recent call.", ("stage",), stages)
        wait = recent.waiting / each
        yield _single("icp_recent_wait_seconds", "Mean from upload to start.", wait)
        if recent.work and recent.sound:
            told = "Seconds of work per second of recording, recent calls."
            yield _single("icp_recent_real_time_factor", told, recent.work / recent.sound)


def _family(
    name: str,
    told: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[tuple[str, ...], float]],
) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _single(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)
