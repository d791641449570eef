"""Records what Optuna 5's TPE computes. See README.md beside this file."""

import json
import math
import sys
import time
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe.sampler import _split_trials, default_gamma, default_weights
from optuna.trial import TrialState, create_trial

Space = dict[str, dict[str, Any]]
SEEDS = 40
EVALUATIONS = 100


def distribution(dimension: dict[str, Any]) -> BaseDistribution:
    """The distribution of one of our dimensions; an ordinal is an index, as Optuna advises."""
    kind = dimension["kind"]
    if kind == "float":
        return FloatDistribution(dimension["low"], dimension["high"], log=dimension["log"], step=dimension.get("step"))
    if kind == "int":
        return IntDistribution(dimension["low"], dimension["high"], log=dimension["log"], step=dimension["step"])
    if kind == "ordinal":
        return IntDistribution(0, len(dimension["choices"]) - 1)
    return CategoricalDistribution([False, True] if kind == "boolean" else dimension["choices"])


def real(low: float, high: float, log: bool = False, **more: Any) -> dict[str, Any]:
    return {"kind": "float", "low": low, "high": high, "log": log, **more}


def whole(low: int, high: int, log: bool = False, step: int = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "int", "low": low, "high": high, "log": log, "step": step, **more}


def drawn(space: Space, rng: np.random.RandomState) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, dimension in space.items():
        if any(values.get(on) != value for on, value in dimension.get("when", {}).items()):
            continue
        of, unit = distribution(dimension), rng.rand()
        if isinstance(of, CategoricalDistribution):
            values[name] = of.choices[int(unit * len(of.choices))]
        elif of.log:
            value = math.exp(math.log(of.low) + unit * (math.log(of.high) - math.log(of.low)))
            values[name] = round(value) if isinstance(of, IntDistribution) else value
        elif of.step is not None:
            k = int(unit * (round((of.high - of.low) / of.step) + 1))
            values[name] = of.low + k * of.step if isinstance(of, IntDistribution) else round(of.low + k * of.step, 6)
        else:
            values[name] = of.low + unit * (of.high - of.low)
        if dimension["kind"] == "ordinal":
            values[name] = dimension["choices"][values[name]]
    return values


def internal(space: Space, values: dict[str, Any]) -> dict[str, Any]:
    return {n: space[n]["choices"].index(v) if space[n]["kind"] == "ordinal" else v for n, v in values.items()}


def estimator(sampler: TPESampler, study: Any, space: dict[str, BaseDistribution], side: list[Any], below: bool) -> Any:
    # Optuna leaves the order of equal observations to an unstable sort; ours is by trial.
    stable = lambda a: np.lexsort((np.arange(len(a)), a))  # noqa: E731
    with mock.patch("numpy.argsort", stable):
        return sampler._build_parzen_estimator(study, space, side, handle_below=below)


def described(of: Any, space: dict[str, BaseDistribution], points: list[dict[str, Any]], isSmall: bool) -> dict[str, Any]:
    mixture = of._mixture_distribution
    internals = {n: np.array([d.to_internal_repr(p[n]) for p in points]) for n, d in space.items()}
    kernels = [
        {"weights": d.weights.tolist()} if hasattr(d, "weights") else {"mus": d.mu.tolist(), "sigmas": d.sigma.tolist()}
        for d in mixture.distributions
    ]
    return {
        "weights": mixture.weights.tolist(),
        **({"kernels": kernels} if isSmall else {}),
        "logDensity": of.log_pdf(internals).tolist(),
    }


def case(name: str, space: Space, count: int, seed: int, running: tuple[int, ...] = (), infeasible: int = 0) -> dict[str, Any]:
    """One history, and what Optuna makes of it for each group of dimensions with one condition."""
    rng = np.random.RandomState(seed)
    study = optuna.create_study(sampler=TPESampler(multivariate=True, group=True))
    trials = []
    for number in range(1, count + 1):
        values = drawn(space, rng)
        loss, violation = rng.randn(), 0.0 if number > infeasible else float(rng.rand())
        isRunning = number in running
        trials.append({"number": number, "configuration": values, **({} if isRunning else {"loss": loss, "violation": violation})})
        params = internal(space, values)
        study.add_trial(
            create_trial(
                state=TrialState.RUNNING if isRunning else TrialState.COMPLETE,
                value=None if isRunning else loss,
                params=params,
                distributions={n: distribution(space[n]) for n in params},
                constraints=None if isRunning else {"c": violation},
            )
        )
    all_trials = study.get_trials(deepcopy=False)
    finished = sum(trial.state != TrialState.RUNNING for trial in all_trials)
    sides = _split_trials(study, all_trials, default_gamma(finished))
    groups: dict[str, list[str]] = {}
    for dimension, of in space.items():
        groups.setdefault(json.dumps(of.get("when", {})), []).append(dimension)
    recorded = []
    for names in groups.values():
        own = {n: distribution(space[n]) for n in names}
        points: list[dict[str, Any]] = []
        while len(points) < 12:
            point = drawn(space, rng)
            points.extend([{n: point[n] for n in names}] if names[0] in point else [])
        inner = [internal(space, point) for point in points]
        both = [estimator(study.sampler, study, own, side, at == 0) for at, side in enumerate(sides)]
        below, above = (described(of, own, inner, count <= 70) for of in both)
        scores = np.array(below["logDensity"]) - np.array(above["logDensity"])
        ranking = [int(at) for at in np.argsort(-scores, kind="stable")]
        recorded.append({"names": names, "points": points, "below": below, "above": above, "ranking": ranking})
    good = [trial.number + 1 for trial in sides[0]]
    return {"name": name, "space": space, "trials": trials, "good": good, "groups": recorded}


MIXED: Space = {
    "share": real(0, 1, step=0.1),
    "count": whole(1, 20),
    "leap": whole(0, 40, step=4),
    "size": whole(1, 1000, log=True),
    "level": {"kind": "ordinal", "choices": ["low", "middle", "high", "top"]},
    "kind": {"kind": "categorical", "choices": ["p", "q", "r"]},
    "isOn": {"kind": "boolean"},
}
TREE: Space = {
    "kind": {"kind": "categorical", "choices": ["a", "b"]},
    "plain": real(-1, 1),
    "ofA": real(1e-4, 10, log=True, when={"kind": "a"}),
    "ofB": whole(1, 9, when={"kind": "b"}),
    "alsoB": real(0, 5, when={"kind": "b"}),
    "deep": {"kind": "boolean", "when": {"kind": "b"}},
    "deeper": real(0, 1, when={"deep": True}),
}
LINES: Space = {"x": real(-5, 10), "y": real(1e-6, 1e3, log=True), "z": real(0, 1)}


def densities() -> dict[str, Any]:
    counts = [0, 1, 9, 10, 11, 20, 21, 99, 100, 101, 240, 241, 249, 250, 251, 1000]
    cases = [
        case("floats, few trials", LINES, 12, 1),
        case("floats, old trials fade, some pending", LINES, 66, 2, running=(7, 30, 64, 65, 66)),
        case("steps, whole numbers, ordinals and choices", MIXED, 45, 3, running=(44,)),
        case("conditions, three deep", TREE, 60, 4, running=(20, 59, 60)),
        case("mostly infeasible", {"x": real(0, 1), "n": whole(1, 5)}, 32, 5, infeasible=30),
        case("the good set is full", {"x": real(0, 1), "s": real(1e-3, 1, log=True), "n": whole(1, 100)}, 320, 6),
        case("wide whole numbers", {"n": whole(0, 100_000), "m": whole(1, 1_000_000, log=True)}, 40, 7),
    ]
    return {
        "optuna": optuna.__version__,
        "good": [[n, default_gamma(n)] for n in counts],
        "weights": [default_weights(n).tolist() for n in (1, 24, 25, 26, 27, 40)],
        "cases": cases,
    }


def branin(v: dict[str, Any]) -> float:
    x, y = v["x"], v["y"]
    bent = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return bent**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


HARTMANN_A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
HARTMANN_P = [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
]


def hartmann6(v: dict[str, Any]) -> float:
    total = 0.0
    for weight, a, p in zip([1, 1.2, 3, 3.2], HARTMANN_A, HARTMANN_P):
        total += weight * math.exp(-sum(a[i] * (v[f"x{i}"] - p[i] / 1e4) ** 2 for i in range(6)))
    return 3.322368011391339 - total


PIPELINE: Space = {
    "model": {"kind": "categorical", "choices": ["svm", "forest", "net"]},
    "scale": {"kind": "boolean"},
    "noise": real(0, 1, step=0.05),
    "c": real(1e-3, 1e3, log=True, when={"model": "svm"}),
    "gamma": real(1e-4, 1e1, log=True, when={"model": "svm"}),
    "trees": whole(10, 1000, log=True, when={"model": "forest"}),
    "depth": whole(1, 20, when={"model": "forest"}),
    "rate": real(1e-5, 1, log=True, when={"model": "net"}),
    "layers": whole(1, 6, when={"model": "net"}),
    "optimiser": {"kind": "categorical", "choices": ["sgd", "adam"], "when": {"model": "net"}},
    "warmup": real(0, 1, when={"optimiser": "adam"}),
}


def pipeline(v: dict[str, Any]) -> float:
    """Conditional and mixed, three deep; 0 at a net of 3 layers, adam, rate 1e-3, warm-up 0.3, noise 0.15, scaled."""
    shared = (0 if v["scale"] else 0.3) + (v["noise"] - 0.15) ** 2
    if v["model"] == "svm":
        own = 0.25 + 0.1 * (math.log10(v["c"]) - 1) ** 2 + 0.1 * (math.log10(v["gamma"]) + 2) ** 2
    elif v["model"] == "forest":
        own = 0.15 + 0.2 * (math.log10(v["trees"]) - 2.5) ** 2 + 0.01 * (v["depth"] - 12) ** 2
    else:
        own = 0.1 * (math.log10(v["rate"]) + 3) ** 2 + 0.05 * (v["layers"] - 3) ** 2
        own += (v["warmup"] - 0.3) ** 2 if v["optimiser"] == "adam" else 0.2
    return shared + own


FUNCTIONS: list[tuple[str, Space, Callable[[dict[str, Any]], float]]] = [
    ("branin", {"x": real(-5, 10), "y": real(0, 15)}, branin),
    ("hartmann6", {f"x{i}": real(0, 1) for i in range(6)}, hartmann6),
    ("pipeline", PIPELINE, pipeline),
]


def suggested(trial: optuna.Trial, space: Space) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, dimension in space.items():
        if all(values.get(on) == value for on, value in dimension.get("when", {}).items()):
            values[name] = trial._suggest(name, distribution(dimension))
    return values


def regret(space: Space, loss: Callable[[dict[str, Any]], float], sampler: TPESampler, at_once: int) -> float:
    """The best of one study with so many trials pending at a time, the oldest told first."""
    study = optuna.create_study(sampler=sampler)
    pending: list[tuple[optuna.Trial, float]] = []
    for ended in range(EVALUATIONS):
        while len(pending) < min(at_once, EVALUATIONS - ended):
            trial = study.ask()
            pending.append((trial, loss(suggested(trial, space))))
        study.tell(*pending.pop(0))
    return study.best_value


def regrets(label: str, names: tuple[str, ...], group: bool, at_once: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for name, space, loss in FUNCTIONS:
        if name in names:
            samplers = (TPESampler(seed=seed, multivariate=True, group=group) for seed in range(SEEDS))
            found[name] = [regret(space, loss, sampler, at_once) for sampler in samplers]
            print(label, name, np.median(found[name]), flush=True)
    return found


def speed() -> None:
    for dimensions in (5, 10):
        space = {f"x{i}": real(0, 1) for i in range(dimensions)}
        of = {n: distribution(d) for n, d in space.items()}
        for count in (100, 1000):
            rng = np.random.RandomState(1)
            study = optuna.create_study(sampler=TPESampler(seed=1))
            for _ in range(count):
                values = drawn(space, rng)
                study.add_trial(create_trial(value=sum((v - 0.3) ** 2 for v in values.values()), params=values, distributions=of))
            spent = []
            for _ in range(50):
                before = time.process_time()
                trial = study.ask(of)
                spent.append((time.process_time() - before) * 1e3)
                study.tell(trial, sum((v - 0.3) ** 2 for v in trial.params.values()))
            print(f"optuna {optuna.__version__}: {dimensions} floats, {count} trials: median {np.median(spent):.2f} ms of processor time an ask")


def main(target: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if target == "--speed":
        return speed()
    folder = Path(target)
    (folder / "tpe-densities.json").write_text(json.dumps(densities()))
    every = tuple(name for name, _, _ in FUNCTIONS)
    # without conditions Optuna's default and its groups are the same
    recorded = {
        "optuna": optuna.__version__,
        "evaluations": EVALUATIONS,
        "group": regrets("group", every, True, 1),
        "default": regrets("default", ("pipeline",), False, 1),
        "eight": regrets("eight at a time", every, True, 8),
    }
    (folder / "tpe-regrets.json").write_text(json.dumps(recorded))


if __name__ == "__main__":
    main(sys.argv[1])
