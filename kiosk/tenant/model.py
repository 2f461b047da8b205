"""The state of the tenant and what Graph does to it. No I/O; time comes from the clock handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import Clock
from kiosk.tenant import rules
from kiosk.tenant.content import content_digest, new_content
from kiosk.tenant.method import Code, Method, NewCode, NewMethod, NewPin, Pin, Policy, Target
from kiosk.tenant.people import AdministrativeUnit, Group, User
from kiosk.tenant.refusal import GraphError, bad_request, no_method, no_such_object


class Tenant:
    """Users, their methods and the policy. Every operation either happens whole or raises GraphError.

    `oath_devices` gives the user (id) that a hardware OATH device (id) is assigned to, `photos` a user's picture.
    `owners` remembers of every code ever issued whose it was and its content's digest, so that a sign-in can tell a
    revoked code from one nobody issued.
    """

    def __init__(
        self,
        clock: Clock,
        users: Iterable[User],
        *,
        units: Iterable[AdministrativeUnit] = (),
        groups: Iterable[Group] = (),
        oath_devices: Mapping[str, str] | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.clock = clock
        self.users = {user.id: user for user in users}
        self.units = {unit.id: unit for unit in units}
        self.groups = {group.id: group for group in groups}
        self.oath_devices = dict(oath_devices or {})
        self.photos: dict[str, bytes] = {}
        self.policy = policy or Policy()
        self.methods: dict[str, Method] = {}
        self.owners: dict[str, tuple[str, bytes]] = {}

    def find(self, reference: str) -> User | None:
        """The user with this id or UPN, in any case, or None."""
        wanted = reference.casefold()
        users = self.users.values()
        return next((user for user in users if wanted in (user.id, user.user_principal_name.casefold())), None)

    def user(self, reference: str) -> User:
        """The user with this id or UPN, in any case. Raises GraphError 404."""
        user = self.find(reference)
        if user is None:
            raise no_such_object(reference)
        return user

    def holder_of(self, oath_device: str) -> User | None:
        """The user a hardware OATH device is assigned to, or None."""
        return self.users.get(self.oath_devices.get(oath_device.casefold(), ""))

    def change_user(self, user: User) -> None:
        """Put `user` in the place of the one with the same id, or add it."""
        self.users[user.id] = user

    def allows(self, user_id: str) -> bool:
        """Whether the policy is on and means this user; an exclusion beats an inclusion."""
        policy = self.policy
        return (
            policy.enabled
            and any(self._means(target, user_id) for target in policy.include)
            and not any(self._means(target, user_id) for target in policy.exclude)
        )

    def _means(self, target: Target, user_id: str) -> bool:
        if target.kind == "user":
            return target.id == user_id
        if target.id == "all_users":
            return True
        group = self.groups.get(target.id)
        return group is not None and user_id in group.members

    def method(self, user_id: str) -> Method:
        """The user's method. Raises GraphError 404."""
        try:
            return self.methods[user_id]
        except KeyError:
            raise no_method("QR code authentication method") from None

    def code(self, user_id: str, kind: CodeKind) -> Code:
        """The user's code of this kind, expired or not. Raises GraphError 404."""
        code = self.method(user_id).code(kind)
        if code is None:
            raise no_method(f"{kind}QRCode")
        return code

    def create_method(self, user_id: str, start: datetime, expire: datetime, pin: str | None) -> NewMethod:
        """PUT: a method with a standard code and a PIN; without a `pin`, one is generated.

        It takes the place of a method whose codes have all expired or been deleted.
        """
        now = self.clock.now()
        if user_id in self.methods and self.methods[user_id].is_active(now):
            raise GraphError(
                400,
                "tooManyQRCodePinMethod",
                "There can be only one active QR code auth method for a user, please delete existing "
                "active QR code auth method before adding a new one.",
            )
        self._require_allowed(user_id)
        rules.check_lifetime(CodeKind.STANDARD, start, expire, now)
        digits = pin or rules.generate_pin(self.policy.pin_length)
        rules.check_pin(digits, self.policy.pin_length)
        code = self._issue(user_id, CodeKind.STANDARD, start, expire)
        new_pin = NewPin(Pin.made(str(uuid4()), digits, now, must_change=True), Secret(digits))
        method = Method(str(uuid4()), now, new_pin.pin, standard=code.code)
        self.methods[user_id] = method
        return NewMethod(method, code, new_pin)

    def delete_method(self, user_id: str) -> None:
        """DELETE: the method, both codes and the PIN."""
        self.method(user_id)
        del self.methods[user_id]

    def write_code(
        self, user_id: str, kind: CodeKind, start: datetime | None, expire: datetime | None
    ) -> NewCode | Code:
        """PATCH of a code: creates one (NewCode) where none is active, else edits a standard one's expiry (Code).

        A body with a start asks for a creation, and is refused while a code is active. A body with an expiry alone
        edits, but creates where the code has just expired: Graph documents both on one path, and a client has to
        tell them apart by the answer.
        """
        current = self.method(user_id).code(kind)
        if expire is None:
            raise bad_request("expireDateTime is required.")
        active = current is not None and current.holds_its_place(self.clock.now())
        if active and start is None and kind is CodeKind.STANDARD:
            return self.edit_code(user_id, kind, expire)
        return self.create_code(user_id, kind, start or self.clock.now(), expire)

    def create_code(self, user_id: str, kind: CodeKind, start: datetime, expire: datetime) -> NewCode:
        """A new code in a slot that is free or holds an expired one."""
        now = self.clock.now()
        current = self.method(user_id).code(kind)
        if current is not None and current.holds_its_place(now):
            raise GraphError(
                400,
                "ActiveQRCodeExisted",
                f"An active {kind}QRCode exists for the user. Please delete existing {kind}QRCode before adding "
                "a new one.",
            )
        self._require_allowed(user_id)
        rules.check_lifetime(kind, start, expire, now)
        new = self._issue(user_id, kind, start, expire)
        self._put(user_id, kind, new.code)
        return new

    def edit_code(self, user_id: str, kind: CodeKind, expire: datetime) -> Code:
        """The standard code with another expiry; its content stays. A temporary code cannot be changed."""
        current = self.code(user_id, kind)
        now = self.clock.now()
        if not current.holds_its_place(now):
            raise no_method(f"active {kind}QRCode")
        if kind is CodeKind.TEMPORARY:
            raise bad_request("A temporaryQRCode cannot be changed.")
        rules.check_lifetime(kind, current.start, expire, now)
        edited = replace(current, expire=expire)
        self._put(user_id, kind, edited)
        return edited

    def delete_code(self, user_id: str, kind: CodeKind) -> None:
        """DELETE of a code; its content never signs in again."""
        self.code(user_id, kind)
        self._put(user_id, kind, None)

    def reset_pin(self, user_id: str) -> NewPin:
        """PATCH of the PIN: a new one, made by the tenant, to be changed at the next sign-in."""
        method = self.method(user_id)
        self._require_allowed(user_id)
        digits = rules.generate_pin(self.policy.pin_length)
        pin = Pin.made(method.pin.id, digits, self.clock.now(), must_change=True, created=method.pin.created)
        self.methods[user_id] = replace(method, pin=pin)
        return NewPin(pin, Secret(digits))

    def change_pin(self, user_id: str, current: str, new: str) -> None:
        """The user's own change of PIN, knowing the current one."""
        method = self.method(user_id)
        if not method.pin.is_right(current):
            raise bad_request("The current PIN is not valid.")
        rules.check_pin(new, self.policy.pin_length)
        if method.pin.is_right(new):
            raise bad_request("The new PIN needs to differ from the current one.")
        pin = Pin.made(method.pin.id, new, self.clock.now(), must_change=False, created=method.pin.created)
        self.methods[user_id] = replace(method, pin=pin)

    def used(self, user_id: str, kind: CodeKind) -> None:
        """Note that the code of this kind just signed its owner in."""
        self._put(user_id, kind, replace(self.code(user_id, kind), last_used=self.clock.now()))

    def adopt(self, user_id: str, method: Method) -> None:
        """Take over a method made elsewhere, as seeds are."""
        self.methods[user_id] = method
        self.owners.update({code.id: (user_id, code.digest) for code in method.codes})

    def _issue(self, user_id: str, kind: CodeKind, start: datetime, expire: datetime) -> NewCode:
        code_id = str(uuid4())
        content = new_content(self.users[user_id].user_principal_name, code_id)
        digest = content_digest(content.reveal())
        self.owners[code_id] = (user_id, digest)
        return NewCode(Code(code_id, kind, start, expire, self.clock.now(), digest), content)

    def _put(self, user_id: str, kind: CodeKind, code: Code | None) -> None:
        method = self.method(user_id)
        changed = replace(method, standard=code) if kind is CodeKind.STANDARD else replace(method, temporary=code)
        self.methods[user_id] = changed

    def _require_allowed(self, user_id: str) -> None:
        if not self.allows(user_id):
            raise bad_request(
                "Converged UserCredentialPolicy does not allow creating or updating this authentication method. "
                "AuthMethodType [QRCodePin]."
            )
