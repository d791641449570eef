"""The log of a process, in the form of mabeam's other processes: a line of JSON for each event, on standard error."""

import json
import logging
import os
import socket
import sys
from datetime import datetime, timezone

_TRACE = 5
_SILENT = 100
_LEVELS = {
    "trace": _TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "silent": _SILENT,
}


def _level(number: int) -> str:
    return next((name for name, least in reversed(_LEVELS.items()) if number >= least and name != "silent"), "trace")


class _Lines(logging.Formatter):
    """One line of JSON, or on a terminal one for people."""

    def __init__(self, *, is_pretty: bool) -> None:
        super().__init__()
        self._is_pretty = is_pretty
        self._who = {"pid": os.getpid(), "hostname": socket.gethostname(), "name": "mabeam-evaluator"}

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(getattr(record, "fields", {}))
        if record.name != "mabeam":
            fields["component"] = record.name
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, timezone.utc)
        if self._is_pretty:
            shown = "".join(f"\n    {name}: {value}" for name, value in fields.items())
            level = _level(record.levelno).upper()
            return f"[{at.astimezone():%H:%M:%S}] {level} (evaluator): {record.getMessage()}{shown}"
        time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"level": _level(record.levelno), "time": time, **self._who, **fields, "msg": record.getMessage()}
        return json.dumps(line, default=str, ensure_ascii=False, separators=(",", ":"))


def _is_not_said_twice(record: logging.LogRecord) -> bool:
    """The SDK logs each failure that we have told of already."""
    return getattr(record, "__temporal_error_identifier", None) != "ActivityFailure"


def set_up_log(level: str) -> logging.Logger:
    """Sends our log, the SDK's and the user's to standard error.

    Args:
        level: One of trace, debug, info, warn, error, silent.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(is_pretty=sys.stderr.isatty()))
    handler.addFilter(_is_not_said_twice)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(_LEVELS[level], logging.INFO))
    logging.getLogger("temporalio").setLevel(max(_LEVELS[level], logging.WARNING))
    log = logging.getLogger("mabeam")
    log.setLevel(_LEVELS[level])
    return log
