"""Commands of scratchgan, each in a process of its own that needs not import it.

A server imports what commands import and forks for each of them: they have their own
memory, working directory, output and exit status, as if they had been typed, and start
a second or two sooner. It has started no thread, so that it may fork.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

SECONDS = 900  # after which a command is ended
IMPORTED = ("scratchgan.cli.train", "scratchgan.cli.evaluate", "matplotlib.pyplot")


def run(arguments: list[str], cwd: Path | None) -> subprocess.CompletedProcess:
    """Run ``scratchgan arguments`` to its end, and return what it printed."""
    asked = server()
    assert asked.stdin
    assert asked.stdout
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        request = {
            "arguments": arguments,
            "cwd": str(cwd or Path.cwd()),
            "environment": dict(os.environ) | {"COLUMNS": "100"},
            "out": str(out),
            "err": str(err),
        }
        asked.stdin.write(json.dumps(request) + "\n")
        asked.stdin.flush()
        answer = asked.stdout.readline()
        assert answer, "the server of commands has ended; its words are above"
        status = int(answer)
        return subprocess.CompletedProcess(
            ["scratchgan", *arguments], status, out.read_text(), err.read_text()
        )


@cache
def server() -> subprocess.Popen:
    """Of this process; it ends when its input does."""
    return subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "100", "OPENBLAS_NUM_THREADS": "1"},
    )


def serve() -> None:
    """Run one command after the other, as asked for line by line."""
    sys.path.pop(0)  # that of this file
    for name in IMPORTED:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def work(request: dict[str, Any]) -> None:
    """Be the process of one command."""
    from scratchgan.cli import main

    signal.alarm(SECONDS)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, path in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    sys.argv = ["scratchgan", *request["arguments"]]
    status = 1
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
