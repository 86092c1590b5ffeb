"""Going through a table of looks, a few at once: each has its time, and one that breaks is a finding like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from psycopg.errors import InsufficientPrivilege

from sahne.doctor.finding import Finding, fault, not_looked_at
from sahne.doctor.installation import Installation, NoDatabase

AT_ONCE_MAX = 4
SECONDS_MAX = 15.0

Look = Callable[[Installation], AsyncIterator[Finding]]
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One look: its group, what it looks at in a few words, and how long it may take."""

    group: str
    looks_at: str
    look: Look
    seconds_max: float = SECONDS_MAX


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a check, in its own order."""

    check: Check
    findings: Sequence[Finding]


async def look_at_all(installation: Installation, checks: Sequence[Check], tell: Tell) -> list[Looked]:
    """Every check's findings, in the order of the table; `tell(group, done, total)` as they come in."""
    places = asyncio.Semaphore(AT_ONCE_MAX)
    done = dict.fromkeys((check.group for check in checks), 0)
    total = {group: sum(check.group == group for check in checks) for group in done}

    async def one(check: Check) -> Looked:
        async with places:
            findings = await findings_of(check, installation)
        done[check.group] += 1
        tell(check.group, done[check.group], total[check.group])
        return Looked(check, findings)

    return await asyncio.gather(*map(one, checks))


async def findings_of(check: Check, installation: Installation) -> list[Finding]:
    """What it found until its time was over or it broke, and that it did."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(check.seconds_max):
            async for finding in check.look(installation):
                found.append(finding)
    except NoDatabase as error:
        found.append(not_looked_at(check.looks_at, str(error)))
    except InsufficientPrivilege as error:
        found.append(not_looked_at(check.looks_at, f"the role of DATABASE_URL may not: {error.diag.message_primary}"))
    except TimeoutError:
        found.append(fault(check.looks_at, f"nothing was known after {check.seconds_max:g} s", "Look into its log."))
    except Exception as error:  # whatever it is, the others go on
        found.append(fault(check.looks_at, f"the look broke: {type(error).__name__}: {error}", "Look at it by hand."))
    return found
