"""A throwaway PostgreSQL server: `python tests/postgres.py COMMAND…` runs a command with DULY_DATABASE_URL naming it.

The server is made from the machine's own binaries in a temporary folder, listens on a socket in that folder and nowhere
else, gives up durability for speed, and is stopped and deleted with all it held when the command ends, however it ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

NO_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
MEMORY = {"shared_buffers": "256MB", "maintenance_work_mem": "256MB"}


@contextmanager
def throwaway_server(*, durable: bool = False) -> Iterator[str]:
    """Start a server, give the address of its empty database `duly`, and delete the server afterwards.

    With `durable` a commit survives a power cut, as in production; tests do without, for speed.
    Raises RuntimeError with the server's own words when it cannot start, FileNotFoundError when it is not installed.
    """
    binaries = server_binaries()
    # A short path: the address of a Unix socket holds about a hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="duly-pg-", dir="/tmp"))
    owner = server_owner()
    if owner is not None:
        shutil.chown(folder, owner.pw_name, owner.pw_gid)
    data, log = folder / "data", folder / "log"
    options = {
        **({} if durable else NO_DURABILITY),
        **MEMORY,
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
    }
    settings = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    try:
        run(binaries / "initdb", "-D", data, "-U", "duly", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run(binaries / "pg_ctl", "start", "--wait", "-D", data, "-l", log, "-o", settings)
        try:
            run(binaries / "createdb", "-h", folder, "-U", "duly", "duly")
            yield f"postgresql://duly@{quote(str(folder), safe='')}/duly"
        finally:
            run(binaries / "pg_ctl", "stop", "--wait", "--mode=immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_binaries() -> Path:
    """The folder that holds `initdb` and its kin: on PATH, or the newest that Debian keeps apart from it."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise FileNotFoundError("PostgreSQL's server programs are not installed; `bin/debian-packages postgresql` does")
    return installed[-1].parent


def server_owner() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root, which PostgreSQL refuses to run as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def run(*command: str | Path) -> None:
    """Run one of the server's programs as its owner; a failure raises RuntimeError with what the program said."""
    owner = server_owner()
    identity = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    # The server outlives pg_ctl and would hold a pipe open for ever: what they say goes to a file.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            list(map(str, command)), cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, **identity
        )
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed ({done.returncode}): {said.read().decode().strip()}")


def main(command: list[str]) -> int:
    """Run the command beside a throwaway server and give its exit status."""
    if not command:
        print("usage: python tests/postgres.py COMMAND…", file=sys.stderr)  # noqa: T201
        return 2
    # A polite kill unwinds the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with throwaway_server() as url:
        return subprocess.run(command, env={**os.environ, "DULY_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
