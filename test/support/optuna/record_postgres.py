"""Writes studies into Postgres with Optuna's storage, and dumps them as SQL beside what Optuna reads. See README.md beside this file."""

import json
import sys
from pathlib import Path

import optuna
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import BaseModel
from sqlalchemy import create_mock_engine, text

from record_files import mixed, optimise, read


def schema() -> list[str]:
    statements: list[str] = []

    def keep(statement: object, *_more: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())  # type: ignore[attr-defined]

    engine = create_mock_engine("postgresql://", keep)
    BaseModel.metadata.create_all(engine, checkfirst=False)
    return [" ".join(statement.split()) for statement in statements]


def rows(storage: RDBStorage) -> list[str]:
    inserts: list[str] = []
    with storage.engine.connect() as connection:
        for table in BaseModel.metadata.sorted_tables:
            found = [row[0] for row in connection.execute(text(f"select row_to_json(own)::text from {table.name} as own"))]
            if found:
                listed = ",\n".join(found).replace("'", "''")
                inserts.append(f"INSERT INTO {table.name} SELECT * FROM json_populate_recordset(NULL::{table.name}, '[{listed}]')")
    return inserts


if __name__ == "__main__":
    url, folder = sys.argv[1], Path(sys.argv[2])
    storage = RDBStorage(url)
    optimise(storage, "mixed", mixed, 18, 1)
    optimise(storage, "two", lambda trial: (trial.suggest_float("x", 0, 1), 1), 3, 3, directions=["minimize", "maximize"])
    optuna.create_study(storage=storage, study_name="empty")
    statements = [*schema(), *rows(storage)]
    (folder / "postgres.sql").write_text("".join(f"{statement};\n" for statement in statements))
    told = {"optuna": optuna.__version__, "studies": read(storage)}
    (folder / "postgres.json").write_text(json.dumps(told, indent=1) + "\n")
