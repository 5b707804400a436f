"""The matrix as text: a line for each client, a column for each scenario."""

from __future__ import annotations

from typing import List


def table(header: List[str], rows: List[List[str]]) -> str:
    """Columns as wide as their widest cell."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
