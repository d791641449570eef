"""What is noted of a trial beside its measures: src/domain/optimisation/attributes.ts, in Python."""

import json
import math
import re
import threading
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from mabeam._show import show

# What an attribute may be.
Attribute = str | int | float | bool | None
# MAX_TRIAL_ATTRIBUTES and TRIAL_ATTRIBUTE_BYTES in src/contracts/optimisation/attributes.ts.
_MOST = 20
_MOST_BYTES = 2_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
# The most that JavaScript writes for a number, which may be longer than what Python writes.
_LONGEST_NUMBER = 25


def _plain(name: str, value: object) -> Attribute:
    """A value as JSON has it; those of numpy count.

    Raises:
        TypeError: It is neither a text nor a number nor a truth value nor None.
        ValueError: It is NaN, infinite, or larger than a number in JSON may be.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Integral):
        whole = int(value)
        if abs(whole) >= 2**53:
            raise ValueError(f"the attribute {name} is a whole number below 2^53; got {show(whole)}")
        return whole
    if not isinstance(value, Real):
        raise TypeError(f"the attribute {name} is a text, a finite number, True, False or None; got {show(value)}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"the attribute {name} is a finite number; got {show(number)}")
    return number


def _bytes(attributes: Mapping[str, Attribute]) -> int:
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    short = (len(repr(each)) for each in attributes.values() if isinstance(each, float) and "e" in repr(each))
    return len(text.encode()) + sum(_LONGEST_NUMBER - each for each in short)


def read_attributes(attributes: Mapping[str, Any]) -> dict[str, Attribute]:
    """Reads attributes: names, values and how much there is of them.

    Raises:
        TypeError: A value is none that can be noted.
        ValueError: A name or a number is none, or there are too many.
    """
    for name in attributes:
        if not isinstance(name, str) or _NAME.match(name) is None:
            rule = 'a letter and up to 63 letters, digits, ".", "_", "-"'
            raise ValueError(f"the name of an attribute is {rule}; got {show(name)}")
    if len(attributes) > _MOST:
        raise ValueError(f"at most {_MOST} attributes; got {len(attributes)}")
    plain = {name: _plain(name, value) for name, value in attributes.items()}
    length = _bytes(plain)
    if length > _MOST_BYTES:
        raise ValueError(f"attributes have at most {_MOST_BYTES} bytes as JSON; got {length}")
    return plain


class Notes:
    """What one attempt notes. It may be used from any thread."""

    def __init__(self) -> None:
        """Begins with nothing: what earlier attempts noted is not kept."""
        self._attributes: dict[str, Attribute] = {}
        self._lock = threading.Lock()

    @property
    def attributes(self) -> dict[str, Attribute]:
        """As they are now."""
        with self._lock:
            return dict(self._attributes)

    def note(self, name: str, value: object) -> None:
        """Notes a value; the last of a name stays. Raises as `read_attributes`; what was noted before stays."""
        with self._lock:
            self._attributes = read_attributes({**self._attributes, name: value})
