"""Optuna on Postgres in the kill matrix.

`create URL STUDY MODE`, `worker URL STUDY MODE TARGET SECONDS`, `dump URL STUDY MODE`.
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import optuna
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, TrialState


def storage_of(url: str, mode: str) -> RDBStorage:
    """The default, or a heartbeat of 1 s with a grace of 3 s and trials that are run again."""
    if mode == "default":
        return RDBStorage(url)
    retry = RetryHeartbeatStaleTrialCallback()
    return RDBStorage(url, heartbeat_interval=1, grace_period=3, heartbeat_stale_trial_callback=retry)


def root_of(trial: FrozenTrial) -> int:
    """The suggestion that a trial goes back to: of one that is run again, the first."""
    history = trial.system_attrs.get("retry_history") or []
    return int(history[0]) if history else trial.number


def objective_of(study: str, seconds: float) -> Callable[[optuna.Trial], float]:
    """Evaluates, and says in a file of its own what it does."""
    log = os.environ["FAULTS_LOG"]

    def note(what: str, trial: optuna.Trial, root: int, x: float) -> None:
        line = {
            "what": what,
            "study": study,
            "trial": root,
            "attempt": trial.number,
            "pid": os.getpid(),
            "at": round(time.time() * 1000),
            "configuration": {"x": x},
        }
        with open(log, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def objective(trial: optuna.Trial) -> float:
        x: float = trial.suggest_float("x", 0, 1)
        root = root_of(trial.storage.get_trial(trial._trial_id))
        note("begin", trial, root, x)
        time.sleep(seconds)
        note("end", trial, root, x)
        return (x - 0.3) ** 2

    return objective


def dump(study: optuna.Study) -> list[dict[str, Any]]:
    """The trials in the words of bench/faults/checker.ts."""
    words = {TrialState.COMPLETE: "complete", TrialState.RUNNING: "running", TrialState.FAIL: "failed"}
    return [
        {"trial": root_of(each), "state": words.get(each.state, "waiting"), "configuration": each.params}
        for each in study.get_trials(deepcopy=False)
    ]


def main(words: list[str]) -> None:
    """Does one of the three."""
    verb, url, name, mode, *more = words
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    storage = storage_of(url, mode)
    if verb == "create":
        optuna.create_study(study_name=name, storage=storage)
        return
    study = optuna.load_study(study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler())
    if verb == "dump":
        sys.stdout.write(json.dumps(dump(study)))
        return
    target, seconds = int(more[0]), float(more[1])
    sys.stdout.write("polls\n")
    sys.stdout.flush()
    study.optimize(objective_of(name, seconds), callbacks=[MaxTrialsCallback(target)])


main(sys.argv[1:])
