"""The site the tenant is born with: one shop's people, made up, with ids that never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.tenant.content import content_digest, new_content
from kiosk.tenant.method import Code, Method, Pin
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import (
    AUTHENTICATION_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    AdministrativeUnit,
    Group,
    RoleAssignment,
    User,
)
from kiosk.tenant.portrait import portrait
from kiosk.tenant.rules import generate_pin

DOMAIN: Final = "contoso-stores.example"
TENANT_ID: Final = "8f2c6b1e-4d0a-4c57-9b1f-3a5e7d9c2b40"
STORE_UNIT: Final = "5a1d3c7e-2b94-4f68-8e05-6c9b7a4d1f32"
#: Hardware OATH devices assigned to Ada and to Layla.
ADA_DEVICE: Final = "0a7b1d52-93c4-4e6f-8d20-b5f6a1c3e874"
LAYLA_DEVICE: Final = "1b8c2e63-a4d5-4f70-9e31-c607b2d4f985"
FRONTLINE_GROUP: Final = "c7b04e92-6d1f-4a83-b5e7-19f2d8a36c5b"


def _worker(number: int, local: str, given: str, surname: str, name: str, *, language: str = "en") -> User:
    return User(
        id=f"{number:08x}-5eed-4e11-a000-{number:012x}",
        user_principal_name=f"{local}@{DOMAIN}",
        display_name=name,
        given_name=given,
        surname=surname,
        employee_id=f"E{10400 + number}",
        job_title="Sales Assistant",
        department="Store 12",
        office="Store 12",
        preferred_language=language,
    )


ADA: Final = _worker(1, "ada.okafor", "Ada", "Okafor", "Ada Okafor")
JOERG: Final = _worker(2, "joerg.mueller", "Jörg", "Müller", "Jörg Müller", language="de")
KATARZYNA: Final = _worker(
    3, "katarzyna.wisniewska", "Katarzyna", "Wiśniewska", "Katarzyna Wiśniewska", language="pl"
)
LAYLA: Final = _worker(4, "layla.haddad", "ليلى", "حداد", "ليلى حداد", language="ar")
HINA: Final = _worker(5, "hina.tanaka", "陽菜", "田中", "田中 陽菜", language="ja")
#: Works in another shop: outside the unit, so outside the supervisor's reach.
CHIDI: Final = replace(_worker(6, "chidi.eze", "Chidi", "Eze", "Chidi Eze"), department="Store 40", office="Store 40")
TOM: Final = replace(_worker(7, "tom.brennan", "Tom", "Brennan", "Tom Brennan"), account_enabled=False)
#: The supervisor of Store 12: may reissue for the people of that unit.
MARIA: Final = replace(
    _worker(8, "maria.silva", "Maria", "Silva", "Maria Silva", language="pt"),
    job_title="Store Supervisor",
    roles=(RoleAssignment(AUTHENTICATION_ADMINISTRATOR, STORE_UNIT),),
)
#: Holds a directory role in the whole tenant, so an Authentication Administrator may not touch him.
PER: Final = replace(
    _worker(9, "per.lindqvist", "Per", "Lindqvist", "Per Lindqvist", language="sv"),
    job_title="IT Support",
    roles=(RoleAssignment(HELPDESK_ADMINISTRATOR),),
)
#: Began this week.
ZOFIA: Final = _worker(10, "zofia.sliwinska", "Zofia", "Śliwińska", "Zofia Śliwińska", language="pl")
USERS: Final = (ADA, JOERG, KATARZYNA, LAYLA, HINA, CHIDI, TOM, MARIA, PER, ZOFIA)

#: Days ago a seeded standard code began, and days it lives. Zofia, Layla, Hina and Maria have no method.
_BADGES: Final = (
    (ADA, 90, 365),
    (JOERG, 200, 365),
    (KATARZYNA, 360, 365),
    (CHIDI, 30, 180),
    (TOM, 60, 365),
    (PER, 10, 90),
)
#: Those who handed in a photo.
_WITH_PHOTO: Final = (ADA, HINA)


def seeded(clock: Clock) -> Tenant:
    """A tenant with the made-up site in it. As in life, nobody knows the content or the PIN of a seeded badge."""
    store = frozenset(user.id for user in USERS if user is not CHIDI)
    tenant = Tenant(
        clock,
        USERS,
        units=[AdministrativeUnit(STORE_UNIT, "Store 12", store)],
        oath_devices={ADA_DEVICE: ADA.id, LAYLA_DEVICE: LAYLA.id},
        groups=[Group(FRONTLINE_GROUP, "Frontline workers", frozenset(user.id for user in USERS))],
    )
    tenant.photos = {user.id: portrait(number) for number, user in enumerate(_WITH_PHOTO)}
    for user, days_ago, days in _BADGES:
        tenant.adopt(user.id, _badge(user, clock, days_ago, days))
    return tenant


def _badge(user: User, clock: Clock, days_ago: int, days: int) -> Method:
    start = clock.now().replace(microsecond=0) - timedelta(days=days_ago)
    code_id = f"c0de{user.id[4:]}"
    digest = content_digest(new_content(user.user_principal_name, code_id).reveal())
    last_used = clock.now() - timedelta(days=1)
    code = Code(code_id, CodeKind.STANDARD, start, start + timedelta(days=days), start, digest, last_used)
    pin = Pin.made(f"91a0{user.id[4:]}", generate_pin(8), start, must_change=False)
    return Method(f"3e7d{user.id[4:]}", start, pin, standard=code)
