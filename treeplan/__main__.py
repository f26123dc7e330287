"""Where the command starts: Ctrl-C ends it in one line, whatever is being imported or worked out just then."""

from __future__ import annotations

import signal
import sys
from types import FrameType


class Stopped(BaseException):
    """Somebody pressed Ctrl-C. It is no KeyboardInterrupt, which libraries catch and turn into errors of their own."""


def main() -> None:
    """Run the command line. An interrupt clears what was begun and exits with code 130."""
    pressed: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        pressed.append(number)
        raise Stopped

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us decides
        signal.signal(signal.SIGINT, stop)
    try:
        from treeplan.cli import main as run

        run()
    except BaseException:
        if not pressed:
            raise
        # Whatever came up is the interrupt, if in other words: an import that is cut short fails in many ways.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("treeplan: stopped; nothing was half written.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
