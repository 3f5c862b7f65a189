"""A process group that dies with the test process."""

import subprocess

# Leads the group and waits for the end of its standard input. The other end of that pipe is
# held by the test process alone, so the kernel closes it however the test process ends,
# SIGKILL included; then the whole group goes, this shell with it (`kill 0`).
_SCRIPT = "trap '' HUP INT TERM; read -r _; kill -KILL 0"


class Guard:
    """The leader of a process group for one server.

    Start the server with `process_group=guard.process_group`. As long as the guard is there
    the group's number cannot be given to other processes, so ending the group is safe even
    when the server is long gone.

    Notes
    -----
    PR_SET_PDEATHSIG would do with one process less, but it is for Linux only, needs code
    between fork and exec in a process with threads, and fires when the *thread* that started
    the server ends.
    """

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    @property
    def process_group(self) -> int:
        """The group's number."""
        return self._shell.pid

    def end_group(self) -> None:
        """Kill whatever is left of the group, the guard included."""
        # Closes the pipe and waits for the shell.
        self._shell.communicate()
