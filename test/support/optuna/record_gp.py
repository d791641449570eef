"""Records what Optuna 5's GPSampler computes for fixed histories. See README.md beside this file."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from optuna._gp import acqf as acqf_module
from optuna._gp import gp
from optuna._gp import prior
from optuna._gp.search_space import SearchSpace
from optuna.distributions import BaseDistribution
from optuna.distributions import CategoricalDistribution
from optuna.distributions import FloatDistribution
from optuna.distributions import IntDistribution
from optuna.samplers._gp.sampler import _standardize_values

MINIMUM_NOISE = prior.DEFAULT_MINIMUM_NOISE_VAR

CASES: dict[str, tuple[dict[str, BaseDistribution], int]] = {
    "floats": ({"a": FloatDistribution(-2, 3), "b": FloatDistribution(0, 1), "c": FloatDistribution(1e-6, 1e3, log=True)}, 24),
    "mixed": (
        {
            "f": FloatDistribution(0, 1),
            "s": FloatDistribution(0, 1, step=0.1),
            "i": IntDistribution(-3, 4),
            "l": IntDistribution(1, 1000, log=True),
            "c": CategoricalDistribution(["p", "q", "r"]),
            "b": CategoricalDistribution([False, True]),
        },
        31,
    ),
    "one": ({"x": FloatDistribution(0, 1)}, 10),
}


def random_params(space: dict[str, BaseDistribution], rng: np.random.RandomState) -> dict[str, Any]:
    drawn = {}
    for name, dist in space.items():
        if isinstance(dist, CategoricalDistribution):
            drawn[name] = dist.choices[rng.randint(len(dist.choices))]
        elif dist.log:
            value = float(np.exp(rng.uniform(np.log(dist.low), np.log(dist.high))))
            drawn[name] = int(round(value)) if isinstance(dist, IntDistribution) else value
        elif dist.step:
            count = int(round((dist.high - dist.low) / dist.step)) + 1
            value = dist.low + dist.step * rng.randint(count)
            drawn[name] = int(value) if isinstance(dist, IntDistribution) else round(value, 6)
        else:
            drawn[name] = float(rng.uniform(dist.low, dist.high))
    return drawn


def losses_at(x: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    return np.sum((x - 0.3) ** 2, axis=1) + 0.1 * np.sin(9 * x[:, 0]) + 0.01 * rng.randn(len(x))


def raw_of(made: gp.GPRegressor) -> np.ndarray:
    squares, scale, noise = made.inverse_squared_lengthscales, made.kernel_scale, made.noise_var
    return np.log(np.concatenate([squares.numpy(), [scale.item(), noise.item() - MINIMUM_NOISE]]))


def regressor(categorical: np.ndarray, x: np.ndarray, y: np.ndarray, raw: np.ndarray) -> gp.GPRegressor:
    made = gp.GPRegressor(
        is_categorical=torch.from_numpy(categorical),
        X_train=torch.from_numpy(x),
        y_train=torch.from_numpy(y),
        inverse_squared_lengthscales=torch.exp(torch.from_numpy(raw[:-2])),
        kernel_scale=torch.exp(torch.tensor(raw[-2], dtype=torch.float64)),
        noise_var=torch.exp(torch.tensor(raw[-1], dtype=torch.float64)) + MINIMUM_NOISE,
    )
    return made


def loss_at(categorical: np.ndarray, x: np.ndarray, y: np.ndarray, raw: np.ndarray) -> tuple[float, list[float]]:
    leaf = torch.from_numpy(raw.copy()).requires_grad_(True)
    made = regressor(categorical, x, y, raw)
    made.inverse_squared_lengthscales = torch.exp(leaf[:-2])
    made.kernel_scale = torch.exp(leaf[-2])
    made.noise_var = torch.exp(leaf[-1]) + MINIMUM_NOISE
    loss = -made.marginal_log_likelihood() - prior.default_log_prior(made)
    loss.backward()
    return loss.item(), leaf.grad.tolist()


def fitted(categorical: np.ndarray, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    made = gp.fit_kernel_params(x, y, categorical, prior.default_log_prior, MINIMUM_NOISE, False)
    raw = raw_of(made)
    return {"raw": raw.tolist(), "loss": loss_at(categorical, x, y, raw)[0]}


def valued(acqf: acqf_module.BaseAcquisitionFunc, points: np.ndarray) -> list[dict[str, Any]]:
    out = []
    for point in points:
        value, gradient = acqf.eval_acqf_with_grad(point)
        out.append({"value": value, "gradient": gradient.tolist()})
    return out


def case(name: str, space: dict[str, BaseDistribution], count: int) -> dict[str, Any]:
    rng = np.random.RandomState(len(name) * 100 + count)
    internal = SearchSpace(space)
    trials = [random_params(space, rng) for _ in range(count)]
    x = internal.get_normalized_params([None] * count, trials)  # type: ignore[list-item]
    losses = losses_at(x, rng)
    bound = x[:, 0] - 0.8 + 0.05 * rng.randn(count)
    standard = _standardize_values(np.stack([-losses, -bound], axis=1))
    y, held = standard[0].T.copy()
    categorical = internal.is_categorical
    raw = np.concatenate([rng.uniform(-1, 2, internal.dim), [0.3, -4.0]])
    raw_held = np.concatenate([rng.uniform(-1, 1, internal.dim), [0.1, -3.0]])
    made = regressor(categorical, x, y, raw)
    made_held = regressor(categorical, x, held, raw_held)
    kernel = made.kernel().tolist()
    loss, gradient = loss_at(categorical, x, y, raw)
    made._cache_matrix()
    made_held._cache_matrix()
    some = internal.get_normalized_params([None] * 6, [random_params(space, rng) for _ in range(6)])  # type: ignore[list-item]
    points = np.vstack([some, x[:2]])
    mean, var = made.posterior(torch.from_numpy(points))
    threshold = float(y.max())
    threshold_held = float((-standard[1] / np.maximum(1e-10, standard[2]))[1])
    pending = internal.get_normalized_params([None] * 3, [random_params(space, rng) for _ in range(3)])  # type: ignore[list-item]
    normals = {seed: rng.randn(16, 4) for seed in (0, 1)}

    def given_normals(dim: int, n_samples: int, seed: int) -> torch.Tensor:
        return torch.from_numpy(normals[seed])

    gp.sample_from_normal_sobol = given_normals
    log_ei = acqf_module.LogEI(made, internal, threshold)
    log_cei = acqf_module.LogCEI(made, internal, threshold, [made_held], [threshold_held])
    q_log_ei = acqf_module.qLogEI(made, internal, threshold, 16, 0, pending)
    q_log_cei = acqf_module.qLogCEI(made, internal, threshold, 16, 0, [made_held], [threshold_held], pending)
    only_bound = acqf_module.LogCEI(made, internal, -np.inf, [made_held], [threshold_held])
    with torch.no_grad():
        fantasies = q_log_ei._cond_gpr.get_fantasy_samples().tolist()
    return {
        "name": name,
        "trials": trials,
        "places": x.tolist(),
        "losses": losses.tolist(),
        "bound": bound.tolist(),
        "y": y.tolist(),
        "held": held.tolist(),
        "raw": raw.tolist(),
        "rawHeld": raw_held.tolist(),
        "kernel": kernel,
        "loss": loss,
        "gradient": gradient,
        "fitted": fitted(categorical, x, y),
        "points": points.tolist(),
        "mean": mean.tolist(),
        "variance": var.tolist(),
        "threshold": threshold,
        "thresholdHeld": threshold_held,
        "logEi": valued(log_ei, points),
        "logCei": valued(log_cei, points),
        "onlyBound": valued(only_bound, points),
        "pending": pending.tolist(),
        "normals": [normals[0].tolist(), normals[1].tolist()],
        "fantasies": fantasies,
        "qLogEi": valued(q_log_ei, points),
        "qLogCei": valued(q_log_cei, points),
        "discrete": {n: c.tolist() for n, c in zip([list(space)[i] for i in internal.discrete_indices], internal.get_choices_of_discrete_params())},
    }


def main(folder: Path) -> None:
    warnings.filterwarnings("ignore")
    zs = [-1000.0, -300.0, -100.0, -38.0, -30.0, -25.5, -25.0, -24.5, -10.0, -5.0, -1.0, -0.1, 0.0, 0.1, 1.0, 5.0, 10.0, 40.0, 1000.0]
    leaf = torch.tensor(zs, dtype=torch.float64)
    recorded = {
        "logEi": [{"z": z, "value": value} for z, value in zip(zs, acqf_module.standard_logei(leaf).tolist())],
        "cases": [case(name, space, count) for name, (space, count) in CASES.items()],
    }
    (folder / "gp-optuna.json").write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
