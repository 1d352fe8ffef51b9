"""What the design names and this version does not do: refused by name, once, and taken out of the tree.

Nothing here is ever ignored silently, and none of it reaches the check of the keys, which would misunderstand it.
"""

from __future__ import annotations

from sockbench.scenario.findings import Findings, Tree


def take_out(tree: dict[str, Tree], findings: Findings) -> None:
    """Refuse and remove every value that is not supported yet."""
    servers = tree.get("servers")
    for name, server in servers.items() if isinstance(servers, dict) else ():
        service = server.get("service") if isinstance(server, dict) else None
        if isinstance(server, dict) and isinstance(service, str) and ":" in service:
            path = ("servers", name, "service")
            findings.value(path, "a service of your own is not supported yet: name one that comes with sockbench")
            del server["service"]
