"""Reports a run on a stream that may break: whatever was not acknowledged is sent again on the next one."""

import random
import threading
import time
from collections import OrderedDict
from urllib.parse import urlsplit

import grpc
from google.protobuf import json_format

METHOD = "/signalbox.runs.v1.ReportService/Report"
LARGEST_BATCH = 1000

# What another attempt cannot mend.
PERMANENT = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNIMPLEMENTED,
}


class Reporter:
    """One reporter of one run. Its reports are counted from 1, so whoever starts again must take another name."""

    def __init__(self, contract, url, token, run, name, on_event=lambda event: None):
        self._request = contract.message("signalbox.runs.v1.ReportRequest")
        self._report = contract.message("signalbox.runs.v1.Report")
        self._response = contract.message("signalbox.runs.v1.ReportResponse")
        self._url, self._token, self._run, self._name = urlsplit(url), token, run, name
        self._on_event = on_event
        self._changed = threading.Condition()
        self._waiting = OrderedDict()  # what is not acknowledged yet, by sequence
        self._last = 0
        self._closed = False
        self._failure = None
        self.stop = None  # "gracefully" or "at once", once the run is to stop
        self.refused = []
        self._thread = threading.Thread(target=self._keep_streaming, daemon=True)
        self._thread.start()

    def report(self, step="", attempt=1, **change):
        """Queues a report, in the JSON of the contract: report("train", started={}). Never waits for the network."""
        report = json_format.ParseDict({"step": step, "attempt": attempt, **change}, self._report())
        report.time.FromNanoseconds(time.time_ns() // 1000 * 1000)
        with self._changed:
            if self._failure:
                raise self._failure
            self._last += 1
            report.sequence = self._last
            self._waiting[report.sequence] = report
            self._changed.notify_all()

    def close(self, timeout=60):
        """Waits until every report is acknowledged, and ends the stream."""
        with self._changed:
            done = self._changed.wait_for(lambda: not self._waiting or self._failure, timeout)
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout)
        if self._failure:
            raise self._failure
        if not done:
            raise TimeoutError(f"{len(self._waiting)} reports were not acknowledged within {timeout} s")

    def _keep_streaming(self):
        pause = 0.1
        with self._channel() as channel:
            open_stream = channel.stream_stream(
                METHOD, request_serializer=self._request.SerializeToString, response_deserializer=self._response.FromString
            )
            while not self._closed:
                stream = Stream()
                try:
                    call = open_stream(self._requests(stream), metadata=[("authorization", f"Bearer {self._token}")])
                    for response in call:
                        pause = 0.1
                        self._hear(response)
                except grpc.RpcError as error:
                    self._on_event({"broken": error.code().name, "waiting": len(self._waiting)})
                    if error.code() in PERMANENT:
                        with self._changed:
                            self._failure = error
                            self._changed.notify_all()
                        return
                    time.sleep(pause * random.uniform(0.5, 1))
                    pause = min(pause * 2, 5)
                finally:
                    with self._changed:
                        stream.over = True
                        self._changed.notify_all()

    def _requests(self, stream):
        """What goes out on one stream: first the run alone, to hear of a stop; then all that is not acknowledged, in order, as it comes."""
        yield self._request(run=self._run, reporter=self._name)
        sent = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: stream.over or self._closed or self._last > sent)
                if stream.over or (self._closed and not self._waiting):
                    return
                reports = [report for sequence, report in self._waiting.items() if sequence > sent][:LARGEST_BATCH]
                if self._closed and not reports:
                    return
            if reports:
                yield self._request(run=self._run, reporter=self._name, reports=reports)
                sent = reports[-1].sequence

    def _hear(self, response):
        part = response.WhichOneof("part")
        if part == "acknowledged":
            with self._changed:
                while self._waiting and next(iter(self._waiting)) <= response.acknowledged:
                    self._waiting.popitem(last=False)
                self._changed.notify_all()
            self._on_event({"acknowledged": response.acknowledged})
        elif part == "refused":
            self.refused.append((response.refused.sequence, response.refused.reason, response.refused.message))
            self._on_event({"refused": response.refused.sequence, "reason": response.refused.reason})
        elif part == "stop":
            self.stop = "at once" if response.stop.force else "gracefully"
            self._on_event({"stop": self.stop})

    def _channel(self):
        options = [
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2000),
            ("grpc.keepalive_time_ms", 30000),
        ]
        if self._url.scheme == "https":
            return grpc.secure_channel(self._url.netloc, grpc.ssl_channel_credentials(), options)
        return grpc.insecure_channel(self._url.netloc, options)


class Stream:
    """Whether one stream has ended, for the part that writes to it."""

    over = False
