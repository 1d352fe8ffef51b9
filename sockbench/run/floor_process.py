"""The other end of a plain round trip: `python -P -m sockbench.run.floor_process TRANSPORT`, for `calibrate`.

Tells its port as a line, and echoes. It ends with whoever started it: a thread listens at standard input, and sleeps.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading

from sockbench.model.plan import Transport
from sockbench.net.floor import echo, listen


def _leash() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


def main() -> None:
    """Echo over the transport named on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides what Ctrl-C means
    threading.Thread(target=_leash, daemon=True).start()
    transport: Transport = "tcp" if sys.argv[1] == "tcp" else "udp"
    with contextlib.suppress(BrokenPipeError), listen(transport) as listener:  # nobody wants to know
        os.write(1, b"%d\n" % listener.getsockname()[1])
        echo(listener)


if __name__ == "__main__":
    main()
