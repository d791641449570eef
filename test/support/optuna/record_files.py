"""Writes studies into the files of Optuna's storages, and what Optuna itself reads back. See README.md beside this file."""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def mixed(trial: Trial) -> float:
    """All kinds of parameters, conditions to a depth of two, constraints, reports, attributes, every end."""
    model = trial.suggest_categorical("model", ["tree", "net", "=1+1"])
    rate = trial.suggest_float("learning-rate", 1e-5, 1e-1, log=True)
    quarter = trial.suggest_float("quarter", 0, 2, step=0.25)
    width = trial.suggest_int("width", 1, 1024, log=True)
    even = trial.suggest_int("even", 0, 30, step=2)
    total = rate + quarter + width / 1024 + even / 30
    if model == "tree":
        total += trial.suggest_int("depth", 1, 12)
    if model == "net":
        momentum = trial.suggest_categorical("momentum", [True, False])
        total += trial.suggest_float("beta", 0, 1) if momentum else 0.5
    trial.set_user_attr("note", 'a "quoted"\nline')
    for step in range(3):
        trial.report(math.nan if step == 1 else total / (step + 1), step)
    if trial.number % 11 == 7:
        raise optuna.TrialPruned()
    if trial.number % 13 == 5:
        raise RuntimeError("no luck")
    trial.set_constraint("memory", width - 900)
    trial.set_constraint("time limit", -1)
    return math.inf if trial.number == 17 else total


def by_layers(trial: Trial) -> float:
    """What many write: parameters in a loop whose length is one. No choice says when they are there."""
    layers = trial.suggest_int("layers", 1, 3)
    return sum(trial.suggest_int(f"units{at}", 4, 64) for at in range(layers))


def optimise(storage: BaseStorage, name: str, objective: Any, trials: int, seed: int, **how: Any) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.create_study(storage=storage, study_name=name, sampler=sampler, **how)
    study.optimize(objective, n_trials=trials, catch=(RuntimeError,))
    return study


def fill(storage: BaseStorage) -> None:
    study = optimise(storage, "mixed", mixed, 40, 1)
    study.enqueue_trial({"model": "net", "width": 3})
    study.ask({"width": IntDistribution(1, 2048, log=True)})
    study.enqueue_trial({"model": "tree"})
    study.add_trial(
        create_trial(
            value=1.5,
            params={"model": "net", "learning-rate": 0.01, "quarter": 0.5, "width": 2000, "even": 4, "momentum": False},
            distributions={
                "model": CategoricalDistribution(["tree", "net", "=1+1"]),
                "learning-rate": FloatDistribution(1e-6, 1e-1, log=True),
                "quarter": FloatDistribution(0, 2, step=0.25),
                "width": IntDistribution(1, 2048, log=True),
                "even": IntDistribution(0, 30, step=2),
                "momentum": CategoricalDistribution([True, False]),
            },
            system_attrs={"constraints:memory": -3.0, "constraints:time limit": 0.0},
        )
    )
    optimise(storage, "layers", by_layers, 12, 2, direction="maximize")
    optimise(storage, "two", lambda trial: (trial.suggest_float("x", 0, 1), 1), 3, 3, directions=["minimize", "maximize"])
    optimise(storage, "none", lambda trial: float(trial.suggest_categorical("opt", [None, "a"]) is None), 4, 4)
    optimise(storage, "gone", lambda trial: trial.suggest_float("x", 0, 1), 2, 5)
    optuna.delete_study(study_name="gone", storage=storage)
    optimise(storage, "plain", lambda trial: trial.suggest_float("x", -1, 1) ** 2, 30, 6)
    optuna.create_study(storage=storage, study_name="empty")


def finite(value: float) -> Any:
    return value if math.isfinite(value) else str(value)


def told(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": trial.state.name,
        "params": {name: trial.params[name] for name in sorted(trial.params)},
        "values": None if trial.values is None else [finite(value) for value in trial.values],
        "constraints": trial.constraints,
    }


def read(storage: BaseStorage) -> dict[str, Any]:
    names = sorted(optuna.get_all_study_names(storage))
    studies = [optuna.load_study(study_name=name, storage=storage) for name in names]
    return {
        study.study_name: {
            "directions": [each.name for each in study.directions],
            "trials": [told(trial) for trial in study.get_trials()],
        }
        for study in studies
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    journal, sqlite = folder / "journal.log", folder / "studies.db"
    for file in (journal, sqlite):
        file.unlink(missing_ok=True)
    of_journal = JournalStorage(JournalFileBackend(str(journal)))
    of_sqlite = RDBStorage(f"sqlite:///{sqlite}")
    fill(of_journal)
    fill(of_sqlite)
    told_by_optuna = {"optuna": optuna.__version__, "journal": read(of_journal), "sqlite": read(of_sqlite)}
    (folder / "studies.json").write_text(json.dumps(told_by_optuna, indent=1) + "\n")
