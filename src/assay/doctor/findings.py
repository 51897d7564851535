"""What an examination finds: one sentence for each thing that was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a thing was found."""

    OK = "ok"
    NOTE = "note"
    """A run can go on, but somebody should know."""
    WRONG = "wrong"
    """A run would fail by it, or leave something untested."""


class Step(StrEnum):
    """What is looked at, in this order."""

    FILE = "file"
    NAME = "name"
    CONNECTION = "connection"
    TLS = "TLS"
    CREDENTIALS = "credentials"
    STATES = "states"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing."""

    step: Step
    standing: Standing
    said: str
    advice: str = ""
