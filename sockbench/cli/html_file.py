"""The HTML report as a file: `--html FILE` of `run` and `report`. Written under another name first, then renamed, so
that there is the old file or the new one; what goes wrong is one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sockbench.cli.exits import reason

if TYPE_CHECKING:
    from sockbench.model.result import Result
    from sockbench.stats.hlog import LogLine


def html_path(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """The file, where it can be one: told before a run, not after it."""
    if value is None:
        return None
    path = Path(value)
    if value in ("", "-"):
        raise click.BadParameter("it must name a file")
    if path.is_dir():
        raise click.BadParameter(f"{value!r} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(path.parent)!r}: make it first")
    return path


def write_html(path: Path, result: Result, log: Sequence[LogLine | str]) -> str | None:
    """Write the report of `result`; gives what went wrong, as a sentence. `log` is of its latencies."""
    from sockbench.report.html_report import render_html
    from sockbench.stats import hlog
    from sockbench.store.disk import replace

    texts = (line if isinstance(line, str) else hlog.dump_line(line) for line in log)
    lines = hlog.by_tag(hlog.intervals(texts))
    text = render_html(result, lines)
    try:
        replace(path, text)
    except OSError as error:
        return f"the report cannot be written to {str(path)!r}: {reason(error)}; choose another file"
    return None
