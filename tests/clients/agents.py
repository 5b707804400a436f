"""The coding agents, unmodified and pointed at the gateway as README.md tells their users to."""

from __future__ import annotations

import json
from typing import Dict, List

from clients import Client, Ended, Task
from scenarios import CANARY

# The tool call of an agent is a shell command whose effect can be seen.
SHELL = f"echo {CANARY} > made.txt"


def _call(tool: str, **arguments: str) -> Dict[str, str]:
    return {"tool call": f"call {tool} {json.dumps(arguments)}"}


def _claude_code_command(task: Task) -> List[str]:
    program = task.node_bin("claude-code", "claude")
    return [program, "--print", "$PROMPT", "--allowedTools", "Bash"]


def _claude_code_environment(task: Task) -> Dict[str, str]:
    environment = {
        "ANTHROPIC_BASE_URL": task.url,
        "ANTHROPIC_API_KEY": task.key,
        "ANTHROPIC_MODEL": "claude-sonnet-5",
        "ANTHROPIC_SMALL_FAST_MODEL": "claude-haiku-4-5",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    if task.scenario.name == "vendor cut":
        # It would try for over a minute. Never set where we count that it does not try again.
        environment["CLAUDE_CODE_MAX_RETRIES"] = "2"
    return environment


CLAUDE_CODE = Client(
    "claude-code",
    _claude_code_command,
    _claude_code_environment,
    prompts=_call("Bash", command=SHELL, description="makes a file"),
    needs_node=True,
)


def _codex_command(task: Task) -> List[str]:
    return [
        *(task.node_bin("codex", "codex"), "exec", "--skip-git-repo-check"),
        # The machine is sandbox enough: its own needs privileges that a container may not have.
        "--dangerously-bypass-approvals-and-sandbox",
        *("--model", "gpt-5.1", "$PROMPT"),
    ]


def _codex_prepare(task: Task) -> None:
    settings = f"""
model_provider = "tollkeeper"

[model_providers.tollkeeper]
name = "Tollkeeper"
base_url = "{task.url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
"""
    (task.home / ".codex").mkdir()
    (task.home / ".codex" / "config.toml").write_text(settings)


CODEX = Client(
    "codex",
    _codex_command,
    lambda task: {"OPENAI_API_KEY": task.key},
    prepare=_codex_prepare,
    prompts=_call("exec_command", cmd=SHELL),
    requests={"revoked key": (6, "it repeats any 401 five times, whatever the body and headers say")},
    needs_node=True,
)


def _gemini_cli_command(task: Task) -> List[str]:
    return [task.node_bin("gemini-cli", "gemini"), "--prompt", "$PROMPT", "--approval-mode", "yolo"]


def _gemini_cli_environment(task: Task) -> Dict[str, str]:
    return {
        "GOOGLE_GEMINI_BASE_URL": task.url,
        "GEMINI_API_KEY": task.key,
        "GEMINI_MODEL": "gemini-2.5-flash",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }


def _gemini_cli_prepare(task: Task) -> None:
    # Without it, it would ask how to authenticate.
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
    }
    (task.home / ".gemini").mkdir()
    (task.home / ".gemini" / "settings.json").write_text(json.dumps(settings))


GEMINI_CLI = Client(
    "gemini-cli",
    _gemini_cli_command,
    _gemini_cli_environment,
    prepare=_gemini_cli_prepare,
    prompts=_call("run_shell_command", command=SHELL),
    needs_node=True,
)


def _aider_command(task: Task) -> List[str]:
    quiet = ["--no-analytics", "--no-check-update", "--no-show-release-notes", "--no-show-model-warnings"]
    plain = ["--no-git", "--yes-always", "--no-pretty", "--no-fancy-input", "--no-detect-urls"]
    program = str(task.install("aider") / "bin" / "aider")
    return [program, "--model", "openai/gpt-4o-mini", *quiet, *plain, "--message", "$PROMPT"]


def _aider_failed(ended: Ended) -> bool:
    """It ends with 0 whatever happened; its errors are named after the library that raised them."""
    return ended.code != 0 or "litellm." in ended.stdout


AIDER = Client(
    "aider",
    _aider_command,
    lambda task: {"OPENAI_API_BASE": f"{task.url}/v1", "OPENAI_API_KEY": task.key},
    failed=_aider_failed,
    # It calls no tools: it applies the edits that it finds in the answer, which here echoes the question.
    prompts={"tool call": f"\nmade.txt\n```\n{CANARY}\n```\n"},
    requests={
        "tool call": (1, "an edit takes one answer"),
        "refused model": (9, "it takes a 403 for a passing failure, and tries for a minute"),
    },
)

AGENTS = [CLAUDE_CODE, CODEX, GEMINI_CLI, AIDER]
