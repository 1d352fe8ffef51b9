"""`--token`: `serve` answers who proves it and nobody else, and no output, log or file of a command holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sockbench.cli.main import cli
from tests.cli.command import result_of, sockbench
from tests.cli.serving import serving

SECRET, OTHER = "s3cr3t-of-the-lab", "an0ther-of-the-lab"


def called(*arguments: str | Path, token: str | None = None) -> Result:
    """A command in this process: to start one takes a second."""
    variables = {"SOCKBENCH_TOKEN": token}
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], env=variables, prog_name="sockbench")


def scenario(folder: Path, udp: int, tcp: int) -> Path:
    """Groups that prove the token, another, or none, over both transports, and a server of the scenario's own."""
    path = folder / "proven.yaml"
    (folder / "token.txt").write_text(f"{SECRET}\n")
    path.write_text(
        "duration: 200ms\n"
        "servers: {own: {service: registry, transport: udp, token: '@token.txt'}}\n"
        "clients:\n"
        + "".join(
            f"  - {{name: {name}-{transport}, target: '{transport}://127.0.0.1:{port}', count: 2, timeout: 100ms,"
            f" arrivals: {{rate: 40/s}}{more}}}\n"
            for transport, port in (("udp", udp), ("tcp", tcp))
            for name, more in (("right", ""), ("wrong", f", token: {OTHER}"), ("without", ", format: text"))
        )
        + "  - {name: own, server: own, register: 'a{index}', count: 2, arrivals: {rate: 40/s}}\n"
    )
    return path


def all_files(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]


def test_who_proves_it_is_answered_and_nothing_tells_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    with serving("echo", "--port", "0", "--token", SECRET) as server:
        path = scenario(tmp_path, server.port("echo", "udp"), server.port("echo", "tcp"))
        files = ("--html", kept / "report.html", "--samples", kept / "samples.csv", "--results", kept)
        done = sockbench("run", path, *files, "--format", "json", "--intervals", SOCKBENCH_TOKEN=SECRET)
        assert done.returncode == 0
        url = server.commands["echo", "udp"].split()[2]
        right = called("send", url, "-m", "Olá", "-m", "again", token=SECRET)
        wrong = called("send", url, "-m", "x", "--timeout", "100ms", "--token", OTHER)
        out = server.stop()
    assert right.output.count("reply:  Resposta do servidor: ") == 2
    assert (wrong.exit_code, "no reply within 0.1 s" in wrong.output) == (106, True)
    (folder,) = (each for each in kept.iterdir() if each.is_dir())
    shown = [called("report", folder), called("report", folder, "--format", "csv"), called("check", path)]
    assert all(one.exit_code == 0 for one in shown)
    assert "each client proves its token" in shown[-1].output
    assert "unproven" in out
    result = result_of(done)
    groups = {group["name"]: group for group in result["runs"][0]["groups"]}
    for name, group in groups.items():
        assert group["planned"], name
        answered = group["planned"] if name.startswith(("right", "own")) else 0
        assert group["ok"] + group["late"] == answered, name
    assert {client["name"]: client.get("token", False) for client in result["scenario"]["clients"]} == {
        name: not name.startswith("without") for name in groups
    }
    assert any("has the same token" in reason for reason in result["verdict"]["reasons"])
    assert result["runs"][0]["servers"][0]["unproven"] == 0
    for words in ("its proof is wrong", "it carries no proof"):
        assert any(words in line for line in server.log)
    texts = [done.stdout, done.stderr, out, *server.log, right.output, wrong.output, *(one.output for one in shown)]
    texts += all_files(kept)
    assert not [text for text in texts if SECRET in text or OTHER in text]


@pytest.mark.parametrize(
    ("arguments", "variable", "words"),
    [
        (("serve", "echo", "--token", "short"), None, "for --token: it has 5 characters"),
        (("serve", "echo"), "short", "for SOCKBENCH_TOKEN: it has 5 characters"),
        (("send", "echo", "--token", "@none.txt"), None, "for --token: there is no file"),
        (("send", "echo", "--token", SECRET, "--format", "line"), None, "envelopes only"),
        (("serve", "--token", SECRET, "--banner"), None, "--banner speaks before"),
        (("run", "echo-udp", "--token", SECRET), None, "for --token: no group has a target"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], variable: str | None, words: str) -> None:
    done = called(*arguments, token=variable)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())
    assert SECRET not in done.output


def test_a_mistake_in_a_token_that_is_set_does_not_show_it() -> None:
    wrong = ("--set", "servers.echo.token=s3cr3t!", "--set", f"servers.ecko.token={SECRET}", "--set", f"token={SECRET}")
    misspelt = ("--set", f"servers.echo.tokn={SECRET}", "--set", f"servers.echo.Token.x={SECRET}")
    done = called("check", "echo-udp", *wrong, *misspelt)
    assert done.exit_code == 104
    assert "servers.echo.token=...: " in done.output
    assert "servers.echo.tokn=...: servers.echo has no key" in done.output
    assert "s3cr3t" not in done.output


def test_the_help_says_who_sees_it() -> None:
    for command in ("serve", "run", "send"):
        assert "Others see a SECRET in the list of processes (ps)" in " ".join(called(command, "--help").output.split())
