"""What each client is asked to do, and how to tell whether it went well."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

# In the prompt of every scenario, and expected back: nothing else would write it.
CANARY = "canary-7f31"

# A streamed answer has ten words, and a busy machine may run some of them together.
MOMENTS_MIN = 4


@dataclass(frozen=True)
class Outcome:
    """What a client did, as its user sees it."""

    shown: str
    """Everything it said, white space evened out."""
    failed: bool
    """Whether it says that it failed."""
    moments: Optional[int] = None
    """At how many moments the text came, where it tells."""
    made_file: bool = False
    """Whether it left a file with the canary in its working folder."""
    timed_out: bool = False


@dataclass(frozen=True)
class Scenario:
    name: str
    key: str
    """Which of the gateway's keys: see config.yaml."""
    mode: str
    """What the programs do: answer, stream or tool."""
    prompt: str
    does: str
    """What the table says of a client that did it."""
    requests: Optional[int]
    """How many requests to an LLM endpoint it takes; None: as many as the client likes."""
    complaint: Callable[[Outcome], Optional[str]]


def complaints(scenario: Scenario, outcome: Outcome, requests: int, requests_expected: Optional[int]) -> List[str]:
    """Everything that went wrong; nothing if all went well."""
    found = []
    if outcome.timed_out:
        found.append("did not end in time")
    if complaint := scenario.complaint(outcome):
        found.append(complaint)
    if requests == 0:
        found.append("sent no request")
    if requests_expected is not None and requests > requests_expected:
        found.append(f"sent {requests} requests instead of {requests_expected}")
    return found


def made_file(folder: Path) -> bool:
    """Whether a file with the canary in it lies in `folder`; what tools keep in hidden files does not count."""
    files = (path for path in folder.rglob("*") if path.is_file())
    visible = (path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return any(CANARY in path.read_text(errors="replace") for path in visible)


def _answers(outcome: Outcome) -> Optional[str]:
    if outcome.failed:
        return "failed"
    return None if CANARY in outcome.shown else "did not show the answer"


def _streams(outcome: Outcome) -> Optional[str]:
    if complaint := _answers(outcome):
        return complaint
    if outcome.moments is not None and outcome.moments < MOMENTS_MIN:
        return f"got the text at {outcome.moments} moment(s): it was held back"
    return None


def _calls_the_tool(outcome: Outcome) -> Optional[str]:
    if outcome.failed:
        return "failed"
    looked_up = f"looked up {CANARY}" in outcome.shown
    return None if looked_up or outcome.made_file else "did not run the tool"


def _shows(message: str) -> Callable[[Outcome], Optional[str]]:
    def complaint(outcome: Outcome) -> Optional[str]:
        if not outcome.failed:
            return "took the refusal for a success"
        return None if message in outcome.shown else f"did not show {message!r}"

    return complaint


def _fails(outcome: Outcome) -> Optional[str]:
    return None if outcome.failed else "took the cut for a success"


SCENARIOS = [
    Scenario("answer", "GOOD", "answer", f"say {CANARY}", "answered", 1, _answers),
    Scenario("stream", "GOOD", "stream", f"recite one two three four five {CANARY} !slow 50ms", "streamed", 1, _streams),
    Scenario("tool call", "GOOD", "tool", f'call look_up {{"word": "{CANARY}"}}', "called", 2, _calls_the_tool),
    Scenario(
        "refused model", "RESTRICTED", "answer", f"say {CANARY}", "shown", 1, _shows("not available for this API key")
    ),
    Scenario("spent budget", "BROKE", "answer", f"say {CANARY}", "shown", 1, _shows("Budget has been exceeded!")),
    Scenario("revoked key", "REVOKED", "answer", f"say {CANARY}", "shown", 1, _shows("Key is blocked")),
    Scenario("vendor cut", "GOOD", "stream", "recite !length 50 !cut 5", "failed", None, _fails),
]
