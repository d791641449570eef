"""Evaluators of the tests: they write down what they do, and wait for a gate."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mabeam import Pruned, Refusal, Trial, evaluator, refuse

GATE = Path(os.environ["TEST_GATE"])
LEDGER = Path(os.environ["TEST_LEDGER"])


def note(kind: str, what: str, trial: Trial) -> None:
    """Appends a line to the ledger, which no system under test touches."""
    line = f"{trial.study.rsplit(':', 1)[1]} {kind} {what} {trial.number} {trial.attempt} {os.getpid()}\n"
    with LEDGER.open("a") as ledger:
        ledger.write(line)


def begin(kind: str, trial: Trial) -> bool:
    """Begins a trial; says whether an earlier attempt has left its checkpoint."""
    is_resumed = bool(trial.resume() == {"at": trial.number})
    trial.checkpoint({"at": trial.number})
    note(kind, "begun", trial)
    return is_resumed


def is_open(trial: Trial) -> bool:
    """The gate lets a number of trials through."""
    return trial.number <= int(GATE.read_text() or 0)


def end(kind: str, trial: Trial, is_resumed: bool) -> dict[str, float]:
    """Ends a trial."""
    note(kind, "ended", trial)
    return {"loss": float(trial.params["x"]) ** 2, "resumed": float(is_resumed)}


def work(kind: str, trial: Trial) -> dict[str, float]:
    """One trial of a function that is not async."""
    is_resumed = begin(kind, trial)
    while not is_open(trial):
        if trial.cancelled:
            note(kind, "cancelled", trial)
        trial.raise_if_cancelled()
        time.sleep(0.01)
    return end(kind, trial, is_resumed)


@evaluator("in-thread")
def in_thread(trial: Trial) -> dict[str, float]:
    """Runs in a thread."""
    return work("thread", trial)


@evaluator("in-process", runs_in="process")
def in_process(trial: Trial) -> dict[str, float]:
    """Runs in a process of a pool."""
    return work("process", trial)


@evaluator("in-loop")
async def in_loop(trial: Trial) -> dict[str, float]:
    """Runs in the event loop."""
    is_resumed = begin("loop", trial)
    try:
        while not is_open(trial):  # noqa: ASYNC110 - the gate is a file
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        note("loop", "cancelled", trial)
        raise
    return end("loop", trial, is_resumed)


def interval(trial: Trial) -> dict[str, float]:
    """Trains for one interval: a sum of the configurations that it was trained with."""
    before = trial.resume() or {"sum": 0.0, "of": []}
    checkpoint = {"sum": before["sum"] + float(trial.params["x"]), "of": [*before["of"], trial.number]}
    trial.checkpoint(checkpoint)
    if trial.attempt == 1 and trial.number == 5:
        raise ValueError("in the middle")
    if trial.attempt == 2:
        trial.checkpoint({"sum": checkpoint["sum"], "of": checkpoint["of"][:-1]})
    return {"loss": -trial.resume()["sum"], "intervals": float(len(trial.resume()["of"]))}


@evaluator("train-thread")
def train_thread(trial: Trial) -> dict[str, float]:
    """Runs in a thread."""
    return interval(trial)


@evaluator("train-process", runs_in="process")
def train_process(trial: Trial) -> dict[str, float]:
    """Runs in a process of a pool."""
    return interval(trial)


@evaluator("train-loop")
async def train_loop(trial: Trial) -> dict[str, float]:
    """Runs in the event loop."""
    return interval(trial)


@evaluator("paused")
def paused(trial: Trial) -> dict[str, float]:
    """Lasts for a while."""
    note("paused", "begun", trial)
    time.sleep(0.7)
    return {"loss": -1.0}


@evaluator("odd")
def odd(trial: Trial) -> dict[str, Any] | Refusal:
    """Answers as it is told."""
    does = trial.params["does"]
    if does == "raises":
        raise ValueError("odd")
    if does == "refuses":
        return refuse("too odd", "constraint-broken")
    if does == "bare":
        return 0.5  # type: ignore[return-value]
    values = {"nan": float("nan"), "infinite": float("inf"), "text": "0.5", "fine": 1}
    return {"other": 0.5} if does == "misnamed" else {"loss": values[does]}


def curve(trial: Trial) -> Iterator[None]:
    """Reports four steps, worse from trial to trial; its second attempt goes on where the first has ended."""
    trial.set_attribute("attempt", trial.attempt)
    trial.set_attribute("words", "über 0.5")
    if trial.attempt == 1:
        trial.set_attribute("only.first", True)
    done = trial.resume() or 0
    for step in range(done + 1, 5):
        trial.report(step, trial.number / step)
        trial.spend(0.25)
        yield
        trial.checkpoint(step)
        if trial.params["dies"] and trial.attempt == 1 and step == 3:
            raise ValueError("in the middle")


def curve_from_here(trial: Trial) -> dict[str, float]:
    """Ends when its study says so."""
    for _ in curve(trial):
        if trial.should_stop():
            raise Pruned
    return {"loss": float(trial.number)}


@evaluator("curve-thread")
def curve_thread(trial: Trial) -> dict[str, float]:
    """Runs in a thread."""
    return curve_from_here(trial)


@evaluator("curve-process", runs_in="process")
def curve_process(trial: Trial) -> dict[str, float]:
    """Runs in a process of a pool."""
    return curve_from_here(trial)


@evaluator("curve-loop")
async def curve_loop(trial: Trial) -> dict[str, float]:
    """Runs in the event loop."""
    for _ in curve(trial):
        if await trial.should_stop_async():
            raise Pruned
    return {"loss": float(trial.number)}


@evaluator("sick")
def sick(trial: Trial) -> dict[str, float]:
    """Fails while the gate is closed."""
    note("thread", "begun", trial)
    if not is_open(trial):
        raise OSError("no space left on the disk")
    return {"loss": float(trial.number)}
