"""The worker process: connects, polls, and drains when it is told to stop."""

import asyncio
import logging
import os
import signal
import socket
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from mabeam._activity import Evaluating
from mabeam._breakable import Breakable
from mabeam._breaker import BREAK_AFTER, COOL_DOWN_S, BreakRule, Guard
from mabeam._config import Config, slots_of
from mabeam._contract import evaluator_queue
from mabeam._definition import Definition

_PATIENCE_S = 60.0
_RETRY_S = 1.0
_GRACE_S = 10.0
# Below the 30 s that containers are given before they are killed.
_FORCE_S = 25.0
_BEAT = timedelta(seconds=2)
_INTERRUPTED = 130


class Unavailable(Exception):  # noqa: N818 - named as its code is
    """No Temporal server answers."""


class Process:
    """One process: connects, polls for each evaluator, and drains when it is told to stop."""

    def __init__(self, config: Config, definitions: list[Definition], log: logging.Logger) -> None:
        """Does nothing yet.

        Args:
            config: Of the process.
            definitions: At least one; each polls a queue of its own.
            log: Told what happens.
        """
        self._config = config
        self._definitions = definitions
        self._log = log
        self._stopping = asyncio.Event()
        self._evaluating: list[Evaluating] = []
        # True when a worker has not stopped in time.
        self._is_late = False
        self._worker = f"{socket.gethostname()}/{os.getpid()}"

    async def run(self) -> int:
        """Runs until a signal.

        Returns:
            The exit code.
        """
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._interrupted, each)
        try:
            client = await self._connect()
        except Unavailable as error:
            self._log.error(str(error), extra={"fields": {"code": "temporal-unavailable"}})
            return 1
        if client is None:
            return self._stopped(0)
        workers = [self._start(client, definition) for definition in self._definitions]
        running = [asyncio.create_task(worker.run()) for worker in workers]
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        failed = next((task.exception() for task in running if task.done()), None)
        if failed is not None:
            self._log.error("a worker ended by itself: %s", failed, extra={"fields": {"code": "internal"}})
        stopping.cancel()
        await self._drain(workers, running)
        return self._stopped(0 if failed is None else 1)

    async def _drain(self, workers: list[Breakable], running: list[asyncio.Task[None]]) -> None:
        """What was begun is finished, or given back."""
        ending = [
            asyncio.create_task(worker.shutdown())
            for worker, task in zip(workers, running, strict=True)
            if not task.done()
        ]
        if ending:
            _, late = await asyncio.wait(ending, timeout=_FORCE_S)
            if late:
                self._is_late = True
                self._log.error("a worker did not stop in order")
        for each in self._evaluating:
            each.close()

    def _stopped(self, code: int) -> int:
        self._log.info("stopped", extra={"fields": {"code": code}})
        if self._is_late or any(each.has_left for each in self._evaluating):
            # Python would wait for its end, perhaps for ever; for a poll that came after our farewell, a minute.
            os._exit(code)
        return code

    def _interrupted(self, which: signal.Signals) -> None:
        if self._stopping.is_set():
            for each in self._evaluating:
                each.kill()
            os._exit(_INTERRUPTED)
        self._log.info("stopping", extra={"fields": {"signal": which.name}})
        self._stopping.set()

    async def _connect(self) -> Client | None:
        """Waits a minute for a server that is not there yet; None when it is told to stop meanwhile."""
        given: ClientConnectConfig = ClientConfig.load_client_connect_config()
        given["target_host"] = self._config.address or given.get("target_host", "127.0.0.1:7233")
        given["namespace"] = self._config.namespace or given.get("namespace", "default")
        where = f"{given['target_host']} (namespace {given['namespace']})"
        runtime = _runtime()
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        is_told = False
        while not self._stopping.is_set():
            try:
                client = await Client.connect(
                    **given, runtime=runtime, identity=f"mabeam:{os.getpid()}@{socket.gethostname()}"
                )
            except RuntimeError as error:
                if asyncio.get_running_loop().time() > deadline:
                    text = f"no Temporal server answers at {where}; start one with: npx mabeam dev"
                    raise Unavailable(text) from error
                if not is_told:
                    fields = {"address": given["target_host"], "reason": str(error)[:300]}
                    self._log.warning("waiting for the Temporal server", extra={"fields": fields})
                is_told = True
                await self._rest(_RETRY_S)
                continue
            self._log.info("connected to %s", where, extra={"fields": {"worker": self._worker}})
            return client
        return None

    async def _rest(self, seconds: float) -> None:
        waiting = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([waiting], timeout=seconds)
        waiting.cancel()

    def _start(self, client: Client, definition: Definition) -> Breakable:
        config = self._config
        queue = config.queue or evaluator_queue(definition.name, config.queue_prefix)
        slots = slots_of(config, definition.runs_in)
        guard = Guard(_rule(config))
        evaluating = Evaluating(definition, client, self._worker, slots, guard)
        self._evaluating.append(evaluating)

        def create(only: int | None) -> Worker:
            at_once = slots if only is None else only
            worker = Worker(
                client,
                task_queue=queue,
                activities=[evaluating.evaluate],
                max_concurrent_activities=at_once,
                activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=3, maximum=50),
                graceful_shutdown_timeout=timedelta(seconds=_GRACE_S),
                deployment_config=_deployment(config),
            )
            fields = {"queue": queue, "evaluator": definition.name, "runsIn": definition.runs_in, "slots": at_once}
            self._log.info("polls %s", queue, extra={"fields": fields})
            return worker

        return Breakable(guard, create)


def _rule(config: Config) -> BreakRule:
    after = BREAK_AFTER if config.break_after is None else config.break_after
    return BreakRule(after, COOL_DOWN_S if config.cool_down_seconds is None else config.cool_down_seconds)


def _deployment(config: Config) -> WorkerDeploymentConfig | None:
    if config.deployment_name is None or config.build_id is None:
        return None
    version = WorkerDeploymentVersion(deployment_name=config.deployment_name, build_id=config.build_id)
    return WorkerDeploymentConfig(
        version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.PINNED
    )


def _runtime() -> Runtime:
    """Temporal's core: its log goes where ours goes, and it tells the server every two seconds that it lives."""
    forwarding = LogForwardingConfig(
        logging.getLogger("temporalio.core"), append_target_to_name=False, prepend_target_on_message=False
    )
    telemetry = TelemetryConfig(
        logging=LoggingConfig(TelemetryFilter(core_level="WARN", other_level="WARN"), forwarding=forwarding)
    )
    return Runtime(telemetry=telemetry, worker_heartbeat_interval=_BEAT)


def run_worker(config: Config, definitions: list[Definition], log: logging.Logger) -> int:
    """Runs a worker process until a signal.

    Returns:
        The exit code.
    """

    async def run() -> int:
        return await Process(config, definitions, log).run()

    return asyncio.run(run())
