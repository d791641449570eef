"""Loads a journal that mabeam has written, and goes on with it. See README.md beside this file."""

import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from record_files import told

optuna.logging.set_verbosity(optuna.logging.ERROR)
# a range that Optuna had to correct would be told by a warning
warnings.simplefilter("error")

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        journal = Path(place, "exported.log")
        shutil.copy(folder / "exported.log", journal)
        study = optuna.load_study(study_name="from-mabeam", storage=JournalStorage(JournalFileBackend(str(journal))))
        trials = study.get_trials()
        read = {
            "optuna": optuna.__version__,
            "direction": study.direction.name,
            "trials": [
                {**told(trial), "attributes": trial.user_attrs, "reported": trial.intermediate_values}
                for trial in trials
            ],
            "begun": [trial.datetime_start.astimezone().timestamp() for trial in trials],
            "best": study.best_trial.number,
        }
        # the study goes on there
        distributions = {name: each for trial in trials for name, each in trial.distributions.items()}
        asked = study.ask({name: each for name, each in distributions.items() if name != "part"})
        study.tell(asked, 0.5)
        read["next"] = asked.number
    (folder / "exported.json").write_text(json.dumps(read, indent=1) + "\n")
