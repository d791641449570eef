"""Evaluators for the tests."""

import asyncio
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from mabeam import Pruned, Refusal, Trial, evaluator, refuse

A_NUMBER = 7


@evaluator("plain")
def plain(trial: Trial) -> dict[str, float]:
    return {"loss": float(trial.params["x"]) ** 2}


@evaluator("waiting")
async def waiting(trial: Trial) -> dict[str, float]:
    await asyncio.sleep(0)
    return {"loss": float(trial.params["x"])}


def doubled(function: Callable[[Trial], dict[str, float]]) -> Callable[[Trial], dict[str, float]]:
    @functools.wraps(function)
    def outer(trial: Trial) -> dict[str, float]:
        return {name: 2 * value for name, value in function(trial).items()}

    return outer


@doubled
@evaluator("doubled", runs_in="process")
def wrapped(trial: Trial) -> dict[str, float]:
    return {"loss": float(trial.params["x"]), "process": float(os.getpid())}


def _progress(trial: Trial) -> Iterator[dict[str, int]]:
    for step in range(3):
        trial.checkpoint({"step": step})
        yield {"step": step}


@evaluator("odd", runs_in="process")
def odd(trial: Trial) -> dict[str, Any] | Refusal:
    """Does what it is told, in its own process."""
    match trial.params["does"]:
        case "checkpoints":
            from_step = trial.resume()["step"]
            return {"loss": float(from_step + len(list(_progress(trial))))}
        case "reports":
            for step in range(3):
                trial.report(step, 1.0 / (step + 1))
                if trial.should_stop():
                    raise Pruned
        case "spends":
            trial.spend(0.5)
            trial.set_attribute("paid", True)
            return {"loss": trial.spend(1.5)}
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exits":
            sys.exit(3)
        case "raises":
            raise ValueError("odd")
        case "refuses":
            return refuse("too odd", "constraint-broken")
        case "waits":
            while not trial.cancelled:
                time.sleep(0.005)
            trial.raise_if_cancelled()
        case "hangs":
            time.sleep(600)
    return {"loss": float("nan")}


def undecorated(trial: Trial) -> dict[str, float]:
    return {"loss": 0.0}
