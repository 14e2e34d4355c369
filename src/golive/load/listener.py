"""Runs inside Locust's own process: the stages as a shape, a true series, a watch on the parent.

Loaded as ``locust -f listener.py,<user file>``; importing it anywhere else would patch sockets and
threads, because importing locust does. All it needs stands in the JSON file that the environment
variable ``GOLIVE_LOAD_RUN`` names: ``stages`` (users, spawn_rate, seconds), ``series``, ``result``
and ``lifeline``, the number of a pipe that closes when the process that asked for the load is gone.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
import gevent.monkey
import locust
from locust import LoadTestShape, events

from golive.load.histogram import bucket, merged, percentile

_RUN: dict[str, Any] = json.loads(Path(os.environ["GOLIVE_LOAD_RUN"]).read_text(encoding="utf-8"))
_TICK = 0.05
_MOST_ERRORS = 10
#: ``select`` and threads as they were before Locust replaced them by cooperative ones: the watch
#: must work even when user code never yields.
_select = gevent.monkey.get_original("select", "select")
_start_thread = gevent.monkey.get_original("_thread", "start_new_thread")


def _watch_parent(lifeline: int, parent: int) -> None:
    """End this process and its children the moment nobody waits for the result any more."""
    while os.getppid() == parent:
        ready, _, _ = _select([lifeline], [], [], 1.0)
        if ready:
            # Nothing is ever written to it: readable means closed.
            break
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(75)


class _Second:
    """What happened within one second."""

    def __init__(self) -> None:
        self.errors = 0
        self.histogram: Counter[int] = Counter()


class _Recorder:
    """Counts requests by name and by second, and how the generator itself is doing."""

    def __init__(self) -> None:
        self.names: dict[str, dict[str, Any]] = {}
        self.errors: Counter[str] = Counter()
        self.seconds: dict[int, _Second] = {}
        self.lag: Counter[int] = Counter()
        self.second_lag = 0.0
        self.peak_users = 0
        self.final_users = 0
        self.user_file_errors = 0
        self.completed = False
        self.written = 0
        self.started_at = datetime.now(UTC)
        self.started = time.monotonic()
        self.cpu = self.second_cpu = time.process_time()
        self.environment: Any = None

    def start(self, environment: Any) -> None:
        self.environment = environment
        self.started_at = datetime.now(UTC)
        self.started = time.monotonic()
        self.cpu = self.second_cpu = time.process_time()
        gevent.spawn(self._measure_lag)
        gevent.spawn(self._write_each_second)

    def request(self, name: str, milliseconds: float, error: object, status: int) -> None:
        edge = bucket(milliseconds)
        entry = self.names.setdefault(
            name, {"requests": 0, "errors": 0, "unanswered": 0, "histogram": Counter()}
        )
        entry["requests"] += 1
        entry["histogram"][edge] += 1
        second = self.seconds.setdefault(int(time.monotonic() - self.started), _Second())
        second.histogram[edge] += 1
        if error is not None:
            second.errors += 1
            entry["errors"] += 1
            entry["unanswered"] += not status
            self.errors[f"{name}: {error}"[:200]] += 1

    def _measure_lag(self) -> None:
        while True:
            before = time.monotonic()
            gevent.sleep(_TICK)
            late = max(0.0, time.monotonic() - before - _TICK) * 1000
            self.lag[bucket(late)] += 1
            self.second_lag = max(self.second_lag, late)
            users = self.environment.runner.user_count if self.environment.runner else 0
            self.peak_users = max(self.peak_users, users)

    def _write_each_second(self) -> None:
        while True:
            passed = time.monotonic() - self.started
            gevent.sleep(int(passed) + 1 - passed)
            self.write_series(int(time.monotonic() - self.started))

    def write_series(self, until: int) -> None:
        """Write the lines of all seconds before ``until`` that are not written yet."""
        cpu = time.process_time()
        with Path(_RUN["series"]).open("a", encoding="utf-8") as stream:
            for number in range(self.written, until):
                stream.write(json.dumps(self._line(number, cpu - self.second_cpu)) + "\n")
                self.second_cpu, self.second_lag = cpu, 0.0
        self.written = max(self.written, until)

    def _line(self, number: int, cpu: float) -> dict[str, object]:
        second = self.seconds.pop(number, None) or _Second()
        shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
        return {
            "second": number,
            "users": self.environment.runner.user_count if self.environment.runner else 0,
            "requests": sum(second.histogram.values()),
            "errors": second.errors,
            **{key: percentile(second.histogram, share) for key, share in shares.items()},
            "generator_cpu": round(cpu, 3),
            "generator_lag_ms": round(self.second_lag, 1),
        }

    def result(self) -> dict[str, object]:
        seconds = time.monotonic() - self.started
        return {
            "schema": "golive/load-result/v1",
            "completed": self.completed,
            "started": self.started_at.isoformat(),
            "ended": datetime.now(UTC).isoformat(),
            "seconds": round(seconds, 3),
            "peak_users": self.peak_users,
            "final_users": self.final_users,
            "user_file_errors": self.user_file_errors,
            "requests": sum(merged(n["histogram"] for n in self.names.values()).values()),
            "names": self.names,
            "errors": self.errors.most_common(_MOST_ERRORS),
            "generator": {
                "version": f"locust {locust.__version__}",
                "cpu": round((time.process_time() - self.cpu) / seconds, 4),
                "lag_p99_ms": percentile(self.lag, 0.99) or 0.0,
                "lag_max_ms": percentile(self.lag, 1.0) or 0.0,
            },
        }


_recorder = _Recorder()


class ProfileShape(LoadTestShape):
    """The profile's stages, one after the other."""

    began: float | None = None

    def tick(self) -> tuple[int, float] | None:
        """Return users and spawn rate now; None ends the run."""
        self.began = self.began or time.monotonic()
        left = time.monotonic() - self.began
        for users, spawn_rate, seconds in _RUN["stages"]:
            if left < seconds:
                return users, spawn_rate
            left -= seconds
        _recorder.completed = True
        _recorder.final_users = self.runner.user_count if self.runner else 0
        return None


def _on_start(environment: Any, **_: object) -> None:
    _recorder.start(environment)


def _on_request(
    name: str,
    response_time: float,
    exception: object = None,
    response: Any = None,
    request_type: str = "",
    **_: object,
) -> None:
    status = getattr(response, "status_code", 0) or 0
    _recorder.request(f"{request_type} {name}".strip(), response_time or 0.0, exception, status)


def _on_user_error(exception: BaseException, **_: object) -> None:
    _recorder.user_file_errors += 1
    _recorder.errors[f"{type(exception).__name__}: {exception}"[:200]] += 1


def _on_quitting(environment: Any, **_: object) -> None:
    del environment
    if _recorder.environment is not None:
        _recorder.write_series(int(time.monotonic() - _recorder.started) + 1)
    target = Path(_RUN["result"])
    draft = target.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(_recorder.result(), stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(target)


_events: Any = events  # locust leaves its hooks untyped
_events.test_start.add_listener(_on_start)
_events.request.add_listener(_on_request)
_events.user_error.add_listener(_on_user_error)
_events.quitting.add_listener(_on_quitting)
_start_thread(_watch_parent, (int(_RUN["lifeline"]), os.getppid()))
