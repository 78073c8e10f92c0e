"""What arrives at a collector over OTLP/HTTP: real exporters, a real socket, protobuf."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.observability import instrument
from tests.fleet_kit import NO_RETRY, Model, model
from tests.runtime.executors.faulty_server import FaultyServer, answer

from .test_http_calls import GOOD


class Collector:
    """Takes what exporters send."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.metrics: list[Any] = []

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            told = ExportTraceServiceRequest.FromString(body)
            scopes = [scope for one in told.resource_spans for scope in one.scope_spans]
            self.spans += [span for scope in scopes for span in scope.spans]
        else:
            found = ExportMetricsServiceRequest.FromString(body)
            groups = [scope for one in found.resource_metrics for scope in one.scope_metrics]
            self.metrics += [metric for group in groups for metric in group.metrics]


@contextmanager
def collecting() -> Generator[tuple[Collector, str]]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield collector, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(attributes: Any) -> dict[str, Any]:
    """Attributes as they come in protobuf."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def test_a_collector_gets_the_task_its_attempts_and_the_metrics() -> None:
    with collecting() as (collector, url):
        tracers = TracerProvider(shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{url}/v1/metrics"), 1e9)
        meters = MeterProvider([reader], shutdown_on_exit=False)
        _ask(tracers, meters)
        assert tracers.force_flush()
        assert meters.force_flush()
        tracers.shutdown()
        meters.shutdown()

    (task,) = [span for span in collector.spans if span.name == "hive.task"]
    failed, asked = [span for span in collector.spans if span is not task]
    assert (failed.name, asked.name) == ("hive.attempt bad", "chat tiny")
    assert {failed.parent_span_id, asked.parent_span_id} == {task.span_id}
    assert {failed.trace_id, asked.trace_id} == {task.trace_id}
    assert (failed.status.message, failed.status.code) == ("transient", 2)
    assert (asked.kind, asked.status.code, failed.kind) == (3, 0, 1)
    assert told(asked.attributes)["gen_ai.request.model"] == "tiny"
    assert told(task.attributes)["hive.attempts"] == 2
    assert task.start_time_unix_nano <= failed.start_time_unix_nano
    assert asked.end_time_unix_nano <= task.end_time_unix_nano
    units = {metric.name: metric.unit for metric in collector.metrics}
    assert units["gen_ai.client.inference.duration"] == "s"
    assert units["gen_ai.client.inference.usage.input_tokens"] == "{token}"


def _ask(tracers: TracerProvider, meters: MeterProvider) -> None:
    async def story() -> None:
        async with FaultyServer(answer(200, GOOD)) as server:
            good = ModelConfig(id="a", endpoint=server.base_url, model="tiny", retry=NO_RETRY)
            runtime = Runtime(models=[model("bad", Model(ConnectionError())), good])
            instrument(runtime, tracer_provider=tracers, meter_provider=meters)
            async with runtime:
                assert (await runtime.execute(Task({"prompt": "Hi"}))).success

    asyncio.run(story())
