"""Everything the program can say has words."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kiosk
from kiosk.badge.content import Unreadable
from kiosk.badge.verdict import Basis, Verdict
from kiosk.i18n import WordsError, _catalogue, keys, words
from kiosk.replace.attendant import Choice, Progress
from kiosk.replace.plan import Reason, Step
from kiosk.replace.recover import Situation
from kiosk.ui.doing import KINDS

SOURCES = sorted(Path(kiosk.__file__).parent.rglob("*.py"))


def calls(function: str) -> Iterator[ast.expr]:
    """The first argument of each call of `function` in the program."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == function
                and node.args
            ):
                yield node.args[0]


def texts(function: str) -> set[str]:
    """The texts among those arguments, those in an either-or too."""
    return {
        part.value
        for argument in calls(function)
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value.strip(".")
    }


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_figure_a_title_and_a_next_step(verdict: Verdict) -> None:
    for what in ("big", "title", "next"):
        assert words(f"verdict.{verdict}.{what}")


def test_every_member_of_what_is_shown_by_its_value_has_words() -> None:
    wanted = [f"reason.{reason}" for reason in Reason]
    wanted += [f"step.{step}.{what}" for step in Step for what in ("doing", "done", "trouble")]
    wanted += [f"situation.{situation}" for situation in Situation]
    wanted += [f"doing.{kind}.{what}" for kind in KINDS.values() for what in ("big", "before", "after")]
    about = ("title", "title_nobody", "done", "done_nobody")
    wanted += [f"doing.{kind}.{what}" for kind in KINDS.values() for what in about]
    assert set(KINDS) == set(Reason)
    wanted += [f"choice.{choice}" for choice in Choice] + [f"progress.{progress}" for progress in Progress]
    wanted += [f"basis.{basis}" for basis in Basis] + [f"device.{role}" for role in ("scan", "print")]
    wanted += [f"device.state.{state}" for state in ("ok", "fault", "unknown", "absent")]
    wanted += [f"month.{month}" for month in range(1, 13)]

    assert set(wanted) <= keys()


def test_every_refusal_the_program_makes_has_words() -> None:
    made = {argument.value for argument in calls("Refusal") if isinstance(argument, ast.Constant)}

    assert len(made) >= 7, "the search finds them"
    assert {f"refusal.{key}" for key in made} <= keys()


def test_every_reason_of_a_verdict_has_words() -> None:
    judge = ast.parse((Path(kiosk.__file__).parent / "badge/verdict.py").read_text())
    blocks = next(node for node in ast.walk(judge) if isinstance(node, ast.FunctionDef) and node.name == "_blocks")
    named = {
        key.value
        for node in ast.walk(blocks)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    unreadable = {why.value for why in Unreadable if why is not Unreadable.NOT_A_BADGE}

    assert len(named) >= 3, "the search finds them"
    assert {f"because.{reason}" for reason in named | unreadable | {"expiring"}} <= keys()


def test_every_key_written_in_the_program_has_words() -> None:
    written = texts("words") | texts("_enter") | texts("_escape")

    assert len(written) > 30, "the search finds them"
    # The fixed beginning of a longer key ends with its dot; the members that follow have tests of their own.
    begun = {key for key in written if key.endswith(".") and any(longer.startswith(key) for longer in keys())}
    assert written - keys() - begun == set()


def test_every_key_about_a_person_has_words_for_when_the_name_is_not_known() -> None:
    about = texts("about")

    assert about
    assert {f"{key}_nobody" for key in about} | about <= keys()


def test_an_unknown_key_is_an_error_that_names_it() -> None:
    with pytest.raises(WordsError, match=r"no words for verdict\.excellent\.title"):
        words("verdict.excellent.title")


def test_a_missing_value_is_an_error_that_names_key_and_value() -> None:
    with pytest.raises(WordsError, match=r"stranded\.title need a value for 'name'"):
        words("stranded.title")


def test_values_are_put_in_as_they_are() -> None:
    assert words("stranded.title", name="{0.__class__} [b]") == "{0.__class__} [b] has no badge that works"


def test_only_texts_are_in_the_catalogue_and_they_name_only_known_values() -> None:
    named: set[Any] = set()
    for pattern in _catalogue().values():
        assert isinstance(pattern, str)
        assert pattern.strip() == pattern != ""
        named |= {field for _, field, _, _ in string.Formatter().parse(pattern) if field is not None}

    assert named == {
        "name",
        "when",
        "as_of",
        "count",
        "day",
        "month",
        "year",
        "time",
        "reach",
        "code",
        "why",
        "grade",
    }
