"""A pool of processes, one evaluation in each: what one does to its process harms no other."""

import asyncio
import importlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from mabeam._call import call
from mabeam._definition import Definition, definition_of
from mabeam._outcome import Failed, Outcome
from mabeam._trial import Trial

# A fork would copy locks of Temporal's threads as they happen to be.
_SPAWN = multiprocessing.get_context("spawn")
_END_S = 2.0
_CANCEL = "cancel"


@dataclass(frozen=True)
class Work:
    """One evaluation on its way to a process: plain data."""

    module: str
    function: str
    trial: dict[str, Any]
    wanted: list[str]


@dataclass(frozen=True)
class Checkpoint:
    """On its way back: how far the evaluation is."""

    progress: Any


def work_of(definition: Definition, trial: Trial, wanted: list[str]) -> Work:
    """What a process must know to evaluate a trial; it finds the function by its name."""
    described = {
        "params": dict(trial.params),
        "seed": trial.seed,
        "study": trial.study,
        "number": trial.number,
        "attempt": trial.attempt,
        "progress": trial.resume(),
    }
    return Work(definition.function.__module__, definition.function.__qualname__, described, wanted)


class _Child:
    """One process, and the pipe to it. Used by one evaluation at a time."""

    def __init__(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        # No daemon: what is evaluated may well start processes of its own.
        self._process = _SPAWN.Process(target=serve, args=(theirs,), name="mabeam-evaluation")
        self._process.start()
        theirs.close()
        self._sending = threading.Lock()
        self._is_begun = self._is_cancelled = False

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def evaluate(self, work: Work, remember: Callable[[Any], None]) -> Outcome:
        """Waits for the outcome. A process that dies has failed the attempt, and this alone."""
        try:
            with self._sending:
                self._pipe.send(work)
                self._is_begun = True
                if self._is_cancelled:
                    self._pipe.send(_CANCEL)
            while True:
                told = self._pipe.recv()
                if not isinstance(told, Checkpoint):
                    outcome: Outcome = told
                    return outcome
                remember(told.progress)
        except (EOFError, OSError):
            self.end()
            message = f"the process of the evaluation ended ({_ending(self._process.exitcode)})"
            return Failed("evaluation-failed", message, is_final=False)
        finally:
            self._is_begun = self._is_cancelled = False

    def cancel(self) -> None:
        with self._sending, suppress(OSError):  # it may have ended
            self._is_cancelled = True
            if self._is_begun:
                self._pipe.send(_CANCEL)

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Without a pipe the process ends by itself."""
        self._pipe.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


class ProcessPool:
    """As many processes as evaluations at once; each is started when it is needed, and used again."""

    def __init__(self, slots: int) -> None:
        self._waiting = ThreadPoolExecutor(slots, thread_name_prefix="mabeam-pool")
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()

    async def run(self, definition: Definition, trial: Trial, wanted: list[str], hooks: "Hooks") -> Outcome:
        """Has a trial evaluated in a process.

        Args:
            definition: Of the evaluator.
            trial: What its function is given.
            wanted: Names of measures that must be there.
            hooks: Are told how the running evaluation is cancelled, or killed.
        """
        loop = asyncio.get_running_loop()
        child = next((each for each in self._idle if each.is_alive), None)
        self._idle = [each for each in self._idle if each.is_alive and each is not child]
        if child is None:
            child = await loop.run_in_executor(self._waiting, _Child)
        self._busy.add(child)
        hooks.cancel, hooks.kill = child.cancel, child.kill
        if trial.cancelled:
            child.cancel()
        try:
            work = work_of(definition, trial, wanted)
            return await loop.run_in_executor(self._waiting, child.evaluate, work, trial.checkpoint)
        finally:
            hooks.cancel = hooks.kill = None
            self._busy.discard(child)
            if child.is_alive:
                self._idle.append(child)

    def kill(self) -> None:
        """Kills what computes."""
        for child in self._busy:
            child.kill()

    def close(self) -> None:
        """Ends all processes; those that still compute are killed."""
        self.kill()
        for child in self._idle:
            child.end()
        self._idle = []
        self._waiting.shutdown(wait=True)


@dataclass
class Hooks:
    """How an evaluation that runs is told to end, and how it is made to."""

    cancel: Callable[[], None] | None = None
    kill: Callable[[], None] | None = None


def serve(pipe: Connection) -> None:
    """The main function of a process of the pool: evaluates what comes through the pipe until that is closed."""
    # The worker ends its processes in order; a terminal and a container signal all of them.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    coming: queue.SimpleQueue[tuple[Work, Trial]] = queue.SimpleQueue()
    # Checkpoints come from the user's threads, too.
    sending = threading.Lock()

    def send(what: object) -> None:
        with sending:
            pipe.send(what)

    def receive() -> None:
        running: Trial | None = None
        try:
            while True:
                told = pipe.recv()
                if isinstance(told, Work):
                    running = Trial(**told.trial, remember=lambda progress: send(Checkpoint(progress)))
                    coming.put((told, running))
                elif running is not None:
                    running.cancel()
        except (EOFError, OSError):
            # The worker has closed the pipe, or is no more: nobody wants what is computed here.
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        work, trial = coming.get()
        send(_evaluate(work, trial))


def _evaluate(work: Work, trial: Trial) -> Outcome:
    def function(given: Trial) -> Any:
        found = definition_of(getattr(importlib.import_module(work.module), work.function))
        if found is None:
            raise TypeError(f"{work.module}:{work.function} is no evaluator in a process of the pool")
        return found.function(given)

    return call(function, trial, work.wanted)
