"""Optuna's side of bench/samplers: one line of JSON for each study and each value in, one for each suggestion out."""

import json
import sys
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


def suggest(trial, dimensions):
    """A value for each active dimension, in the order of the space."""
    values = {}
    for name, dimension in dimensions.items():
        if any(values.get(on) != value for on, value in dimension.get("when", {}).items()):
            continue
        kind = dimension["kind"]
        if kind == "float":
            values[name] = trial.suggest_float(
                name, dimension["low"], dimension["high"], log=dimension["log"], step=dimension.get("step")
            )
        elif kind == "int":
            values[name] = trial.suggest_int(
                name, dimension["low"], dimension["high"], log=dimension["log"], step=dimension["step"]
            )
        elif kind == "boolean":
            values[name] = trial.suggest_categorical(name, [False, True])
        else:
            values[name] = trial.suggest_categorical(name, dimension["choices"])
    return values


def main():
    """Plays studies until the input ends."""
    print(json.dumps({"optuna": optuna.__version__}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        study = optuna.create_study(sampler=SAMPLERS[asked["sampler"]](asked["seed"]))
        for configuration in asked["first"]:
            study.enqueue_trial(configuration)
        for _ in range(asked["trials"]):
            trial = study.ask()
            print(json.dumps(suggest(trial, asked["dimensions"])), flush=True)
            study.tell(trial, json.loads(sys.stdin.readline()))


main()
