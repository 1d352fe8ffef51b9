"""How bash, zsh and fish ask what may come next: click's own mechanism, with scripts that no name can mislead.

The shell calls the command with `_SOCKBENCH_COMPLETE=<shell>_complete`; nothing is run, and nothing heavy is imported.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from sockbench.cli.main import COMPLETION

if TYPE_CHECKING:
    import click

PROGRAM = "sockbench"

# Click's script for bash lets the shell expand `*` in a name, and offers files only where nothing else is.
_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' line word=${COMP_WORDS[COMP_CWORD]} option=
    [[ $word == '=' ]] && word=
    COMPREPLY=()
    while read -r line; do
        case ${line%%%%,*} in
            plain) COMPREPLY+=("${line#*,}") ;;
            file) option=-f ;;
            dir) option=-d ;;
        esac
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1" 2>/dev/null)
    [[ -z $option ]] && return
    if (( ! ${#COMPREPLY[@]} )); then
        [[ $option == -d ]] && compopt -o dirnames 2>/dev/null || compopt -o default 2>/dev/null
        return
    fi
    compopt -o filenames 2>/dev/null
    while read -r line; do COMPREPLY+=("$line"); done < <(compgen "$option" -- "$word")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
# Click's script for fish takes a description to end at its first comma.
_FISH = """
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \\
        %(prog_name)s 2>/dev/null)
    for completion in $response
        set -l parts (string split -m 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""
INSTALL = {
    "bash": f"{PROGRAM} completion bash > ~/.local/share/bash-completion/completions/{PROGRAM}",
    "zsh": f'{PROGRAM} completion zsh > "${{fpath[1]}}/_{PROGRAM}", in a new shell with compinit',
    "fish": f"{PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish",
}
"""What a person does with the script, once."""


def _words(args: list[str]) -> list[str]:
    """Without the `=` of `--format=json`, which bash hands over as a word of its own."""
    return [word for place, word in enumerate(args) if word != "=" or not place or not args[place - 1].startswith("--")]


class _Whole(ShellComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """As click's, but of `--format=j` the whole word: what zsh and fish put in its place."""
        flag, equals, _ = incomplete.partition("=")
        found = super().get_completions(args, incomplete)
        if not equals or not flag.startswith("--"):
            return found
        return [CompletionItem(f"{flag}={item.value}", help=item.help) for item in found if item.type == "plain"]


class _Bash(_Whole, BashComplete):
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        return _words(args), incomplete

    @staticmethod
    def _check_version() -> None:
        """Whoever prints the script knows where it is to be used."""


class _Zsh(_Whole, ZshComplete):
    # Click's script takes only the first call of a function that zsh loads from $fpath for one: the second TAB is lost.
    source_template = ZshComplete.source_template.replace(
        "$zsh_eval_context[-1] == loadautofunc", '"$funcstack[1]" == "_%(prog_name)s"'
    )


class _Fish(_Whole, FishComplete):
    source_template = _FISH


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def prepare() -> bool:
    """Have click use these classes. False when what the shell asks cannot be answered: nothing is offered then."""
    for shell, kind in SHELLS.items():
        add_completion_class(kind, shell)
    if not os.environ[COMPLETION].endswith("_complete"):
        return True
    try:
        kind = SHELLS[os.environ[COMPLETION].removesuffix("_complete")]
        kind(None, {}, PROGRAM, COMPLETION).get_completion_args()  # type: ignore[arg-type]
    except (KeyError, ValueError, IndexError):
        return False
    return True


def script(shell: str, cli: click.Command) -> str:
    """What the shell is to read, with a line on how to install it."""
    source = SHELLS[shell](cli, {}, PROGRAM, COMPLETION).source().strip() + "\n"
    how = f"# Completion of {PROGRAM} for {shell}. To install it: {INSTALL[shell]}\n"
    first, rest = source.split("\n", 1)
    return f"{first}\n{how}{rest}" if first.startswith("#compdef") else how + source
