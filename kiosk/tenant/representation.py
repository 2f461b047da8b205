"""The JSON Graph writes: users, methods, codes, PINs, the policy. No secret but the ones handed in as new."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.tenant.method import Code, Method, NewCode, NewPin, Pin, Policy, Standing, Target
from kiosk.tenant.people import User
from kiosk.tenant.symbol import LEVEL, symbol_svg

Json = dict[str, Any]
#: What stands where something never happened.
NEVER: Final = "0001-01-01T00:00:00Z"
_TYPE: Final = "@odata.type"


def whole(moment: datetime) -> str:
    """A time that was handed in: its fraction only where it has one."""
    moment = moment.astimezone(UTC)
    return exact(moment) if moment.microsecond else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def exact(moment: datetime) -> str:
    """A time the tenant took itself: seven fractional digits."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def code(value: Code | None) -> Json | None:
    """A code without its image, as every read gives it."""
    if value is None:
        return None
    return {
        _TYPE: "#microsoft.graph.qrCode",
        "id": value.id,
        "startDateTime": whole(value.start),
        "expireDateTime": whole(value.expire),
        "createdDateTime": exact(value.created),
        "lastUsedDateTime": exact(value.last_used) if value.last_used else NEVER,
        "image": None,
    }


def new_code(value: NewCode) -> Json:
    """A code with its image: the one answer that carries its content.

    `version` is 1 as in Microsoft's sample; it is not the symbol's version.
    """
    content = value.content.reveal()
    image = {
        _TYPE: "#microsoft.graph.qrCodeImageDetails",
        "binaryValue": base64.b64encode(symbol_svg(content)).decode(),
        "version": 1,
        "errorCorrectionLevel": LEVEL,
        "rawContent": base64.b64encode(content).decode(),
    }
    return {**(code(value.code) or {}), "image": image}


def pin(value: Pin, version: str) -> Json:
    """A PIN without its digits: null in v1.0, empty in beta."""
    return {
        _TYPE: "#microsoft.graph.qrPin",
        "id": value.id,
        "code": None if version == "v1.0" else "",
        "forceChangePinNextSignIn": value.must_change,
        "createdDateTime": exact(value.created),
        "updatedDateTime": exact(value.updated),
    }


def new_pin(value: NewPin, version: str) -> Json:
    """A PIN with its digits: the one answer that carries them."""
    return {**pin(value.pin, version), "code": value.digits.reveal_text()}


def method(value: Method, version: str, *, allowed: bool, now: datetime) -> Json:
    """A method with everything in it, inline."""
    reason = _usability(value, allowed=allowed, now=now)
    last_used = [each.last_used for each in value.codes if each.last_used]
    answer: Json = {
        _TYPE: "#microsoft.graph.qrCodePinAuthenticationMethod",
        "id": value.id,
        "createdDateTime": exact(value.created),
        "isUsable": reason == "EnabledByPolicy",
        "methodUsabilityReason": reason,
        "standardQRCode": code(value.standard),
        "temporaryQRCode": code(value.temporary),
        "pin": pin(value.pin, version),
    }
    if version == "beta":
        answer["lastUsedDateTime"] = exact(max(last_used)) if last_used else NEVER
    return answer


def _usability(value: Method, *, allowed: bool, now: datetime) -> str:
    standings = {each.standing(now) for each in value.codes}
    if not allowed:
        return "DisabledByPolicy"
    if Standing.ACTIVE in standings:
        return "EnabledByPolicy"
    return "NotYetValid" if Standing.NOT_YET_VALID in standings else "Expired"


def policy(value: Policy) -> Json:
    """The policy of the method."""
    return {
        _TYPE: "#microsoft.graph.qrCodePinAuthenticationMethodConfiguration",
        "id": "QRCodePin",
        "state": "enabled" if value.enabled else "disabled",
        "standardQRCodeLifetimeInDays": value.standard_lifetime_days,
        "pinLength": value.pin_length,
        "excludeTargets": [_target(each) for each in value.exclude],
        "includeTargets": [{**_target(each), "isRegistrationRequired": False} for each in value.include],
    }


def _target(value: Target) -> Json:
    return {"targetType": value.kind, "id": value.id}


_BY_DEFAULT: Final = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)


#: Properties every user of Graph has, which say nothing here.
_EMPTY: Final = (
    *("aboutMe", "ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "createdDateTime"),
    *("creationType", "deletedDateTime", "employeeHireDate", "employeeLeaveDateTime", "employeeType"),
    *("externalUserState", "faxNumber", "lastPasswordChangeDateTime", "legalAgeGroupClassification"),
    *("mailNickname", "onPremisesDistinguishedName", "onPremisesDomainName", "onPremisesImmutableId"),
    *("onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled"),
    *("onPremisesUserPrincipalName", "postalCode", "preferredDataLocation", "securityIdentifier"),
    *("signInActivity", "signInSessionsValidFromDateTime", "state", "streetAddress", "usageLocation"),
)
_EMPTY_LISTS: Final = (
    "assignedLicenses",
    "assignedPlans",
    "identities",
    "imAddresses",
    "otherMails",
    "proxyAddresses",
)


def is_property(name: str) -> bool:
    """Whether a user of Graph has a property of this name, or it is `*`, which means all."""
    return name == "*" or name.casefold() in _PROPERTIES


def user(value: User, select: list[str] | None = None) -> Json:
    """A user with the properties asked for, or those Graph gives unasked (accountEnabled is not among them)."""
    everything: Json = {
        "id": value.id,
        "userPrincipalName": value.user_principal_name,
        "displayName": value.display_name,
        "givenName": value.given_name,
        "surname": value.surname,
        "employeeId": value.employee_id,
        "jobTitle": value.job_title,
        "department": value.department,
        "officeLocation": value.office,
        "preferredLanguage": value.preferred_language,
        "accountEnabled": value.account_enabled,
        "mail": value.user_principal_name,
        "mobilePhone": None,
        "businessPhones": [],
        "userType": "Member",
        **dict.fromkeys(_EMPTY),
        **{name: [] for name in _EMPTY_LISTS},
    }
    if select is None or "*" in select:
        return {name: everything[name] for name in _BY_DEFAULT}
    wanted = {name.casefold() for name in select}
    return {name: each for name, each in everything.items() if name.casefold() in wanted}


_PROPERTIES: Final = frozenset(
    name.casefold()
    for name in (
        *(*_BY_DEFAULT, *_EMPTY, *_EMPTY_LISTS),
        *("employeeId", "department", "accountEnabled", "userType"),
    )
)
