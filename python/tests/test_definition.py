import importlib
from typing import Any

import pytest
import sample

import mabeam
from mabeam import Trial, evaluator
from mabeam._definition import definition_of
from mabeam._targets import TargetError, load_targets


def test_a_decorated_function_stays_what_it_is() -> None:
    assert sample.plain(Trial(params={"x": 3})) == {"loss": 9.0}
    assert [definition_of(each) and definition_of(each).runs_in for each in (sample.plain, sample.waiting)] == [  # type: ignore[union-attr]
        "thread",
        "loop",
    ]


@pytest.mark.parametrize("name", ["", "Train", "-x", "a b", "x" * 101, "train\n", 7])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="the name of an evaluator is 1 to 100 of a-z"):
        evaluator(name)


def test_what_cannot_run_there_is_refused() -> None:
    async def waits(trial: Trial) -> dict[str, float]:
        return {}

    def within(trial: Trial) -> dict[str, float]:
        return {}

    with pytest.raises(TypeError, match="is an async def"):
        evaluator("x", runs_in="process")(waits)
    with pytest.raises(TypeError, match="must stand at the top of its module"):
        evaluator("x", runs_in="process")(within)
    with pytest.raises(TypeError, match="an evaluator is a function; got 7"):
        evaluator("x")(7)  # type: ignore[type-var]
    with pytest.raises(ValueError, match='runs in "thread" or "process"; got "gpu"'):
        evaluator("x", runs_in="gpu")  # type: ignore[arg-type]


def test_targets_lead_to_evaluators() -> None:
    assert [each.name for each in load_targets(["sample:plain", "sample:plain"])] == ["plain"]
    assert {each.name for each in load_targets(["sample"])} == {"plain", "waiting", "doubled", "odd"}
    assert load_targets(["sample:wrapped"])[0].function(Trial(params={"x": 2}))["loss"] == 4.0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere:train", "nowhere:train: there is no module nowhere in this folder or on PYTHONPATH"),
        ("sample:train", "sample:train: there is no train in sample; its evaluators are plain, waiting"),
        ("sample:A_NUMBER", "sample:A_NUMBER cannot be called: expected a function; got 7"),
        ("sample:undecorated", 'sample:undecorated is no evaluator: decorate it with @evaluator("NAME")'),
        ("json", "json has no evaluator: expected a function decorated with @evaluator"),
        ("sample:", 'expected module:function; got "sample:"'),
        ("broken_module:train", "broken_module cannot be imported: ZeroDivisionError: division by zero"),
        ("broken_import:train", "broken_import cannot be imported: ModuleNotFoundError: No module named 'not_there'"),
    ],
)
def test_a_target_that_leads_nowhere_is_told(target: str, message: str) -> None:
    with pytest.raises(TargetError) as told:
        load_targets([target])
    assert str(told.value).startswith(message)


def test_the_program_is_no_module() -> None:
    with pytest.raises(ImportError, match="from mabeam import evaluator"):
        importlib.import_module("mabeam.evaluator")
    assert mabeam.evaluator is evaluator
