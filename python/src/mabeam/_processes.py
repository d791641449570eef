"""A pool of processes, one evaluation in each: what one does to its process harms no other."""

import asyncio
import importlib
import math
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

from mabeam._call import call
from mabeam._contract import Reporting
from mabeam._definition import Definition, definition_of
from mabeam._outcome import Failed, Outcome
from mabeam._purse import Purse
from mabeam._reporter import Asking, Reporter, StudyPort
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
    reporting: Reporting | None
    before: dict[str, Any] | None
    spent: float | None
    max_cost: float


@dataclass(frozen=True)
class Checkpoint:
    """On its way back: how far the evaluation is, and what it reported until then."""

    progress: Any
    reports: Any


@dataclass(frozen=True)
class Spent:
    """On its way back: what the trial has cost so far."""

    spent: float


@dataclass(frozen=True)
class Call:
    """On its way back: something that is said to the study. The process waits for the answer."""

    what: Literal["deliver", "ask"]
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the study has answered, or why it has not."""

    value: Any
    problem: str | None = None


@dataclass(frozen=True)
class Done:
    """On its way back: the outcome, what was reported and not delivered, and what was noted."""

    outcome: Outcome
    reports: dict[str, Any] | None
    attributes: dict[str, Any]


@dataclass
class Home:
    """What an evaluation in a process needs of the worker."""

    remember: Callable[[Any, Any], None]
    pay: Callable[[float], None]
    study: StudyPort
    reporting: Reporting | None
    # Told of a call that failed.
    failed: Callable[[Exception], None]
    # Reports of the attempt before; in the end what this one reported and did not deliver.
    waiting: dict[str, Any] | None
    # What earlier attempts have spent, and what all may.
    spent: float | None = None
    max_cost: float = math.inf
    # In the end what the attempt has noted.
    attributes: dict[str, Any] = field(default_factory=dict)

    def answer(self, call: Call) -> Answer:
        """Says something to the study."""
        try:
            if call.what == "ask":
                return Answer(self.study.ask(call.body))
            self.study.deliver(call.body)
            return Answer(None)
        except Exception as error:
            self.failed(error)
            return Answer(None, repr(error)[:500])


def work_of(definition: Definition, trial: Trial, wanted: list[str], home: Home) -> Work:
    """What a process must know to evaluate a trial; it finds the function by its name."""
    described = {
        "params": dict(trial.params),
        "seed": trial.seed,
        "study": trial.study,
        "number": trial.number,
        "attempt": trial.attempt,
        "progress": trial.resume(),
    }
    function = definition.function
    return Work(
        module=function.__module__,
        function=function.__qualname__,
        trial=described,
        wanted=wanted,
        reporting=home.reporting,
        before=home.waiting,
        spent=home.spent,
        max_cost=home.max_cost,
    )


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

    def evaluate(self, work: Work, home: Home) -> Outcome:
        """Waits for the outcome. A process that dies has failed the attempt, and this alone."""
        try:
            with self._sending:
                self._pipe.send(work)
                self._is_begun = True
                if self._is_cancelled:
                    self._pipe.send(_CANCEL)
            while True:
                told = self._pipe.recv()
                if isinstance(told, Checkpoint):
                    home.remember(told.progress, told.reports)
                elif isinstance(told, Spent):
                    home.pay(told.spent)
                elif isinstance(told, Call):
                    answer = home.answer(told)
                    with self._sending:
                        self._pipe.send(answer)
                else:
                    done: Done = told
                    home.waiting = done.reports
                    home.attributes = done.attributes
                    return done.outcome
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

    async def run(self, definition: Definition, trial: Trial, wanted: list[str], home: Home, hooks: "Hooks") -> Outcome:
        """Has a trial evaluated in a process.

        Args:
            definition: Of the evaluator.
            trial: What its function is given.
            wanted: Names of measures that must be there.
            home: Is told of checkpoints and reports.
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
            work = work_of(definition, trial, wanted, home)
            return await loop.run_in_executor(self._waiting, child.evaluate, work, home)
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


class _Line:
    """What one evaluation says to the worker; nothing more once it is over, though threads of its own may live on."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        # Checkpoints and questions come from the user's threads, too.
        self._sending = threading.Lock()
        self._is_over = False
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()

    def remember(self, progress: Any, reports: Any) -> None:
        self._send(Checkpoint(progress, reports))

    def pay(self, spent: float) -> None:
        self._send(Spent(spent))

    def deliver(self, delivery: dict[str, Any]) -> None:
        self._call(Call("deliver", delivery))

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._call(Call("ask", question))
        return answer

    def end(self, outcome: Outcome, reports: dict[str, Any] | None, attributes: dict[str, Any]) -> None:
        with self._sending:
            self._is_over = True
            self._pipe.send(Done(outcome, reports, attributes))

    def _send(self, what: object) -> bool:
        with self._sending:
            if not self._is_over:
                self._pipe.send(what)
            return not self._is_over

    def _call(self, call: Call) -> Any:
        if not self._send(call):
            raise RuntimeError("the evaluation is over")
        answer = self.answers.get()
        if answer.problem is not None:
            raise RuntimeError(answer.problem)
        return answer.value


@dataclass(frozen=True)
class _Running:
    """An evaluation, in its process."""

    work: Work
    line: _Line
    trial: Trial
    reporter: Reporter


def _begin(work: Work, line: _Line) -> _Running:
    reporter = Reporter(
        trial=work.trial["number"],
        attempt=work.trial["attempt"],
        reporting=work.reporting,
        before=work.before,
        now=time.monotonic,
    )
    trial = Trial(
        **work.trial,
        remember=lambda progress: line.remember(progress, reporter.waiting),
        # What goes wrong there is said by the worker.
        reports=Asking(reporter, line, lambda _error: None),
        spend=Purse(work.spent, work.max_cost, line.pay).spend,
    )
    return _Running(work, line, trial, reporter)


def serve(pipe: Connection) -> None:
    """The main function of a process of the pool: evaluates what comes through the pipe until that is closed."""
    # The worker ends its processes in order; a terminal and a container signal all of them.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    coming: queue.SimpleQueue[_Running] = queue.SimpleQueue()

    def receive() -> None:
        running: _Running | None = None
        try:
            while True:
                told = pipe.recv()
                if isinstance(told, Work):
                    running = _begin(told, _Line(pipe))
                    coming.put(running)
                elif running is not None and isinstance(told, Answer):
                    running.line.answers.put(told)
                elif running is not None:
                    running.trial.cancel()
        except (EOFError, OSError):
            # The worker has closed the pipe, or is no more: nobody wants what is computed here.
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        running = coming.get()
        outcome = _evaluate(running.work, running.trial)
        running.line.end(outcome, running.reporter.waiting, running.trial.attributes)


def _evaluate(work: Work, trial: Trial) -> Outcome:
    def function(given: Trial) -> Any:
        found = definition_of(getattr(importlib.import_module(work.module), work.function))
        if found is None:
            raise TypeError(f"{work.module}:{work.function} is no evaluator in a process of the pool")
        return found.function(given)

    return call(function, trial, work.wanted)
