"""No value and no error of this package shows a code's content, a picture, a PIN or a token."""

from __future__ import annotations

import base64
import copy
import pickle
import traceback
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.graph import errors
from kiosk.graph.auth import AppSignIn
from kiosk.graph.client import GraphClient
from kiosk.graph.exchange import Lost, Request
from kiosk.graph.models import QrCode, QrCodeImageDetails
from kiosk.graph.paths import MethodOwner
from kiosk.graph.pin import generate_pin
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.seed import ADA, LAYLA
from kiosk.tenant.serve import RunningTenant

NEWCOMER = MethodOwner.user(LAYLA.id)


def spellings(secret: Secret) -> list[str]:
    raw = secret.reveal()
    return [raw.decode("utf-8", "replace")[:40], base64.b64encode(raw).decode()[:40], raw.hex()[:40], repr(raw)[2:40]]


def assert_hidden(shown: str, *secrets: Secret) -> None:
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling not in shown


@pytest.mark.anyio
async def test_a_method_just_created_shows_nothing(graph: GraphClient, wall_clock: ManualClock) -> None:
    now, pin = wall_clock.now(), generate_pin()
    method = await graph.create_method(NEWCOMER, start=now, expire=now + timedelta(days=30), pin=pin)
    assert method.standard is not None
    image = method.standard.image
    assert image is not None
    for value in (method, method.standard, image, method.pin):
        assert_hidden(f"{value!r} {value} {[value]}", pin, image.raw_content, image.binary_value)
        for write in (msgspec.json.encode, pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                write(value)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "fault", [Fault(status=503, after=True), Fault(drop="after"), Fault(status=400), Fault(status=401)], ids=repr
)
async def test_an_error_on_the_way_shows_nothing(
    graph: GraphClient, tenant: RunningTenant, wall_clock: ManualClock, fault: Fault
) -> None:
    """Neither in its words, nor in the values of the frames it has passed: a crash screen prints those."""
    now, pin = wall_clock.now(), generate_pin()
    await graph.get_user(ADA.id)
    tenant.box.faults.add(Rule(fault, Match(method="PUT"), None))
    with pytest.raises(errors.GraphError) as caught:
        await graph.create_method(NEWCOMER, start=now, expire=now + timedelta(days=30), pin=pin)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format(chain=True))
    assert_hidden(f"{shown} {caught.value!r} {vars(caught.value)}", pin)
    assert "Bearer" not in shown
    assert "eyJ" not in shown


@pytest.mark.anyio
async def test_a_sign_in_that_failed_shows_nothing(
    tenant: RunningTenant, tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    secret = Secret("not-the-secret-of-this-app")
    with pytest.raises(errors.SignInFailed) as caught:
        await AppSignIn(tenant_settings, secret, clock=wall_clock).token()
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format(chain=True))
    assert_hidden(shown, secret)
    assert "PRIVATE KEY" not in shown


def test_what_passes_between_the_parts_shows_nothing() -> None:
    body = Secret('{"pin": "09599786"}')
    assert_hidden(f"{Request('PUT', '/x', body)!r} {Lost(sent=True, reason='x')!r}", Secret("09599786"))


def test_errors_that_carry_a_code_do_not_show_it(wall_clock: ManualClock) -> None:
    content = Secret("ms-qrpin:v1|ada@contoso.example|c-1|key")
    image = QrCodeImageDetails(binary_value=Secret("<svg>"), raw_content=content)
    now: datetime = wall_clock.now()
    code = QrCode(id="c-1", start=now, expire=now, image=image)
    error: Any = errors.UnexpectedCodeCreated(created=code)
    assert_hidden(f"{error} {error!r} {error.args} {vars(error)}", content)
