"""What every Python program here shares: what it is told, and how it tells what came of it."""

import json
import os
import sys
import time

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


# What comes closer together than this came at one moment. The vendor leaves five times as much between two words.
MOMENT_SECONDS = 0.01


def received(pieces):
    """The whole text, and at how many moments it came: one that was held back comes at one, in however many pieces."""
    text, moments, last = "", 0, float("-inf")
    for piece in pieces:
        now = time.monotonic()
        moments += now - last > MOMENT_SECONDS
        text, last = text + piece, now
    return text, moments


def main(modes):
    """Runs the mode that was asked for. Each returns the text, and at how many moments it came."""
    try:
        text, moments = modes[MODE]()
    except Exception as error:  # whatever an SDK raises is what its user sees
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        sys.exit(1)
    print(json.dumps({"text": text, "moments": moments}))
