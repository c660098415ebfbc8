"""The worker processes: started on first use, begun anew when they have died, ended with LibreOffice."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from functools import lru_cache
from pathlib import Path

from cvm_xl_inside import wire

CONFIG = Path(__file__).resolve().parent / "config.json"
MESSAGES = deque(maxlen=200)
"""What the functions had to say, newest last: (function, message)."""


class Gone(Exception):
    """The worker cannot be started, or ended twice over the same request; the text says what to do."""


class Worker:
    """A process of ours on the other end of two pipes."""

    def __init__(self, module, again):
        self._module = module
        self._attempts = 2 if again else 1
        self._process = None
        self._log = None
        self._lock = threading.Lock()

    def ask(self, message, grids=()):
        """Send a request and wait for its reply; where asking twice does no harm, a dead worker is started anew."""
        with self._lock:
            for left in reversed(range(self._attempts)):
                try:
                    process = self._running()
                    wire.send(process.stdin, message, list(grids))
                    return wire.receive(process.stdout)
                except (EOFError, OSError) as error:
                    self._end()
                    if not left:
                        raise Gone(self._why(error)) from error
        return None

    @property
    def pid(self):
        """The process's number, None before the first request."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def _running(self):
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
            # LibreOffice may bring a Python of its own and say so in the environment; ours must not hear of it.
            theirs = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH") if "PYTHONHOME" in os.environ else ()
            self._process = subprocess.Popen(
                [config()["python"], "-P", "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env={name: value for name, value in os.environ.items() if name not in theirs},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._process

    def _end(self):
        if self._process is not None:
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # what was not sent to a process that is gone
                    stream.close()
            self._process.wait()
            self._process = None

    def _why(self, error):
        said = ""
        if self._log is not None:
            self._log.seek(0)
            said = self._log.read()[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2]
        why = said or str(error) or "it ended"
        return "The compute process does not run ({}): {}; run `cvm-xl calc install` again.".format(
            config()["python"], why
        )


@lru_cache(maxsize=None)
def config():
    """What the installation wrote: the interpreter, and which functions give texts alone."""
    return json.loads(CONFIG.read_text(encoding="utf-8"))


FUNCTIONS = Worker("cvm_xl.hosts.calc.worker", again=True)
"""Evaluates cells."""
COMMANDS = Worker("cvm_xl.hosts.calc.runner", again=False)
"""Runs commands: apart, for what they write makes LibreOffice ask for cells meanwhile."""


def note(name, text):
    """Keep a message for the user."""
    MESSAGES.append((name, text))
    sys.stderr.write("{}: {}\n".format(name, text)) if os.environ.get("CVM_XL_LOG") == "full" else None
