"""Optuna on Postgres in `npm run bench:study-speed`.

`URL STUDY SAMPLER WORKERS TRIALS`: that many processes evaluate that many trials of one study together.
Prints when they ended, in seconds of one clock, as JSON: `{ "optuna": version, "ends": [[of each process]] }`.
"""

import json
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

import optuna

DIMENSIONS = 5


def objective(trial: optuna.Trial) -> float:
    """A sum of five squares: as good as free."""
    loss: float = sum((trial.suggest_float(f"x{at}", 0, 1) - 0.3) ** 2 for at in range(DIMENSIONS))
    return loss


def sampler_of(name: str, seed: int) -> optuna.samplers.BaseSampler:
    """Optuna's own, by default."""
    return optuna.samplers.TPESampler(seed=seed) if name == "tpe" else optuna.samplers.RandomSampler(seed=seed)


def work(url: str, name: str, sampler: str, at: int, trials: int, ready: Barrier, told: Connection) -> None:
    """One process: opens the storage, waits for the others, evaluates its share, and says when each trial ended."""
    study = optuna.load_study(study_name=name, storage=url, sampler=sampler_of(sampler, at))
    ends: list[float] = []
    ready.wait()
    study.optimize(objective, n_trials=trials, callbacks=[lambda _study, _trial: ends.append(time.perf_counter())])
    told.send(ends)


def main(words: list[str]) -> None:
    """Makes the study and runs the processes; they have imported Optuna already when they begin."""
    url, name, sampler, workers, trials = words[0], words[1], words[2], int(words[3]), int(words[4])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    made = optuna.create_study(study_name=name, storage=url)
    made._storage.remove_session()
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(workers)
    pipes = []
    for at in range(workers):
        heard, told = context.Pipe(duplex=False)
        share = trials // workers + (1 if at < trials % workers else 0)
        context.Process(target=work, args=(url, name, sampler, at, share, ready, told)).start()
        pipes.append(heard)
    sys.stdout.write(json.dumps({"optuna": optuna.__version__, "ends": [heard.recv() for heard in pipes]}))


main(sys.argv[1:])
