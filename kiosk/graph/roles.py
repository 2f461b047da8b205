"""Entra's built-in roles that matter here, by their template ids, which are the same in every tenant."""

from __future__ import annotations

from typing import Final

GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"
AUTHENTICATION_ADMINISTRATOR: Final = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Final = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
AUTHENTICATION_POLICY_ADMINISTRATOR: Final = "0526716b-113d-4c15-b2c8-68e3c22b9f80"
GLOBAL_READER: Final = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

_NAMES: Final = {
    GLOBAL_ADMINISTRATOR: "Global Administrator",
    AUTHENTICATION_ADMINISTRATOR: "Authentication Administrator",
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: "Privileged Authentication Administrator",
    AUTHENTICATION_POLICY_ADMINISTRATOR: "Authentication Policy Administrator",
    GLOBAL_READER: "Global Reader",
}

#: Who may change and who may read somebody else's method. An Authentication Administrator reaches nobody who holds a
#: directory role themselves.
METHOD_WRITERS: Final = frozenset(
    {GLOBAL_ADMINISTRATOR, AUTHENTICATION_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR}
)
METHOD_READERS: Final = METHOD_WRITERS | {GLOBAL_READER}
POLICY_READERS: Final = frozenset({GLOBAL_ADMINISTRATOR, GLOBAL_READER, AUTHENTICATION_POLICY_ADMINISTRATOR})


def role_name(template_id: str) -> str:
    """Its name in Entra; the id itself for a role of no concern here."""
    return _NAMES.get(template_id, template_id)
