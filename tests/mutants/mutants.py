"""The mutants: the saga with one thing wrong, each an exact replacement of text that occurs once in its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mutant:
    """`name` says what is wrong; `first` are the tests most likely to notice, as arguments to pytest."""

    name: str
    file: str
    old: str
    new: str
    first: tuple[str, ...]


_CARRY, _DOING, _CODE = "kiosk/replace/carry_out.py", "kiosk/replace/doing.py", "kiosk/replace/code.py"
_JOURNALED, _PAPER, _PREFLIGHT = "kiosk/replace/journaled.py", "kiosk/replace/paper.py", "kiosk/replace/preflight.py"
_RECOVER, _HISTORY, _RECONCILE = "kiosk/replace/recover.py", "kiosk/replace/history.py", "kiosk/replace/reconcile.py"
_METHOD, _CONNECTION, _PRESS = "kiosk/replace/method.py", "kiosk/registry/connection.py", "kiosk/press.py"
_PRINTER = "kiosk/devices/printer.py"
_CALLS: Final = "kiosk/graph/calls.py"


def _test(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/replace/test_{file}.py::test_{name}" for name in names)


def _case(name: str) -> tuple[str, ...]:
    return _test("carry_out", f"each_fault_ends_as_it_must[{name}]")


_POWER: Final = ("tests/crash/test_sample.py::test_the_power_goes",)
_PURE: Final = ("tests/replace/test_recover.py", "tests/replace/test_plan.py")

MUTANTS: Final = (
    # The disk and the journal
    Mutant("commits are not synced", _CONNECTION, "synchronous = FULL", "synchronous = OFF", _POWER),
    Mutant(
        "the intent is written after the deed",
        _JOURNALED,
        """            await self._registry.intend(self.id, step, now, details, lease=self._lease)
        try:
            result = await work()
""",
        """        try:
            result = await work()
            await self._registry.intend(self.id, step, now, details, lease=self._lease)
""",
        _test("paper", "what_the_journal_says_of_a_reissue", "neither_image_nor_content_reads_as_the_code"),
    ),
    Mutant(
        "no outcome is written",
        _JOURNALED,
        """            await self._registry.outcome(self.id, step, self._clock.now(), "done", result)
""",
        "            pass\n",
        _test("paper", "what_the_journal_says_of_a_reissue"),
    ),
    Mutant(
        "what is unknown is written down as failed",
        _JOURNALED,
        'said = "unknown" if isinstance(wrong, PrintUnknownError | OutcomeUnknown) else "failed"',
        'said = "failed"',
        _test("carry_out", "nothing_is_printed_twice_by_itself"),
    ),
    Mutant(
        "the lease is not checked",
        _JOURNALED,
        """            self._lease = await self._registry.renew(self._lease, now, LEASE_SECONDS)
            await self._registry.intend(self.id, step, now, details, lease=self._lease)
""",
        """            await self._registry.intend(self.id, step, now, details)
""",
        _test("lease", "who_has_lost_the_lease_does_nothing_more"),
    ),
    Mutant(
        "a lease that somebody else took is renewed",
        "kiosk/registry/leases.py",
        "    if row is None or row.fence != lease.fence or row.holder is None:\n        raise",
        "    if row is None or row.holder is None:\n        raise",
        (*_test("lease", "who_has_lost_the_lease_does_nothing_more"), "tests/registry/test_leases.py"),
    ),
    Mutant(
        "a clock that jumps ahead takes the lease away",
        "kiosk/registry/leases.py",
        "        raise _lost()\n    longer",
        "        raise _lost()\n    check(connection, lease, at=at)\n    longer",
        ("tests/registry/test_leases.py",),
    ),
    Mutant(
        "the lease is kept",
        _JOURNALED,
        "                await self._registry.release(self._lease)",
        "                pass",
        _test("lease", "the_lease_is_given_back"),
    ),
    Mutant(
        "the old code is not written down",
        _JOURNALED,
        "remove=asked.plan.old,",
        "remove=None,",
        _test("reconcile", "a_reissue_that_was_broken_off[delete]"),
    ),
    # The loop
    Mutant(
        "secrets outlive the replacement",
        _CARRY,
        "            await self._doing.forget()\n",
        "            pass\n",
        _test("paper", "a_station_that_is_stopped_keeps_no_secret[scan_back-enrol]"),
    ),
    Mutant(
        "a bridge nobody needs is not taken back",
        _CARRY,
        "                await self._take_back(at)\n",
        "",
        _test("bridge", "given_up_before_the_delete_takes_the_bridge_back"),
    ),
    Mutant(
        "a bridge whose answer is lost is forgotten",
        _CARRY,
        "(self._doing.bridged or self._doing.bridge_in_doubt)",
        "self._doing.bridged",
        _test("bridge", "given_up_while_the_answer_to_a_bridge_is_lost"),
    ),
    Mutant(
        "a recovery that fails closes the journal",
        _CARRY,
        "(doing.touched or self._resumed)",
        "doing.touched",
        _test("strands", "a_recovery_that_cannot_begin_stays_open"),
    ),
    Mutant(
        "whoever leaves without a badge is forgotten",
        _CARRY,
        "        if not stranded and not self._until and not self._bridge_left:\n",
        "        if not self._until and not self._bridge_left:\n",
        _case("dead after commit, given up"),
    ),
    Mutant(
        "whoever leaves with a bridge is forgotten",
        _CARRY,
        "        if not stranded and not self._until and not self._bridge_left:\n",
        "        if not stranded and not self._bridge_left:\n",
        _test("bridge", "graph_goes_away_after_the_delete"),
    ),
    Mutant(
        "a bridge that cannot be taken back is forgotten",
        _CARRY,
        "        if not stranded and not self._until and not self._bridge_left:\n",
        "        if not stranded and not self._until:\n",
        _test("lease", "who_has_lost_the_lease_does_nothing_more"),
    ),
    Mutant(
        "printed again on unknown, unasked",
        _CARRY,
        "        again_in = self._wait(error)\n",
        "        if isinstance(error, PrintUnknownError):\n            return Choice.REPRINT\n"
        "        again_in = self._wait(error)\n",
        _case("prints and says nothing: the person saw it"),
    ),
    Mutant(
        "the decision to print again is not written down",
        _CARRY,
        """            case Choice.REPRINT:
                self._doing.decided = {"decision": choice, "after": type(error).__name__}
""",
        """            case Choice.REPRINT:
""",
        _case("prints and says nothing: printed again because the person says so"),
    ),
    Mutant(
        "printed again and again",
        _CARRY,
        "Choice.REISSUE if anew else again, Choice.GIVE_UP",
        "again, Choice.GIVE_UP",
        _test("bridge", "a_badge_that_never_reads_is_printed_once_more_and_then_made_anew"),
    ),
    Mutant(
        "made anew over a code that stands",
        _CARRY,
        "self._steps[at:] = [*self._doing.begin_anew(), *PAPER, *rest]",
        "self._steps[at:] = [*self._doing.begin_anew()[1:], *PAPER, *rest]",
        _test("bridge", "a_badge_that_never_reads_is_printed_once_more_and_then_made_anew"),
    ),
    Mutant(
        "the bridge is never offered",
        _CARRY,
        "            return Choice.RETRY, Choice.BRIDGE, Choice.GIVE_UP\n",
        "            return Choice.RETRY, Choice.GIVE_UP\n",
        _test("bridge", "graph_goes_away_after_the_delete"),
    ),
    Mutant(
        "nothing is tried again by itself",
        _CARRY,
        "_PASSING: Final = (ServiceUnavailable, Throttled, OutcomeUnknown, StillThereError)",
        "_PASSING: Final = ()",
        _test("bridge", "graph_goes_away_after_the_delete"),
    ),
    Mutant(
        "a bridge that cannot be written down is not printed",
        _DOING,
        "isinstance(after, RegistryError)",
        "False",
        _test("bridge", "nothing_can_be_written_after_the_delete[delete]"),
    ),
    Mutant(
        "the bridge is offered for what the disk did at the delete alone",
        _CARRY,
        " or isinstance(error, RegistryError)",
        "",
        _test("bridge", "nothing_can_be_written_after_the_delete[print]"),
    ),
    Mutant(
        "whoever lost the lease prints the bridge",
        _JOURNALED,
        "        except LeaseLostError:\n            raise\n",
        "",
        _test("lease", "who_has_lost_the_lease_prints_no_bridge"),
    ),
    # The steps
    Mutant(
        "a change to the code does not count",
        _DOING,
        "return self.method.changed or self.standard.changed or own_slot",
        "return self.method.changed or own_slot",
        _case("dead after commit, given up"),
    ),
    Mutant(
        "a change to the method does not count",
        _DOING,
        "return self.method.changed or self.standard.changed or own_slot",
        "return self.standard.changed or own_slot",
        _test("strands", "a_pin_nobody_was_told"),
    ),
    Mutant(
        "a change to the temporary code does not count",
        _DOING,
        "return self.method.changed or self.standard.changed or own_slot",
        "return self.method.changed or self.standard.changed",
        _test("strands", "a_temporary_code_whose_answer_is_lost"),
    ),
    Mutant(
        "closed without a look at Graph",
        _DOING,
        "            self._require_standing(person)\n",
        "",
        _test("bridge", "a_delete_that_takes_effect_after_everything_else"),
    ),
    Mutant(
        "closed although nobody could look and a delete is in doubt",
        _DOING,
        "            if self.standard.doubtful:\n                raise\n",
        "            pass\n",
        _test("strands", "a_deletion_in_doubt_is_not_closed_unseen"),
    ),
    Mutant(
        "a create is repeated blindly",
        _DOING,
        "            await self._clear(slot)\n",
        "",
        _case("create lost after: the orphan is replaced"),
    ),
    Mutant(
        "a PIN nobody has seen counts as told",
        _DOING,
        "        if not await self._asked.attendant.tell(self.pin, slips.print if slips.allowed else None):\n",
        "        await self._asked.attendant.tell(self.pin, None)\n        if False:\n",
        _test("strands", "a_pin_nobody_was_told"),
    ),
    Mutant(
        "a bridge that cannot be taken back keeps the worker waiting",
        _DOING,
        "except (GraphError, CodeChangedError) as wrong:",
        "except CodeChangedError as wrong:",
        _test("bridge", "a_bridge_that_cannot_be_taken_back_is_left_to_expire"),
    ),
    Mutant(
        "the content of a bridge is kept after it",
        _DOING,
        "            finally:\n                self.temporary.forget()\n",
        "            finally:\n                pass\n",
        _test("strands", "the_content_of_a_bridge_goes_with_it"),
    ),
    Mutant(
        "what a crash kept from being noted stays so",
        _DOING,
        "            await self._note_what_graph_has(person)\n",
        "",
        _test("strands", "an_extension_the_registry_never_heard_of"),
    ),
    Mutant(
        "nobody knows what the reissued code replaced",
        _DOING,
        "        self._printing.replaces.append(self.code_id)\n",
        "",
        _test("bridge", "a_badge_that_never_reads_is_printed_once_more_and_then_made_anew"),
    ),
    Mutant(
        "an extension a crash kept from being noted stays so",
        _DOING,
        "            elif there.expire != code.expire_at:\n",
        "            elif False:\n",
        _test("strands", "an_extension_the_registry_never_heard_of"),
    ),
    Mutant(
        "a temporary badge is made anew as a standard one",
        _DOING,
        "        return self.temporary if self._plan.kind is CodeKind.TEMPORARY else self.standard\n",
        "        return self.standard\n",
        _test("strands", "a_temporary_badge_that_never_reads"),
    ),
    # The slot
    Mutant(
        "a delete does not look whose code it is",
        _CODE,
        "            if there.code_id != code_id:\n",
        "            if False:\n",
        _case("an administrator replaces the code between preflight and delete"),
    ),
    Mutant(
        "a code of somebody else is taken for an orphan",
        _CODE,
        "        if (there.start, there.expire) in self._sent:\n",
        "        if there.code_id != old:\n",
        _case("an administrator creates a code between delete and create"),
    ),
    Mutant(
        "the dates that are sent are not written down",
        _CODE,
        'details: Done = {"request_id": request_id, "start": start.isoformat(), "expire": expire.isoformat()}',
        'details: Done = {"request_id": request_id}',
        _test("strands", "a_temporary_code_whose_answer_is_lost_is_known_again"),
    ),
    Mutant(
        "the dates of a standard code are not random",
        _CODE,
        "secrets.randbelow(3600) + 1",
        "1",
        _test("dates", "no_two_creates_ask_for_the_same_end"),
    ),
    Mutant(
        "the dates of a temporary code are not random",
        _CODE,
        "-secrets.randbelow(600) - 1",
        "-1",
        _test("dates", "no_two_creates_ask_for_the_same_end"),
    ),
    Mutant(
        "the dates of a lost answer are forgotten",
        _CODE,
        "            self._sent.add((start, expire))\n",
        "",
        _case("create lost after: the orphan is replaced"),
    ),
    Mutant(
        "a lost answer to a delete is no doubt",
        _CODE,
        "                self.changed = self.doubtful = True\n",
        "                self.changed = True\n",
        _test("strands", "a_deletion_in_doubt_is_not_closed_unseen"),
    ),
    Mutant(
        "a lost answer to a delete is no change",
        _CODE,
        "                self.changed = self.doubtful = True\n",
        "                self.doubtful = True\n",
        _case("delete lost and Graph then away, given up: nobody may say that nothing happened"),
    ),
    Mutant(
        "a code is made twice where noting it failed",
        _CODE,
        "        if self.new:\n            return Attempt(",
        "        if False:\n            return Attempt(",
        _case("registry locked once the new code is there: it is not created twice"),
    ),
    Mutant(
        "a revoked code stays alive in the registry",
        _CODE,
        "        self.changed = True\n        await self._note_revoked(code_id)\n",
        "        self.changed = True\n",
        _case("create 403, given up after the delete"),
    ),
    Mutant(
        "a code is valid only once Graph's clock is where ours is",
        _CODE,
        "ahead = max(0.0, self._issuer.skew() or 0.0)",
        "ahead = 0.0",
        _test("dates", "a_code_is_valid_at_once_by_graphs_clock"),
    ),
    Mutant(
        "time that passes counts as a clock that is wrong",
        _CALLS,
        " - (self._clock.monotonic() - at)",
        "",
        _test("dates", "a_code_is_valid_at_once_though_the_clock_was_set_since_graph_answered"),
    ),
    # Paper
    Mutant(
        "a badge need not be read back",
        _PAPER,
        "        if not await attendant.scan_back(self._digest):\n",
        "        await attendant.scan_back(self._digest)\n        if False:\n",
        _case("not held up, given up"),
    ),
    Mutant(
        "a page is printed whatever it says",
        _PRESS,
        "            if badge and badge.code_id == made.life.code_id.lower():\n",
        "            if badge:\n",
        _test("paper", "neither_image_nor_content_reads_as_the_code[another badge]", "what_the_image_is"),
    ),
    Mutant(
        "the driver keeps a page that was not printed",
        _PAPER,
        "        if self.job and self._outcome is None:\n",
        "        if False:\n",
        _test("paper", "a_station_that_is_stopped_keeps_no_secret[print-reissue]"),
    ),
    Mutant(
        "the rehearsal is not looked at",
        _PRESS,
        "        if [digest(found.reveal()) for found in prepared.read] != [digest(content.reveal())]:\n",
        "        if False:\n",
        _test("strands", "a_rehearsal_that_reads_as_something_else"),
    ),
    Mutant(
        "the new badge does not end the old one in the registry",
        _PAPER,
        "for code_id in replaces if await self._registry.code(code_id)]",
        "for code_id in ()]",
        _case("no fault"),
    ),
    # Before the leap
    Mutant(
        "a printer that is not ready is no obstacle",
        _PRINTER,
        '        raise DeviceError(f"printer',
        '        return health.state\n        raise DeviceError(f"printer',
        _case("paper out"),
    ),
    Mutant(
        "a person who changed since is replaced all the same",
        _PREFLIGHT,
        "    if again != asked.plan:\n",
        "    if False:\n",
        _case("code replaced since"),
    ),
    Mutant(
        "the permission is not looked at",
        _PREFLIGHT,
        "    await issuer.permitted()\n",
        "",
        _test("strands", "what_may_not_be_changed_is_not_begun"),
    ),
    Mutant(
        "the clock is not looked at",
        _PREFLIGHT,
        "    if abs(skew) > MAX_SKEW:\n",
        "    if False:\n",
        _case("our clock is off"),
    ),
    # Recovery
    Mutant(
        "recovery prints what may be on paper",
        _RECOVER,
        'if paper.print in ("", "done", "unknown") and paper.digest:',
        'if paper.print == "done" and paper.digest:',
        _PURE,
    ),
    Mutant(
        "recovery takes a code of somebody else for ours",
        _RECOVER,
        "    if not history.is_ours(there.kind, there.code_id, (there.start, there.expire)):\n",
        "    if False:\n",
        _PURE,
    ),
    Mutant(
        "recovery revokes whatever code is there now",
        _RECOVER,
        "    if code_id != history.target or (reason is Reason.LEAVES and not person.enrolled):\n",
        "    if code_id is None or (reason is Reason.LEAVES and not person.enrolled):\n",
        _test("recover", "what_is_there_now_and_was_not_to_go_stays"),
    ),
    Mutant(
        "recovery leaves the bridge behind",
        _RECOVER,
        "    steps.insert(len(steps) - 1, Step.UNBRIDGE)\n",
        "",
        _test("reconcile", "a_bridge_in_the_hand_is_known"),
    ),
    Mutant(
        "recovery forgets the PIN it owes",
        _RECOVER,
        "    return reason is Reason.NEW_HERE and Step.TELL_PIN not in history.done",
        "    return False",
        _test("reconcile", "an_enrolment_that_was_broken_off[tell_pin]"),
    ),
    Mutant(
        "recovery makes a badge for whoever has it in hand",
        _RECOVER,
        "    if paper.read_back:\n",
        "    if False:\n",
        _test("reconcile", "a_reissue_that_was_broken_off[close]"),
    ),
    Mutant(
        "a page that was committed is taken for not printed",
        _HISTORY,
        '            self.papers.setdefault(str(details["code_id"]), Paper()).print = ""\n',
        "            pass\n",
        _PURE,
    ),
    Mutant(
        "only the last dates that were sent are known",
        _HISTORY,
        "            self.sent[kind].add(dates)\n",
        "            self.sent[kind] = {dates}\n",
        _test("recover", "every_date_that_was_sent_is_known"),
    ),
    Mutant(
        "recovery goes by what was seen before the key was pressed",
        _RECONCILE,
        "    now = await _stands(opened, use)\n",
        "    now = unfinished\n",
        _test("reconcile", "somebody_created_a_code_before_the_key_was_pressed"),
    ),
    Mutant(
        "the method is deleted whatever code it has now",
        _METHOD,
        "            if (person.standard.code_id if person.standard else None) != self._old:\n",
        "            if False:\n",
        _test("strands", "a_method_that_got_another_code_is_left_alone"),
    ),
    Mutant(
        "the codes of a deleted method stay alive in the registry",
        _METHOD,
        "        await self._note_revoked()\n",
        "",
        _test("strands", "no_code_outlives_its_method_in_the_registry"),
    ),
    Mutant(
        "a PIN whose reset failed counts as untouched",
        _METHOD,
        "        self.changed = True\n        self.pin = await",
        "        self.pin = await",
        _test("strands", "a_pin_whose_reset_failed"),
    ),
)
