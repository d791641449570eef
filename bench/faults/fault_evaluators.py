"""The evaluator in Python of the kill matrix: it says in a file of its own what it does."""

import json
import os
import time

from mabeam import Trial, evaluator

LOG = os.environ["FAULTS_LOG"]
STEPS = 10
STEP_S = float(os.environ.get("FAULTS_STEP_MS", "400")) / 1000


def note(what: str, trial: Trial, done: int) -> None:
    """Appends a line, as bench/faults/truth.ts has it, in one write."""
    line = {
        "what": what,
        "study": trial.study.rsplit(":", 1)[1],
        "trial": trial.number,
        "attempt": trial.attempt,
        "pid": os.getpid(),
        "at": round(time.time() * 1000),
        "configuration": dict(trial.params),
    }
    if done > 0:
        line["from"] = done
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


@evaluator("python")
def python(trial: Trial) -> dict[str, float]:
    """A trial that goes on from its checkpoint."""
    done = int((trial.resume() or {}).get("done", 0))
    note("begin", trial, done)
    for step in range(done, STEPS):
        time.sleep(STEP_S)
        trial.raise_if_cancelled()
        trial.checkpoint({"done": step + 1})
    note("end", trial, done)
    return {"loss": (float(trial.params["x"]) - 0.3) ** 2}
