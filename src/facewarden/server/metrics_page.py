"""What is counted, for Prometheus; names of cameras and routes, never of people."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from facewarden import __version__
from facewarden.capture.source import SourceState
from facewarden.errors import FacewardenError
from facewarden.pipeline.control import ask
from facewarden.server.context import Context
from facewarden.watch_places import control_path

LATELY = timedelta(hours=1)


class Numbers(Collector):
    """Reads everything anew for each page."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        yield from self._server()
        yield from self._store()
        yield from self._watch()

    def _server(self) -> Iterator[Metric]:
        context = self._context
        about = GaugeMetricFamily("facewarden", "This program.", labels=["version"])
        about.add_metric([__version__], 1)
        yield about
        labels = ["method", "route", "status"]
        requests = CounterMetricFamily("facewarden_requests", "Requests.", labels=labels)
        seconds = CounterMetricFamily(
            "facewarden_request_seconds", "Time that they took.", labels=labels
        )
        for (method, route, status), (number, spent) in context.counters.requests().items():
            requests.add_metric([method, route, str(status)], number)
            seconds.add_metric([method, route, str(status)], spent)
        yield requests
        yield seconds
        for name, words, value in (
            ("facewarden_streams", "Clients that follow the alerts.", context.feed.streams),
            ("facewarden_jobs", "Jobs that are not ended.", context.jobs.running()),
        ):
            gauge = GaugeMetricFamily(name, words)
            gauge.add_metric([], value)
            yield gauge
        failures = CounterMetricFamily(
            "facewarden_decode_failures", "Uploads that could not be decoded."
        )
        failures.add_metric([], context.decoder.failures)
        yield failures

    def _store(self) -> Iterator[Metric]:
        store = self._context.store
        waiting = GaugeMetricFamily("facewarden_deliveries_waiting", "Deliveries not accepted yet.")
        waiting.add_metric([], store.alerts.backlog())
        yield waiting
        alerts = GaugeMetricFamily("facewarden_alerts", "Alerts that are kept.")
        alerts.add_metric([], store.alerts.count())
        yield alerts
        now = self._context.clock()
        families = {
            name: GaugeMetricFamily(f"facewarden_camera_{name}_last_hour", words, labels=["camera"])
            for name, words in (
                ("analysed", "Frames analysed."),
                ("dropped", "Frames due and replaced by newer ones."),
                ("faces", "Faces detected."),
                ("watched_s", "Seconds with pictures."),
                ("down_s", "Seconds without."),
            )
        }
        for line in store.activity.totals(now - LATELY, now + timedelta(minutes=1)):
            for name, family in families.items():
                family.add_metric([line.camera_id], getattr(line, name))
        yield from families.values()

    def _watch(self) -> Iterator[Metric]:
        labels = ["deployment", "camera"]
        running = GaugeMetricFamily(
            "facewarden_watch_running", "A watch answers.", labels=["deployment"]
        )
        up = GaugeMetricFamily("facewarden_camera_up", "It gives pictures.", labels=labels)
        frames = {
            name: CounterMetricFamily(f"facewarden_camera_frames_{name}", words, labels=labels)
            for name, words in (("analysed", "Frames analysed."), ("dropped", "Frames dropped."))
        }
        spent = CounterMetricFamily(
            "facewarden_stage_seconds", "Time spent in a stage.", labels=["deployment", "stage"]
        )
        items = CounterMetricFamily(
            "facewarden_stage_items", "Things done in a stage.", labels=["deployment", "stage"]
        )
        presented = CounterMetricFamily(
            "facewarden_presentation",
            "Tracks that are over, by what was presented; held counts alerts that nobody was told.",
            labels=["deployment", "outcome"],
        )
        waiting = GaugeMetricFamily(
            "facewarden_records_waiting",
            "Records of a watch that are not written to the store yet.",
            labels=["deployment"],
        )
        lost = CounterMetricFamily(
            "facewarden_records_lost",
            "Records that could not be written and never will be.",
            labels=["deployment"],
        )
        for deployment, path in self._sockets():
            try:
                reply = ask(path, {"ask": "status"})
            except FacewardenError:
                running.add_metric([deployment], 0)
                continue
            running.add_metric([deployment], 1)
            for entry in reply.get("cameras", []):
                camera = [deployment, str(entry["camera"])]
                up.add_metric(camera, float(entry["state"] == SourceState.WATCHING.value))
                for name, family in frames.items():
                    family.add_metric(camera, float(entry[name]))
            for entry in reply.get("stages", []):
                stage = [deployment, str(entry["stage"])]
                spent.add_metric(stage, float(entry["seconds"]))
                items.add_metric(stage, float(entry["items"]))
            for entry in reply.get("presentation", []):
                presented.add_metric([deployment, str(entry["outcome"])], float(entry["count"]))
            for entry in reply.get("records", []):
                waiting.add_metric([deployment], float(entry["waiting"]))
                lost.add_metric([deployment], float(entry["lost"]))
        yield from (running, up, *frames.values(), spent, items, presented, waiting, lost)

    def _sockets(self) -> Iterator[tuple[str, Path]]:
        """Yield deployment and socket of each watch; a watch of no deployment has none."""
        settings = self._context.settings
        if (path := control_path(settings)).exists():
            yield "", path
        now = self._context.clock()
        for deployment in self._context.store.deployments.due(now):
            number = deployment.deployment_id
            yield str(number), control_path(settings, number)


def render(context: Context) -> bytes:
    """Return the page in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(context))
    return generate_latest(registry)
