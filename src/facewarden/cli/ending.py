"""Which signals end a long-running command in order."""

import signal


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return Ctrl-C, the wish of systemd, and the end of the terminal.

    A hang-up that is ignored, as under nohup, stays ignored.
    """
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    hang_up = () if ignored else (signal.SIGHUP,)
    return (signal.SIGINT, signal.SIGTERM, *hang_up)
