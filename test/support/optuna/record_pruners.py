"""Records what Optuna 5's pruners decide. See README.md beside this file."""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import scipy.stats
from optuna import pruners
from optuna.samplers._tpe.sampler import _split_trials, default_gamma
from optuna.trial import TrialState, create_trial

SHAPES = ["smooth", "noisy", "rounded", "odd"]


def made(spec: dict[str, Any]) -> pruners.BasePruner:
    """The pruner of Optuna for one of our specifications."""
    kind, steps = spec["kind"], {"n_warmup_steps": spec.get("warmupSteps", 0), "interval_steps": spec.get("intervalSteps", 1)}
    few = {"n_startup_trials": spec.get("startupTrials", 5), "n_min_trials": spec.get("minTrials", 1)}
    boot = {"bootstrap_count": spec.get("bootstrapCount", 0)}
    if kind == "median":
        return pruners.MedianPruner(**few, **steps)
    if kind == "percentile":
        return pruners.PercentilePruner(spec["percentile"], **few, **steps)
    if kind == "halving":
        rate = spec.get("minEarlyStoppingRate", 0)
        return pruners.SuccessiveHalvingPruner(spec.get("minResource", "auto"), spec.get("reductionFactor", 4), rate, **boot)
    if kind == "hyperband":
        most = spec.get("maxResource", "auto")
        return pruners.HyperbandPruner(spec.get("minResource", 1), most, spec.get("reductionFactor", 3), **boot)
    if kind == "wilcoxon":
        return pruners.WilcoxonPruner(p_threshold=spec.get("pThreshold", 0.1), n_startup_steps=spec.get("startupSteps", 2))
    if kind == "threshold":
        return pruners.ThresholdPruner(spec.get("lower"), spec.get("upper"), **steps)
    of = made(spec["of"]) if "of" in spec else None
    return pruners.PatientPruner(of, spec["patience"], spec.get("minDelta", 0.0))


def told(value: float) -> Any:
    return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def curve(shape: str, level: float, length: int, rng: np.random.RandomState) -> list[float]:
    steps = np.arange(length)
    values = level + np.exp(-steps / (1 + length * rng.rand()))
    if shape != "smooth":
        values = values + 0.15 * rng.randn(length)
    if shape == "rounded":
        values = np.round(values, 1)
    if shape == "odd":
        values = np.where(rng.rand(length) < 0.12, rng.choice([math.nan, math.inf, -math.inf]), values)
    return [round(float(value), 4) for value in values]


def case(spec: dict[str, Any], shape: str, direction: str, seed: int) -> dict[str, Any]:
    """A study whose trials report by turns, some in strides, and mostly do what they are told.

    What happened is told as "trial step value", with "stop" behind it where Optuna says so, and as "trial state".
    """
    rng = np.random.RandomState(seed)
    name = f"{spec['kind']}-{seed}"
    study = optuna.create_study(study_name=name, direction=direction.replace("mise", "mize"), pruner=made(spec))
    happened: list[str] = []
    open_: list[dict[str, Any]] = []
    length = int(rng.choice([8, 20, 40]))
    begun = 0
    while begun < 18 or open_:
        if begun < 18 and (len(open_) < 3 or rng.rand() < 0.05):
            begun += 1
            stride = int(rng.choice([1, 1, 1, 2]))
            values = curve(shape, rng.rand(), length, rng)
            open_.append({"trial": study.ask(), "steps": list(range(int(rng.randint(2)), length, stride)), "values": values})
        one = open_[rng.randint(len(open_))]
        trial, number = one["trial"], one["trial"].number + 1
        if one["steps"] and rng.rand() > 0.004:
            step = one["steps"].pop(0)
            value = one["values"][step]
            trial.report(value, step)
            stops = bool(trial.should_prune())
            happened.append(f"{number} {step} {told(value)}{' stop' if stops else ''}")
            if not stops or rng.rand() < 0.1:
                continue
            study.tell(trial, state=TrialState.PRUNED)
            happened.append(f"{number} pruned")
        elif one["steps"]:
            study.tell(trial, state=TrialState.FAIL)
            happened.append(f"{number} failed")
        else:
            finite = [value for value in one["values"] if math.isfinite(value)]
            value = float(np.mean(finite)) if finite else 0.0
            study.tell(trial, value)
            happened.append(f"{number} complete {value}")
        open_.remove(one)
    return {"study": name, "direction": direction, "pruner": spec, "happened": ", ".join(happened)}


def specs() -> list[dict[str, Any]]:
    median = {"kind": "median", "startupTrials": 3}
    return [
        {"kind": "median"},
        {"kind": "median", "startupTrials": 2, "warmupSteps": 4, "intervalSteps": 3, "minTrials": 3},
        {"kind": "percentile", "percentile": 25, "startupTrials": 1},
        {"kind": "percentile", "percentile": 80.5, "startupTrials": 0, "intervalSteps": 5},
        {"kind": "percentile", "percentile": 100, "startupTrials": 2},
        {"kind": "halving"},
        {"kind": "halving", "minResource": 2, "reductionFactor": 3},
        {"kind": "halving", "minResource": 1, "reductionFactor": 2, "minEarlyStoppingRate": 1},
        {"kind": "halving", "minResource": 2, "reductionFactor": 2, "bootstrapCount": 3},
        {"kind": "hyperband"},
        {"kind": "hyperband", "minResource": 2, "maxResource": 40, "reductionFactor": 3},
        {"kind": "hyperband", "minResource": 1, "maxResource": 25, "reductionFactor": 2, "bootstrapCount": 1},
        {"kind": "wilcoxon"},
        {"kind": "wilcoxon", "pThreshold": 0.3, "startupSteps": 6},
        {"kind": "threshold", "upper": 1.6},
        {"kind": "threshold", "lower": 0.1, "upper": 1.9, "warmupSteps": 3, "intervalSteps": 4},
        {"kind": "patient", "patience": 2},
        {"kind": "patient", "patience": 3, "minDelta": 0.05, "of": median},
        {"kind": "patient", "patience": 0, "of": {"kind": "halving", "minResource": 2, "reductionFactor": 2}},
    ]


def signed_ranks() -> list[dict[str, Any]]:
    """Differences of every kind that the test treats in its own way: few and many, with ties, with zeros."""
    rng = np.random.RandomState(7)
    cases = []
    for n in [2, 3, 5, 8, 12, 13, 14, 20, 35, 50, 51, 80]:
        for digits in [12, 1, 0]:
            values = np.round(rng.randn(n) + 0.2, digits)
            p = scipy.stats.wilcoxon(values, alternative="greater", zero_method="zsplit").pvalue
            cases.append({"differences": values.tolist(), "p": told(float(p))})
    for n in [2, 13, 14]:
        p = scipy.stats.wilcoxon(np.zeros(n), alternative="greater", zero_method="zsplit").pvalue
        cases.append({"differences": [0.0] * n, "p": told(float(p))})
    return cases


def splits() -> list[dict[str, Any]]:
    """The good sides that TPE finds among complete, pruned and infeasible trials."""
    cases = []
    for seed in range(12):
        rng = np.random.RandomState(seed)
        direction = ["minimise", "maximise"][seed % 2]
        study = optuna.create_study(direction=direction.replace("mise", "mize"))
        trials = []
        for number in range(1, 8 + 10 * seed):
            kind = rng.choice(["complete", "pruned", "pruned", "infeasible"] if seed % 3 else ["pruned"])
            value = float(rng.choice([rng.randn(), rng.randn(), math.nan])) if kind == "pruned" else float(rng.randn())
            length = int(rng.randint(4)) if kind == "pruned" else 0
            violation = float(rng.rand()) if kind == "infeasible" else 0.0
            trial = create_trial(
                state=TrialState.PRUNED if kind == "pruned" else TrialState.COMPLETE,
                value=None if kind == "pruned" else value,
                intermediate_values={step: value for step in range(length)},
                constraints={"bound": violation},
            )
            trial.number = number
            last = {"step": length - 1, "last": told(value)} if length > 0 else {}
            measured = {} if kind == "pruned" else {"value": value, "violation": violation}
            trial.set_user_attr("told", {"number": number, **measured, **last})
            trials.append(trial)
        below, _ = _split_trials(study, trials, default_gamma(len(trials)))
        told_trials = [trial.user_attrs["told"] for trial in trials]
        cases.append({"direction": direction, "trials": told_trials, "good": [trial.number for trial in below]})
    return cases


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    at = Path(sys.argv[1])
    cases = []
    for index, spec in enumerate(specs()):
        for turn, shape in enumerate(SHAPES):
            direction = ["minimise", "maximise"][(index + turn) % 2]
            cases.append(case(spec, shape, direction, 100 * index + turn))
    by = f"Optuna {optuna.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}"
    recorded = {"by": by, "cases": cases, "signedRanks": signed_ranks(), "splits": splits()}
    (at / "decisions.json").write_text(json.dumps(recorded))
    lines, stops = (sum(each["happened"].count(word) for each in cases) for word in [",", "stop"])
    print(f"{len(cases)} studies, {lines} happenings, {stops} times stop")


main()
