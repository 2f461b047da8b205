"""The demo's second pair of hands: does with a phone what a supervisor would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kiosk.board import Board
from kiosk.errors import KioskError
from kiosk.harness.assistant import Assistant
from kiosk.harness.phone import Phone
from kiosk.state import Phase, SignInView
from kiosk.tenant.device_flow import Decision
from kiosk.tenant.seed import MARIA
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio


class WatchedPhone(Phone):
    """Says when it has approved something."""

    def __init__(self, graph_url: str, ca_file: str) -> None:
        super().__init__(graph_url, ca_file)
        self.approved = asyncio.Event()

    async def approve(self, user_code: str, upn: str) -> None:
        await super().approve(user_code, upn)
        self.approved.set()


@pytest.fixture
async def phone(running_tenant: RunningTenant) -> AsyncIterator[WatchedPhone]:
    running_tenant.box.reset()
    phone = WatchedPhone(running_tenant.graph_url, str(running_tenant.ca_file))
    yield phone
    await phone.close()


def begun(tenant: RunningTenant) -> tuple[str, str]:
    """A device code and its short code."""
    return tenant.box.grants.start(tenant.client_id, frozenset({"openid"}))


async def test_a_phone_approves_the_code_it_is_told_and_no_other(
    phone: WatchedPhone, running_tenant: RunningTenant
) -> None:
    device_code, user_code = begun(running_tenant)
    with pytest.raises(KioskError, match="refuses the code"):
        await phone.approve("NOTTHATONE", MARIA.user_principal_name)
    await phone.approve(user_code, MARIA.user_principal_name)
    assert running_tenant.box.grants.redeem_device_code(device_code, running_tenant.client_id).user_id == MARIA.id


async def test_the_code_on_the_screen_is_typed_into_the_phone_unless_somebody_goes_back(
    phone: WatchedPhone, running_tenant: RunningTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.harness.assistant._PHONE_SECONDS", 0.05)
    board, grants = Board(), running_tenant.box.grants
    (_, left), (approved, typed) = begun(running_tenant), begun(running_tenant)
    assistant = Assistant(board, None, phone, MARIA.user_principal_name)  # type: ignore[arg-type]
    board.change(phase=Phase.SIGN_IN, sign_in=SignInView(left, "https://127.0.0.1/devicelogin", 300))
    helping = asyncio.create_task(assistant.help())
    await asyncio.sleep(0)
    board.change(phase=Phase.CHECKING, sign_in=None)
    await asyncio.sleep(0)
    board.change(phase=Phase.SIGN_IN, sign_in=SignInView(typed, "https://127.0.0.1/devicelogin", 300))
    async with asyncio.timeout(20):
        await phone.approved.wait()
    assert grants.redeem_device_code(approved, running_tenant.client_id).user_id == MARIA.id
    assert grants.decide(left, Decision.DECLINED, None), "nobody typed the code that was taken off"
    helping.cancel()
    await asyncio.gather(helping, return_exceptions=True)
