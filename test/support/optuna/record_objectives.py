"""Records what Optuna 5 computes for several objectives. See README.md beside this file."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna._hypervolume import compute_hypervolume
from optuna._hypervolume.hssp import _solve_hssp
from optuna.samplers import NSGAIISampler, TPESampler
from optuna.samplers._tpe.sampler import _get_reference_point, _split_trials, default_gamma_multiobjective
from optuna.samplers.nsgaii._elite_population_selection_strategy import (
    NSGAIIElitePopulationSelectionStrategy,
    _calc_crowding_distance,
)
from optuna.study._multi_objective import _fast_non_domination_rank
from optuna.trial import TrialState, create_trial
from record_tpe import MIXED, Space, described, distribution, drawn, estimator, internal, real, whole

SEEDS = 20
EVALUATIONS = 200
REFERENCE = [1.1, 11.0]


def cloud(rng: np.random.RandomState, count: int, objectives: int, kind: str) -> np.ndarray:
    """Points of a kind: anywhere, near a front, or with repetitions."""
    points = rng.randn(count, objectives)
    if kind == "front":
        points = np.abs(points) / np.linalg.norm(points, axis=1)[:, np.newaxis] * (1 + 0.1 * rng.rand(count, 1))
    if kind == "repeats":
        points = np.round(points, 0)
    return points


def rank_cases() -> list[dict[str, Any]]:
    cases = []
    for objectives in (2, 3, 5):
        for kind in ("anywhere", "front", "repeats"):
            points = cloud(np.random.RandomState(objectives), 40, objectives, kind)
            cases.append({"points": points.tolist(), "ranks": _fast_non_domination_rank(points).tolist()})
    return cases


def volume_cases() -> list[dict[str, Any]]:
    cases = []
    for objectives, count in ((2, 1), (2, 30), (3, 2), (3, 30), (4, 15), (5, 10)):
        for kind in ("anywhere", "front"):
            points = cloud(np.random.RandomState(10 * objectives + count), count, objectives, kind)
            reference = _get_reference_point(points)
            volume = compute_hypervolume(points, reference)
            cases.append({"points": points.tolist(), "reference": reference.tolist(), "volume": volume})
    return cases


def subset_cases() -> list[dict[str, Any]]:
    cases = []
    for objectives in (2, 3, 4):
        for kind in ("front", "repeats"):
            points = cloud(np.random.RandomState(20 + objectives), 60, objectives, kind)
            points = points[_fast_non_domination_rank(points) == 0]
            for size in {1, 2, len(points) // 2, len(points) - 1} - {0}:
                chosen = _solve_hssp(points, np.arange(len(points)), size, _get_reference_point(points))
                cases.append({"points": points.tolist(), "size": size, "chosen": sorted(chosen.tolist())})
    return cases


def split_case(
    name: str,
    space: Space,
    count: int,
    objectives: int,
    seed: int,
    kind: str = "anywhere",
    running: tuple[int, ...] = (),
    pruned: tuple[int, ...] = (),
    infeasible: int = 0,
) -> dict[str, Any]:
    """One history, and what Optuna makes of it for each dimension."""
    rng = np.random.RandomState(seed)
    directions = ["maximize" if at == 1 else "minimize" for at in range(objectives)]
    study = optuna.create_study(sampler=TPESampler(), directions=directions)
    points = cloud(rng, count, objectives, kind)
    signs = np.array([-1 if each == "maximize" else 1 for each in directions])
    trials = []
    for number in range(1, count + 1):
        values = drawn(space, rng)
        violation = 0.0 if number > infeasible else float(rng.rand())
        state = (
            TrialState.RUNNING
            if number in running
            else TrialState.PRUNED
            if number in pruned
            else TrialState.COMPLETE
        )
        isComplete = state == TrialState.COMPLETE
        told = {"losses": points[number - 1].tolist(), "violation": violation} if isComplete else {}
        trials.append({"number": number, "configuration": values, "state": state.name.lower(), **told})
        params = internal(space, values)
        study.add_trial(
            create_trial(
                state=state,
                values=(points[number - 1] * signs).tolist() if isComplete else None,
                params=params,
                distributions={n: distribution(space[n]) for n in params},
                constraints={"c": violation} if isComplete else None,
            )
        )
    all_trials = study.get_trials(deepcopy=False)
    finished = sum(trial.state != TrialState.RUNNING for trial in all_trials)
    sides = _split_trials(study, all_trials, default_gamma_multiobjective(finished))
    recorded = []
    for dimension in space:
        own = {dimension: distribution(space[dimension])}
        points_of = [{dimension: drawn(space, rng)[dimension]} for _ in range(8)]
        inner = [internal(space, point) for point in points_of]
        both = [estimator(study.sampler, study, own, side, at == 0) for at, side in enumerate(sides)]
        below, above = (described(of, own, inner, False) for of in both)
        recorded.append({"name": dimension, "points": points_of, "below": below, "above": above})
    good = [trial.number + 1 for trial in sides[0]]
    return {"name": name, "space": space, "objectives": objectives, "trials": trials, "good": good, "dimensions": recorded}


def crowding_cases() -> list[dict[str, Any]]:
    cases = []
    for objectives in (2, 3):
        for kind in ("anywhere", "front", "repeats"):
            rng = np.random.RandomState(30 + objectives)
            points = cloud(rng, 24, objectives, kind)
            violations = np.where(rng.rand(24) < 0.4, rng.randint(1, 4, 24) / 4, 0.0)
            study = optuna.create_study(directions=["minimize"] * objectives)
            for point, violation in zip(points, violations):
                study.add_trial(create_trial(values=point.tolist(), constraints={"c": float(violation)}))
            trials = study.get_trials(deepcopy=False)
            distances = _calc_crowding_distance(list(trials))
            crowding = [distances[trial.number] for trial in trials]
            ranks = _fast_non_domination_rank(points, penalty=violations)
            fronts = [[trials[at] for at in np.flatnonzero(ranks == rank)] for rank in range(ranks.max() + 1)]
            within = {number: each for front in fronts for number, each in _calc_crowding_distance(list(front)).items()}
            keys = sorted((int(rank), -within.get(number, 0.0)) for number, rank in enumerate(ranks))
            elites = []
            # Optuna leaves to the order of its sort who of equally crowded members goes on
            for size in (size for size in range(2, 24) if keys[size - 1] != keys[size]):
                elite = NSGAIIElitePopulationSelectionStrategy(population_size=size)(study, list(trials))
                elites.append({"size": size, "members": sorted(trial.number for trial in elite)})
            told = [None if np.isinf(each) else each for each in crowding]
            cases.append(
                {"kind": kind, "points": points.tolist(), "broken": violations.tolist(), "crowding": told, "elites": elites}
            )
    return cases


def zdt1(values: dict[str, float]) -> tuple[float, float]:
    first, *others = values.values()
    g = 1 + 9 * sum(others) / len(others)
    return first, g * (1 - float(np.sqrt(first / g)))


def reached(sampler: optuna.samplers.BaseSampler) -> float:
    """The volume of one study on ZDT1."""
    study = optuna.create_study(sampler=sampler, directions=["minimize", "minimize"])
    study.optimize(lambda trial: zdt1({f"x{i}": trial.suggest_float(f"x{i}", 0, 1) for i in range(6)}), EVALUATIONS)
    points = np.array([trial.values for trial in study.get_trials(deepcopy=False)])
    return compute_hypervolume(points[np.all(points <= REFERENCE, axis=1)], np.array(REFERENCE))


def zdt1_volumes() -> dict[str, Any]:
    seeds = range(SEEDS)
    return {
        "optuna": optuna.__version__,
        "evaluations": EVALUATIONS,
        "reference": REFERENCE,
        "tpe": [reached(TPESampler(seed=seed)) for seed in seeds],
        "nsga2": [reached(NSGAIISampler(seed=seed)) for seed in seeds],
    }


def main(target: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    counts = [0, 1, 9, 10, 11, 99, 100, 101, 250, 251, 1000]
    plain = {"x": real(0, 1), "y": real(1e-3, 1, log=True), "n": whole(1, 100)}
    recorded = {
        "optuna": optuna.__version__,
        "good": [[n, default_gamma_multiobjective(n)] for n in counts],
        "ranks": rank_cases(),
        "volumes": volume_cases(),
        "subsets": subset_cases(),
        "splits": [
            split_case("two objectives, some pending", plain, 45, 2, 41, running=(7, 44, 45)),
            split_case("a front that does not fit", plain, 120, 2, 42, kind="front"),
            split_case("the good set is larger than 25", plain, 400, 2, 43, kind="front"),
            split_case("three objectives, every kind of dimension", MIXED, 90, 3, 44, kind="front"),
            split_case("four objectives", {"x": real(0, 1)}, 60, 4, 45),
            split_case("repetitions", {"x": real(0, 1)}, 70, 2, 46, kind="repeats"),
            split_case("mostly infeasible", plain, 40, 2, 47, infeasible=38),
            split_case("some pruned", {"x": real(0, 1)}, 40, 2, 48, pruned=(3, 9), infeasible=37),
        ],
        "crowding": crowding_cases(),
    }
    (Path(target) / "objectives.json").write_text(json.dumps(recorded))
    (Path(target) / "zdt1.json").write_text(json.dumps(zdt1_volumes()))


if __name__ == "__main__":
    main(sys.argv[1])
