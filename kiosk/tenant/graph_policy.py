"""The policy of the method: read, changed, and put back to what a tenant begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from kiosk.tenant import bodies, permissions, representation
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.method import Policy, Target
from kiosk.tenant.refusal import bad_request

_DEFAULT: Final = Policy(enabled=False)


def get_policy(call: Call) -> Answer:
    """GET."""
    permissions.require_policy(call.tenant, call.caller, write=False)
    return Answer(200, _policy(call))


def patch_policy(call: Call) -> Answer:
    """PATCH. v1.0 answers 200 and the policy, beta 204, as their pages have it."""
    permissions.require_policy(call.tenant, call.caller, write=True)
    call.tenant.policy = _changed(call.tenant.policy, bodies.read(call.body, bodies.PolicyBody))
    return Answer(204) if call.version == "beta" else Answer(200, _policy(call))


def delete_policy(call: Call) -> Answer:
    """DELETE: what Microsoft ships, which is off."""
    permissions.require_policy(call.tenant, call.caller, write=True)
    call.tenant.policy = _DEFAULT
    return Answer(204)


VERBS: Final[Mapping[str, Callable[[Call], Answer]]] = {
    "GET": get_policy,
    "PATCH": patch_policy,
    "DELETE": delete_policy,
}


def _policy(call: Call) -> dict[str, Any]:
    return {**call.context("authenticationMethodConfigurations/$entity"), **representation.policy(call.tenant.policy)}


def _changed(policy: Policy, body: bodies.PolicyBody) -> Policy:
    if body.odata_type is None:
        raise bad_request("The @odata.type of the configuration is required.")
    changes = {
        "enabled": None if body.state is None else body.state == "enabled",
        "pin_length": body.pin_length,
        "standard_lifetime_days": body.lifetime_in_days,
        "include": _targets(body.include_targets),
        "exclude": _targets(body.exclude_targets),
    }
    return replace(policy, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def _targets(sent: tuple[bodies.TargetBody, ...] | None) -> tuple[Target, ...] | None:
    return None if sent is None else tuple(Target(each.target_type, each.id) for each in sent)
