"""What the doctor says of badges already printed."""

from __future__ import annotations

import io
from collections.abc import Callable

import msgspec
import pytest
import segno

from kiosk.config import load
from kiosk.doctor import images
from kiosk.replace.plan import Reason
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench, Person

pytestmark = pytest.mark.anyio


def _other_key(content: bytes) -> bytes:
    """A picture of the same badge with another key: the picture is what the phone reads, so it is what is printed."""
    out = io.BytesIO()
    segno.make_qr(content[:-4] + b"AAAA", error="m", mode="byte").save(out, kind="png", scale=3, border=4)
    return out.getvalue()


@pytest.mark.parametrize(("draw", "said"), [(None, []), (_other_key, ["symbols"])], ids=["as ever", "another key"])
async def test_a_picture_that_says_something_else_is_told(
    draw: Callable[[bytes], bytes] | None, said: list[str], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if draw:
        monkeypatch.setattr("kiosk.tenant.representation.symbol_svg", draw)
    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), Person(bench.paper, []))
    assert result.finished
    config = load(None)
    config = msgspec.structs.replace(config, registry=msgspec.structs.replace(config.registry, path=str(bench.file)))

    assert [finding.part async for finding in images(config, bench.clock)] == said
