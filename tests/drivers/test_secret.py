"""A Secret shows itself to nobody who does not ask by name."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import traceback

import msgspec
import pytest

from drivers.wire.secret import REDACTED, ForgottenError, Secret

TEXT = "correct horse battery staple"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, "{:>40}".format, lambda value: f"{value}"])
def test_no_way_of_printing_shows_it(show: object) -> None:
    assert callable(show)
    shown = show(Secret(TEXT))

    assert shown.strip() == REDACTED
    assert TEXT not in shown


@pytest.mark.parametrize(
    "leak",
    [pickle.dumps, json.dumps, msgspec.json.encode, msgspec.msgpack.encode, copy.copy, copy.deepcopy, bytes, len],
)
def test_no_way_of_writing_takes_it(leak: object) -> None:
    assert callable(leak)

    with pytest.raises(TypeError):
        leak(Secret(TEXT))


def test_neither_iterates_nor_hashes() -> None:
    with pytest.raises(TypeError):
        iter(Secret(TEXT))  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        hash(Secret(TEXT))


def test_a_value_that_holds_one_prints_without_it() -> None:
    @dataclasses.dataclass
    class Holder:
        pin: Secret

    assert TEXT not in repr(Holder(Secret(TEXT)))
    with pytest.raises(TypeError):
        dataclasses.asdict(Holder(Secret(TEXT)))


def test_a_traceback_with_locals_prints_without_it() -> None:
    def fail() -> None:
        pin = Secret(TEXT)
        raise RuntimeError(str(pin))

    with pytest.raises(RuntimeError) as caught:
        fail()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert TEXT not in "".join(shown.format())


def test_equal_by_value_and_only_to_secrets() -> None:
    assert Secret(TEXT) == Secret(TEXT.encode())
    assert Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT


def test_forgetting_is_for_good_and_may_be_done_twice() -> None:
    held = bytearray(TEXT.encode())
    secret = Secret(held)

    secret.forget()
    secret.forget()

    assert held == TEXT.encode(), "the caller's own copy is the caller's"
    with pytest.raises(ForgottenError):
        secret.reveal()
