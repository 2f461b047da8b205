"""How far a sign-in reaches, in words: what is there, what is missing for what, and over whom."""

from __future__ import annotations

from typing import Any

from kiosk.graph.reach import Missing, Reach

Json = dict[str, Any]


def to_json(reach: Reach) -> Json:
    """All of it, for a program."""
    claims = reach.claims
    return {
        "name": claims.name,
        "principalId": claims.principal_id,
        "appOnly": claims.app_only,
        "permissions": sorted(claims.permissions),
        "roles": [
            {"roleTemplateId": role.template_id, "displayName": role.name, "administrativeUnit": role.unit}
            for role in reach.roles
        ],
        "roleScopesKnown": reach.scopes_known,
        "wholeTenant": reach.whole_tenant,
        "administrativeUnits": list(reach.units),
        "missing": [
            {"operation": lack.operation, "permission": lack.permission, "role": lack.role} for lack in reach.missing
        ],
    }


def extent(reach: Reach) -> str:
    """Whose codes may be changed."""
    if reach.whole_tenant:
        return "may change everybody's codes in the whole tenant"
    if reach.units:
        return f"may change the codes of people in the administrative unit {', '.join(reach.units)}"
    if not reach.scopes_known:
        return "may change nobody's codes as far as can be told: which units its roles reach may not be read"
    return "may change nobody's codes"


def lacks(reach: Reach) -> list[str]:
    """Each permission and role that is missing, and for what."""
    return _lacks(reach.missing, "permission") + _lacks(reach.missing, "role")


def _lacks(missing: tuple[Missing, ...], what: str) -> list[str]:
    wanted: dict[str, list[str]] = {}
    for lack in missing:
        if name := getattr(lack, what):
            wanted.setdefault(name, []).append(lack.operation)
    return [f"{what} {name}, to {', '.join(operations)}" for name, operations in wanted.items()]
