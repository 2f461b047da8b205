"""What became of known people's codes in Graph, noted in this machine's registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.administration.session import Session
from kiosk.badge.kind import CodeKind
from kiosk.graph.errors import GraphError, MethodNotFound, UserNotFound
from kiosk.graph.models import QrCode, QrCodePinMethod
from kiosk.graph.paths import MethodOwner
from kiosk.registry import CodeElsewhere, CodeState, IssuedCode, Registry
from kiosk.registry.states import ENDED_CODES

_REASON = "sync"


@dataclass
class Synced:
    """How many people were asked about, and what was found. `failed`: Graph did not answer for them."""

    people: int = 0
    revoked: int = 0
    extended: int = 0
    used: int = 0
    expired: int = 0
    elsewhere: int = 0
    failed: int = 0


async def sync(session: Session, registry: Registry) -> Synced:
    """Ask Graph about everyone a code is known of. One person's failure does not stop the rest."""
    done = Synced()
    people: dict[str, str] = {code.user_id: code.upn for code in await registry.codes_elsewhere()}
    # Of whom a code was, and who has been erased, nothing is asked.
    people |= {code.user_id: code.upn for code in await registry.codes() if code.user_id}
    for user_id, upn in people.items():
        try:
            method = await _method(session, user_id)
        except GraphError:
            done.failed += 1
            continue
        done.people += 1
        await _person(registry, user_id, upn, method, session.clock.now(), done)
    return done


async def _method(session: Session, user_id: str) -> QrCodePinMethod | None:
    try:
        return await session.graph.get_method(MethodOwner.user(user_id))
    except (MethodNotFound, UserNotFound):
        return None


async def _person(  # noqa: PLR0917
    registry: Registry, user_id: str, upn: str, method: QrCodePinMethod | None, at: datetime, done: Synced
) -> None:
    slots = ((CodeKind.STANDARD, method.standard), (CodeKind.TEMPORARY, method.temporary)) if method else ()
    there = {code.id.lower(): (kind, code) for kind, code in slots if code is not None}
    issued = await registry.codes_of(user_id)
    for code in issued:
        await _issued(registry, code, there.get(code.code_id, (None, None))[1], at, done)
    mine = {code.code_id for code in issued}
    known = [code for code in await registry.codes_elsewhere() if code.user_id == user_id]
    new = [_elsewhere(user_id, upn, kind, code, at) for key, (kind, code) in there.items() if key not in mine]
    gone = [_gone(code, at) for code in known if code.code_id not in there and code.state not in ENDED_CODES]
    done.elsewhere += await registry.keep_elsewhere([*new, *gone], at=at)


async def _issued(registry: Registry, code: IssuedCode, graph: QrCode | None, at: datetime, done: Synced) -> None:
    if graph is None:
        if code.state not in ENDED_CODES:
            ended = CodeState.EXPIRED if code.expire_at <= at else CodeState.REVOKED
            await registry.change_state(code.code_id, ended, at=at, reason=_REASON)
            done.expired += ended is CodeState.EXPIRED
            done.revoked += ended is CodeState.REVOKED
        return
    if graph.expire != code.expire_at:
        await registry.change_expiry(code.code_id, graph.expire, at=at, reason=_REASON)
        done.extended += 1
    if graph.last_used is not None and code.state in {CodeState.CREATED, CodeState.PRINTED, CodeState.SCANNED}:
        await registry.change_state(code.code_id, CodeState.USED, at=graph.last_used, reason=_REASON)
        done.used += 1


def _elsewhere(user_id: str, upn: str, kind: CodeKind, code: QrCode, at: datetime) -> CodeElsewhere:
    state = CodeState.USED if code.last_used else CodeState.CREATED
    return CodeElsewhere(
        code_id=code.id,
        user_id=user_id,
        upn=upn,
        kind=kind,
        start_at=code.start,
        expire_at=code.expire,
        state=CodeState.EXPIRED if code.expire <= at else state,
        source="graph",
        noted_at=at,
    )


def _gone(code: CodeElsewhere, at: datetime) -> CodeElsewhere:
    values = {name: getattr(code, name) for name in ("code_id", "user_id", "upn", "kind", "start_at", "expire_at")}
    state = CodeState.EXPIRED if code.expire_at <= at else CodeState.REVOKED
    return CodeElsewhere(**values, state=state, source="graph", noted_at=at)
