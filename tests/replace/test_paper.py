"""From the image Graph sent to a badge that reads, and what is left of the secrets when it ends half-way."""

from __future__ import annotations

import asyncio
import base64
import io
import uuid
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from typing import Any

import pytest
import segno

from drivers.wire.secret import ForgottenError, Secret
from kiosk.badge.fonts import missing
from kiosk.registry import CodeState
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, Progress
from kiosk.replace.carry_out import Replacement
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.seed import HINA, LAYLA
from tests.replace.bench import Bench, Person

pytestmark = pytest.mark.anyio


def _png(content: bytes) -> bytes:
    out = io.BytesIO()
    segno.make_qr(content, error="m", mode="byte").save(out, kind="png", scale=3, border=4)
    return out.getvalue()


def _base64_png(content: bytes) -> bytes:
    return _png(base64.b64encode(content))


#: The id of a code of somebody else.
_THEIRS = uuid.UUID(int=7)

IMAGES: dict[str, tuple[Callable[[bytes], bytes], str, bool]] = {
    "a PNG": (_png, "image", True),
    "a PNG of the content's base64 text": (_base64_png, "image", True),
    "garbage": (lambda _: b"\x00\xffneither", "content", True),
    "an SVG with a script": (lambda _: b'<svg width="9" height="9"><script/></svg>', "content", True),
    "a PNG cut off": (lambda content: _png(content)[:90], "content", True),
    "another code than the one that was created": (lambda _: _png(b"ms-qrpin:v1|a@b|x|y"), "content", True),
    "somebody else's badge": (lambda _: _png(f"ms-qrpin:v1|a@b|{_THEIRS}|key".encode()), "content", True),
    "the same code with another key": (lambda content: _png(content[:-8] + b"otherkey"), "image", False),
    "no badge at all": (lambda _: _png(b"https://example.org/"), "content", True),
}


@pytest.mark.parametrize("name", IMAGES)
async def test_what_the_image_is(
    name: str, bench: Bench, check: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image's own modules are printed; the content is encoded anew only where the image does not read as it."""
    draw, source, agrees = IMAGES[name]
    monkeypatch.setattr("kiosk.tenant.representation.symbol_svg", draw)

    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), Person(bench.paper, []))

    check()
    assert result.finished
    (prepared,) = [entry.details for entry in bench.journal() if (entry.step, entry.phase) == ("prepare", "outcome")]
    assert str(prepared["symbol"]).startswith(source)
    assert prepared["image_agrees"] is agrees
    assert bench.sign_in(bench.issuer.contents[-1]) == "accepted"


@pytest.mark.skipif(not missing("𓀀"), reason="a font here has Egyptian hieroglyphs")
async def test_a_letter_no_font_has_is_told_to_whoever_stands_there(
    bench: Bench, check: Callable[[], None], logged: list[MutableMapping[str, Any]]
) -> None:
    """On the screen by itself; in the log, which is no place for names, only how many."""
    bench.tenant.tenant.change_user(replace(LAYLA, display_name="Layla 𓀀"))
    person = Person(bench.paper, [])

    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), person)

    check()
    assert result.finished
    assert (Step.PREPARE, Progress.DONE, "no font here has 𓀀; question marks are printed") in person.shown
    (entry,) = [entry for entry in logged if "no font" in entry["event"]]
    assert entry["count"] == 1
    assert "𓀀" not in str(logged)


@pytest.mark.parametrize("code_id", ["0" * 36, _THEIRS], ids=["no badge", "another badge"])
async def test_neither_image_nor_content_reads_as_the_code(
    code_id: object, bench: Bench, check: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is printed, ever, and the person decides."""
    monkeypatch.setattr("kiosk.tenant.model.new_content", lambda upn, _: Secret(f"ms-qrpin:v1|{upn}|{code_id}|key"))
    person = Person(bench.paper, [(Step.PREPARE, Choice.RETRY, None)] * 5 + [(Step.PREPARE, Choice.GIVE_UP, None)])

    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), person)

    check()
    assert result.stranded
    assert bench.paper.sheets == []
    assert {trouble.message for trouble in person.troubles} == {
        "the page drawn for the new code does not read as that code; it was not printed"
    }


@pytest.mark.parametrize("user", [LAYLA, HINA], ids=["reissue", "enrol"])
@pytest.mark.parametrize("step", [Step.PREPARE, Step.PRINT, Step.SCAN_BACK])
async def test_a_station_that_is_stopped_keeps_no_secret(
    step: Step, user: object, bench: Bench, check: Callable[[], None]
) -> None:
    """The journal stays open; content and PIN are gone from the station, the page from the driver."""
    reason = Reason.WORN if user is LAYLA else Reason.NEW_HERE
    planned = await bench.planned(user, reason)  # type: ignore[arg-type]
    person = bench.person = Person(bench.paper, [])
    replacement = Replacement(Assignment(*planned, bench.use, person))
    running = asyncio.create_task(replacement.run())

    def stop() -> None:
        running.cancel()

    person.at[step] = stop

    with pytest.raises(asyncio.CancelledError):
        await running

    check()
    assert bench.journal_result() is None
    if replacement._doing.pin:
        with pytest.raises(ForgottenError):
            replacement._doing.pin.reveal()
    if step is not Step.SCAN_BACK:
        assert bench.paper.sheets == []


async def test_what_the_journal_says_of_a_reissue(bench: Bench, check: Callable[[], None]) -> None:
    """Ids, digests, dates and states, in order: enough for recovery, which reads nothing else."""
    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), Person(bench.paper, []))

    check()
    steps = ["preflight", "bridge", "delete", "create", "prepare", "print", "scan_back", "unbridge", "close"]
    assert [(entry.step, entry.phase) for entry in bench.journal()] == [
        (step, phase) for step in steps for phase in ("intent", "outcome")
    ]
    by_name = {(entry.step, entry.phase): entry.details for entry in bench.journal()}
    assert by_name["preflight", "intent"] == {"old": bench.old_id}
    assert by_name["delete", "intent"]["code_id"] == bench.old_id
    for create in ("bridge", "create"):
        assert set(by_name[create, "intent"]) == {"request_id", "start", "expire"}
    assert by_name["unbridge", "intent"]["code_id"] == by_name["bridge", "outcome"]["code_id"]
    assert by_name["create", "outcome"] == {"code_id": result.code_id}
    new = await bench.registry.code(result.code_id)
    assert new is not None
    assert (new.state, new.digest.hex()) == (CodeState.SCANNED, by_name["scan_back", "outcome"]["digest"])
    assert by_name["print", "intent"]["job"] == by_name["prepare", "outcome"]["job"]
    ids = {entry.client_request_id for entry in bench.tenant.box.journal.entries}
    assert by_name["delete", "intent"]["request_id"] in ids
    assert by_name["create", "intent"]["request_id"] in ids
