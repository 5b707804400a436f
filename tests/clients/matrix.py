"""The client matrix: does each client do through the gateway what its users expect?

See README.md beside this file. Started by `tests/clients/run`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, NamedTuple, Optional

import loopback
from agents import AGENTS
from clients import Client, Ended, Task
from gateway import Gateway
from install import install
from scenarios import SCENARIOS, Outcome, Scenario, complaints, made_file
from sdks import SDKS
from table import table

ROOT = Path(__file__).resolve().parents[2]

# Aider waits for as long as a minute between two tries.
RUN_SECONDS_MAX = 90


class Cell(NamedTuple):
    """One client in one scenario."""

    client: Client
    scenario: Scenario
    requests: int
    complaints: List[str]
    said: str


def main() -> int:
    arguments = _arguments()
    clients = _chosen(arguments.only)
    binary = arguments.gateway or _build()
    for package in _packages(clients):
        install(package, arguments.scratch)
    if not loopback.enter():
        print("skipped: the network namespace (this user may not create one); nothing keeps a client on this machine")
    with tempfile.TemporaryDirectory() as folder, Gateway(binary, Path(folder)) as gateway:
        cells = [_run(client, scenario, gateway, arguments.scratch) for client in clients for scenario in SCENARIOS]
    return _report(clients, cells)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/clients/run", description="Runs real clients against the gateway.")
    parser.add_argument("--only", help="these clients, separated by commas; all by default")
    parser.add_argument("--scratch", type=Path, default=ROOT / "target" / "clients", help="where clients are installed")
    parser.add_argument("--gateway", type=Path, help="the binary to test instead of a fresh build")
    return parser.parse_args()


def _chosen(only: Optional[str]) -> List[Client]:
    everything = [*SDKS, *AGENTS]
    if only is None:
        return everything
    wanted = only.split(",")
    known = {client.package for client in everything}
    if strangers := [name for name in wanted if name not in known]:
        sys.exit(f"no such client: {', '.join(strangers)}. There are: {', '.join(sorted(known))}")
    return [client for client in everything if client.package in wanted]


def _build() -> Path:
    subprocess.run(["cargo", "build", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target" / "debug" / "tollkeeper"


def _packages(clients: List[Client]) -> List[str]:
    """What has to be installed, Node first because others are installed with it."""
    node = ["node"] if any(client.needs_node for client in clients) else []
    return list(dict.fromkeys([*node, *(client.package for client in clients)]))


def _run(client: Client, scenario: Scenario, gateway: Gateway, scratch: Path) -> Cell:
    with tempfile.TemporaryDirectory(prefix="tollkeeper-client-") as folder:
        home = Path(folder)
        work = home / "work"
        work.mkdir()
        task = Task(scenario, gateway.url, gateway.key(scenario.key), home, lambda package: install(package, scratch))
        client.prepare(task)
        mark = gateway.mark()
        ended = _process(client, task)
        outcome = _outcome(client, ended, work)
        requests = len(gateway.requests_since(mark))
    found = complaints(scenario, outcome, requests, client.requests_expected(scenario))
    print(f"{client.name}, {scenario.name}: {'; '.join(found) or scenario.does} ({requests})", flush=True)
    return Cell(client, scenario, requests, found, ended.stdout + ended.stderr)


def _process(client: Client, task: Task) -> Ended:
    """Runs the client with an empty home and no environment but its own."""
    prompt = client.prompt(task.scenario)
    command = [prompt if word == "$PROMPT" else word for word in client.command(task)]
    path = [str(task.install("node") / "node_modules" / ".bin")] if client.needs_node else []
    environment = {
        "PATH": os.pathsep.join([*path, "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(task.home),
        "TMPDIR": str(task.home),
        "LANG": "C.UTF-8",
        "PROMPT": prompt,
        **client.environment(task),
    }
    process = subprocess.Popen(
        command,
        cwd=task.home / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=RUN_SECONDS_MAX)
        return Ended(process.returncode, stdout, stderr)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return Ended(None, *process.communicate())


def _outcome(client: Client, ended: Ended, work: Path) -> Outcome:
    shown = " ".join(f"{ended.stdout} {ended.stderr}".split())
    return Outcome(shown, client.failed(ended), client.moments(ended), made_file(work), ended.code is None)


def _report(clients: List[Client], cells: List[Cell]) -> int:
    header = ["client", *(scenario.name for scenario in SCENARIOS)]
    rows = [[client.name, *(_text(cell) for cell in cells if cell.client is client)] for client in clients]
    print("\nWhat each client did, and with how many requests:\n")
    print(table(header, rows))
    for client in clients:
        for scenario, (_, why) in client.requests.items():
            print(f"\n{client.name}, {scenario}: {why}.")
    failed = [cell for cell in cells if cell.complaints]
    for cell in failed:
        print(f"\n{cell.client.name}, {cell.scenario.name}: {'; '.join(cell.complaints)}. It said:\n{_end(cell.said)}")
    print(f"\n{len(cells) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _text(cell: Cell) -> str:
    return f"{'FAILED' if cell.complaints else cell.scenario.does} {cell.requests}"


def _end(said: str) -> str:
    """The last lines of what a client said: the reason comes last."""
    return "\n".join(f"    {line[:300]}" for line in said.strip().splitlines()[-12:])


if __name__ == "__main__":
    sys.exit(main())
