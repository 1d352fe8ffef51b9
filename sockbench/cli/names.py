"""What the shell offers for a SCENARIO, a RESULT or a FILE while the command is typed. Reads names alone, never a file.

Names that a shell would not take as they are (with spaces, quotes, line ends) are left out: they are typed by hand, and
nothing in a folder can put a command on somebody's line.
"""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
"""What no shell interprets, and no command takes for a flag."""
MOST = 200
"""Results that are offered: the newest."""


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The scenarios that come with the package, and files."""
    from click.shell_completion import CompletionItem

    from sockbench.scenario import builtin_names

    found = [name for name in builtin_names() if name.startswith(incomplete) and SAFE.fullmatch(name)]
    return [*map(CompletionItem, found), CompletionItem(incomplete, type="file")]


def results(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """`last`, and the folders of results, the newest first; folders of any kind where none of them is meant."""
    from click.shell_completion import CompletionItem

    directory = ctx.params.get("directory") or os.environ.get("SOCKBENCH_RESULTS") or "results"
    try:
        names = sorted((entry.name for entry in os.scandir(directory) if entry.is_dir()), reverse=True)
    except OSError:
        names = []
    whole = (
        name for name in names if SAFE.fullmatch(name) and not name.startswith(".") and _is_result(directory, name)
    )
    found = list(islice(whole, MOST))
    offered = [name for name in (["last"] if found else []) + found if name.startswith(incomplete)]
    return [CompletionItem(name) for name in offered] or [CompletionItem(incomplete, type="dir")]


def _is_result(directory: str | os.PathLike[str], name: str) -> bool:
    return os.path.isfile(os.path.join(directory, name, "result.json"))


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, which the shell lists by itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
