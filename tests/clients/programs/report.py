"""What every Python program here shares: what it is told, and how it tells what came of it."""

import json
import os
import sys

MODE = sys.argv[1]
URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]
MODEL = os.environ["MODEL"]
PROMPT = os.environ["PROMPT"]

TOOL_NAME = "look_up"
TOOL_DESCRIPTION = "Looks a word up."
TOOL_SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
}


def look_up(arguments):
    """The tool: its result holds the word, so that the final answer shows that it travelled both ways."""
    return f"looked up {arguments['word']}"


def main(modes):
    """Runs the mode that was asked for. Each returns the text, and in how many pieces it came."""
    try:
        text, pieces = modes[MODE]()
    except Exception as error:  # whatever an SDK raises is what its user sees
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        sys.exit(1)
    print(json.dumps({"text": text, "pieces": pieces}))
