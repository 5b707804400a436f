"""The gateway under test, in front of its built-in vendor, and its log of who asked for what."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from pathlib import Path
from typing import List, NamedTuple, Optional

CONFIG = Path(__file__).parent / "config.yaml"

START_SECONDS_MAX = 30

# A request is logged when it is over, and a client may end before that.
QUIET_SECONDS = 0.4


class Request(NamedTuple):
    route: str
    status: int


class Gateway:
    """Runs for as long as the `with` block does."""

    def __init__(self, binary: Path, state: Path):
        self._binary = binary
        self._state = state
        self._log = state / "gateway.log"
        self._keys = {kind: f"sk-{secrets.token_hex(16)}" for kind in ("GOOD", "RESTRICTED", "BROKE", "REVOKED")}
        self.url = ""

    def __enter__(self) -> "Gateway":
        command = [self._binary, "demo", "--port", "0", "--log-format", "json"]
        command += ["--state", self._state / "books", "--config", CONFIG]
        variables = {f"MATRIX_KEY_{kind}": key for kind, key in self._keys.items()}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, env={**os.environ, **variables})
        try:
            self.url = self._wait_for_url()
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()

    def key(self, kind: str) -> str:
        return self._keys[kind]

    def mark(self) -> int:
        """Where the log ends now."""
        return self._log.stat().st_size

    def requests_since(self, mark: int) -> List[Request]:
        """The requests to LLM endpoints since `mark`: what would have cost something, had it been admitted."""
        self._wait_for_quiet()
        with self._log.open("rb") as log:
            log.seek(mark)
            entries = [_entry(line) for line in log]
        return [entry for entry in entries if entry and _is_billable(entry.route)]

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self._log.read_text().splitlines():
                if line.startswith("listening on "):
                    return line.split()[-1]
            time.sleep(0.05)
        raise RuntimeError(f"the gateway does not start:\n{self._log.read_text()}")

    def _wait_for_quiet(self) -> None:
        seen, since = self.mark(), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            time.sleep(0.05)
            if self.mark() != seen:
                seen, since = self.mark(), time.monotonic()


def _entry(line: bytes) -> Optional[Request]:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return Request(entry["route"], entry["status"]) if entry.get("target") == "access" and "route" in entry else None


def _is_billable(route: str) -> bool:
    """Counting tokens and listing models is free, and some clients do much of it."""
    free = ("count_tokens", "countTokens", "input_tokens", "/v1/models")
    paid = ("/v1/chat", "/v1/responses", "/v1/messages", "/v1beta/models/")
    return route.startswith(paid) and not route.endswith(free)
