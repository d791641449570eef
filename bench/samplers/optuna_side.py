"""Optuna's side of bench/samplers: one line of JSON for each study and each value in, one for each suggestion out."""

import json
import sys
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def gp(seed):
    """Needs torch, of which one thread is enough and more are slower."""
    import torch

    torch.set_num_threads(1)
    return optuna.samplers.GPSampler(seed=seed)


SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
    "nsga2": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
    "gp": gp,
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


def asked_of(study, dimensions):
    """A trial whose suggestion has been said."""
    trial = study.ask()
    print(json.dumps(suggest(trial, dimensions)), flush=True)
    return trial


def main():
    """Plays studies until the input ends."""
    print(json.dumps({"optuna": optuna.__version__}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        directions = ["minimize"] * asked["objectives"]
        study = optuna.create_study(sampler=SAMPLERS[asked["sampler"]](asked["seed"]), directions=directions)
        for configuration in asked["first"]:
            study.enqueue_trial(configuration)
        left = asked["trials"]
        while left > 0:
            # a batch is asked for as a whole, and then told
            trials = [asked_of(study, asked["dimensions"]) for _ in range(min(asked["batch"], left))]
            for trial in trials:
                study.tell(trial, json.loads(sys.stdin.readline()))
            left -= len(trials)


main()
