"""From ``module:function`` to evaluators."""

import importlib
import traceback

from mabeam._definition import Definition, definition_of
from mabeam._show import show


class TargetError(Exception):
    """A target leads to no evaluator; the text says what was expected and what came."""


def load_targets(targets: list[str]) -> list[Definition]:
    """Imports modules and finds their evaluators.

    Args:
        targets: ``module:function``, or ``module`` for all that it has.

    Returns:
        Each evaluator once, in the order in which they were named.

    Raises:
        TargetError: All that is wrong, in one text.
    """
    problems: list[str] = []
    found: list[Definition] = []
    for target in targets:
        try:
            found += [each for each in _load(target) if each not in found]
        except TargetError as error:
            problems.append(str(error))
    names = [each.name for each in found]
    problems += [f"two evaluators are named {name}" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise TargetError("; ".join(problems))
    if not found:
        raise TargetError("expected module:function; got none")
    return found


def _load(target: str) -> list[Definition]:
    module_name, colon, path = target.partition(":")
    if not module_name or (colon and not path):
        raise TargetError(f"expected module:function; got {show(target)}")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise TargetError(f"{module_name} cannot be imported: {_last_line(error)}") from error
        raise TargetError(f"{target}: there is no module {error.name} in this folder or on PYTHONPATH") from error
    except (Exception, SystemExit) as error:
        raise TargetError(f"{module_name} cannot be imported: {_last_line(error)}") from error
    if not colon:
        return _all_of(module_name, vars(module))
    value: object = module
    for name in path.split("."):
        if not hasattr(value, name):
            raise TargetError(f"{target}: there is no {name} in {module_name}{_have(vars(module))}")
        value = getattr(value, name)
    if not callable(value):
        raise TargetError(f"{target} cannot be called: expected a function; got {show(value)}")
    definition = definition_of(value)
    if definition is None:
        raise TargetError(
            f'{target} is no evaluator: decorate it with @evaluator("NAME"), from mabeam import evaluator'
        )
    return [definition]


def _all_of(module_name: str, names: dict[str, object]) -> list[Definition]:
    found = [each for each in map(definition_of, names.values()) if each is not None]
    if not found:
        raise TargetError(f"{module_name} has no evaluator: expected a function decorated with @evaluator")
    return list(dict.fromkeys(found))


def _have(names: dict[str, object]) -> str:
    own = [name for name, value in names.items() if definition_of(value) is not None]
    return f"; its evaluators are {', '.join(own)}" if own else ""


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()
