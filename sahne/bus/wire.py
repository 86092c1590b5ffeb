"""The way between servers as the bus needs it: one place where everybody hears what anybody says, themselves too."""

from __future__ import annotations

from typing import Protocol


class Wire(Protocol):
    """One connection at a time. What was on its way when it broke is lost; the bus sees to that."""

    async def connect(self) -> None:
        """Begin to hear; whatever anybody says from now on arrives.

        Raises:
            Exception: nobody answers.
        """

    async def send(self, message: bytes) -> None:
        """Say something to all; it returns when the place has it.

        Raises:
            Exception: the connection is lost.
        """

    async def receive(self) -> bytes:
        """What comes next, of all and in the order in which each said it.

        Raises:
            Exception: the connection is lost.
        """

    async def close(self) -> None:
        """Hang up; `connect` may follow."""
