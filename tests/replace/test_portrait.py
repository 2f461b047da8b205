"""What of a person is on their badge beside the name: the job title, and a picture where the site wants one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kiosk.config import Station
from kiosk.replace.plan import Reason, Step
from kiosk.stationery import Stationery
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.portrait import portrait
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench, Person, read

pytestmark = pytest.mark.anyio

PLAIN = Stationery(station=Station(name="till-3"))


async def height(bench: Bench, stationery: Stationery = PLAIN) -> int:
    """How long Layla's new badge is, in rows: everything that is on it takes some."""
    bench.use = replace(bench.use, stationery=stationery)
    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), Person(bench.paper, []))
    assert result.finished
    return bench.paper.sheets[-1].height


def photos_asked(bench: Bench) -> int:
    """How often Graph was asked for a picture."""
    return sum("/photo/" in entry.path.lower() for entry in bench.tenant.box.journal.entries)


async def test_the_job_title_is_on_the_badge(bench: Bench, check: Callable[[], None]) -> None:
    with_title = await height(bench)
    bench.old = read(bench.paper.sheets[-1])[0]
    bench.tenant.tenant.change_user(replace(LAYLA, job_title=""))
    assert await height(bench) < with_title


async def test_a_picture_is_asked_for_only_where_badges_have_one(bench: Bench, check: Callable[[], None]) -> None:
    bench.tenant.tenant.photos[LAYLA.id] = portrait(1)
    plain = await height(bench)
    assert photos_asked(bench) == 0
    assert await height(bench, replace(PLAIN, photos=True)) > plain + 100
    assert photos_asked(bench) == 1, "before anything irreversible, and not again"


@pytest.mark.parametrize("how", ["there is none", "it may not be read", "it is no picture"])
async def test_a_badge_is_made_without_a_picture_that_cannot_be_had(
    how: str, bench: Bench, check: Callable[[], None]
) -> None:
    """And whoever stands there hears why, unless there simply is none."""
    photos = bench.tenant.tenant.photos
    photos.pop(LAYLA.id, None)
    if how == "it is no picture":
        photos[LAYLA.id] = b"no picture"
    if how == "it may not be read":
        bench.tenant.box.faults.add(Rule(Fault(status=403), Match("GET", "/photo")))
    bench.use = replace(bench.use, stationery=replace(PLAIN, photos=True))
    person = Person(bench.paper, [])

    result = await bench.carry_out(await bench.planned(LAYLA, Reason.WORN), person)

    assert result.finished
    (said,) = [detail for step, progress, detail in person.shown if (step, progress) == (Step.PREPARE, "done")]
    words = {"there is none": "", "it may not be read": "without a photo", "it is no picture": "left out: photo"}
    assert said.startswith(words[how])
    assert bool(said) is bool(words[how])
