"""A real mail server in a process of its own, which writes down for itself what it has taken: `log`, one JSON a line.

`python mail_server.py FOLDER` prints its port. A message for journal@lender.example goes into the Maildir
FOLDER/journal; nobody@… is unknown, busy@… is to be tried later. FOLDER/open holds how many connections are open.
"""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

JOURNAL = "journal@lender.example"


class Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("new", "cur", "tmp"):
            (folder / "journal" / part).mkdir(parents=True)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        if to.startswith("nobody@"):
            return "550 5.1.1 no such person here"
        if to.startswith("busy@"):
            return "451 4.7.1 come again later"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        with (self.folder / "log").open("a") as log:
            for to in envelope.rcpt_tos:
                log.write(json.dumps({"message_id": message_id, "to": to}) + "\n")
            log.flush()
            os.fsync(log.fileno())
        if JOURNAL in envelope.rcpt_tos:
            name = uuid.uuid4().hex
            (self.folder / "journal" / "tmp" / name).write_bytes(envelope.content)
            (self.folder / "journal" / "tmp" / name).rename(self.folder / "journal" / "new" / name)
        return "250 2.0.0 taken"


class Server(SMTP):
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._count(1)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._count(-1)

    def _count(self, more: int) -> None:
        Server.connections += more
        (self.event_handler.folder / "open").write_text(str(Server.connections))


@dataclass(frozen=True)
class MailServer:
    """The server as tests see it: its port, its folder, and what its log says."""

    port: int
    folder: Path

    def taken(self) -> list[tuple[str, str]]:
        """Message-ID and recipient of everything taken, but for the journal's copies."""
        log = self.folder / "log"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [(line["message_id"], line["to"]) for line in lines if line["to"] != JOURNAL]

    def is_at_rest(self) -> bool:
        """Whether no connection is open: nothing is still being taken."""
        count = self.folder / "open"
        return not count.exists() or count.read_text() == "0"


@contextmanager
def running(folder: Path) -> Iterator[MailServer]:
    """A server that runs meanwhile."""
    folder.mkdir()
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield MailServer(int(process.stdout.readline()), folder)
        finally:
            process.kill()


async def serve(folder: Path) -> None:
    handler = Handler(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(handler, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
