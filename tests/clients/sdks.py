"""The SDKs, each driven by a program of ours in `programs/`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Dict, List, Optional

from clients import Client, Ended, Task

PROGRAMS = Path(__file__).parent / "programs"


def _python(name: str, program: str, model: str) -> Client:
    def command(task: Task) -> List[str]:
        interpreter = task.install(name.split()[0]) / "bin" / "python"
        # -B: nothing is written into the sources.
        return [str(interpreter), "-B", str(PROGRAMS / program), task.scenario.mode]

    return Client(name, command, _environment(model), moments=_moments)


def _node(name: str, program: str, model: str, **environment: str) -> Client:
    def command(task: Task) -> List[str]:
        return [task.node_bin("node", "node"), program, task.scenario.mode]

    def prepare(task: Task) -> None:
        # Node looks for packages beside the program, not beside who started it.
        for source in ("report.mjs", program):
            shutil.copy(PROGRAMS / source, task.home / "work")
        (task.home / "work" / "node_modules").symlink_to(task.install(name.split()[0]) / "node_modules")

    return Client(
        name, command, _environment(model, **environment), moments=_moments, prepare=prepare, needs_node=True
    )


def _environment(model: str, **more: str):
    def environment(task: Task) -> Dict[str, str]:
        return {"GATEWAY_URL": task.url, "GATEWAY_KEY": task.key, "MODEL": model, **more}

    return environment


def _moments(ended: Ended) -> Optional[int]:
    try:
        return json.loads(ended.stdout.splitlines()[-1]).get("moments")
    except (IndexError, ValueError):
        return None


SDKS = [
    _python("openai-python chat", "openai_python_chat.py", "gpt-4o-mini"),
    _python("openai-python responses", "openai_python_responses.py", "gpt-4o-mini"),
    _python("anthropic-python", "anthropic_python.py", "claude-sonnet-5"),
    _python("google-genai-python", "google_genai_python.py", "gemini-2.5-flash"),
    _node("openai-node chat", "openai_node_chat.mjs", "gpt-4o-mini"),
    _node("openai-node responses", "openai_node_responses.mjs", "gpt-4o-mini"),
    _node("anthropic-node", "anthropic_node.mjs", "claude-sonnet-5"),
    _node("google-genai-node", "google_genai_node.mjs", "gemini-2.5-flash"),
    _node("vercel-ai openai", "vercel_ai.mjs", "gpt-4o-mini", PROVIDER="openai"),
    _node("vercel-ai openai-chat", "vercel_ai.mjs", "gpt-4o-mini", PROVIDER="openai-chat"),
    _node("vercel-ai anthropic", "vercel_ai.mjs", "claude-sonnet-5", PROVIDER="anthropic"),
    _node("vercel-ai google", "vercel_ai.mjs", "gemini-2.5-flash", PROVIDER="google"),
]
