"""What a client is: how it is installed, how it is started, and how to read what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from scenarios import Scenario


@dataclass(frozen=True)
class Task:
    """One client, about to do one scenario."""

    scenario: Scenario
    url: str
    key: str
    home: Path
    install: Callable[[str], Path]
    """The folder in which a package was installed."""

    def node_bin(self, package: str, program: str) -> str:
        return str(self.install(package) / "node_modules" / ".bin" / program)


@dataclass(frozen=True)
class Ended:
    """A client's process, after its end."""

    code: Optional[int]
    """None: it did not end in time."""
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Client:
    name: str
    """Its first word is its package, and what `--only` goes by."""
    command: Callable[[Task], List[str]]
    environment: Callable[[Task], Dict[str, str]]
    failed: Callable[[Ended], bool] = lambda ended: ended.code != 0
    """Whether it says that it failed."""
    moments: Callable[[Ended], Optional[int]] = lambda ended: None
    prepare: Callable[[Task], None] = lambda task: None
    """Writes the settings that it wants to find in its home."""
    prompts: Dict[str, str] = field(default_factory=dict)
    """What it is asked instead, by scenario."""
    requests: Dict[str, Tuple[Optional[int], str]] = field(default_factory=dict)
    """Scenarios in which it sends another number of requests, whatever a gateway does; and why."""
    needs_node: bool = False

    @property
    def package(self) -> str:
        return self.name.split()[0]

    def prompt(self, scenario: Scenario) -> str:
        return self.prompts.get(scenario.name, scenario.prompt)

    def requests_expected(self, scenario: Scenario) -> Optional[int]:
        return self.requests[scenario.name][0] if scenario.name in self.requests else scenario.requests
