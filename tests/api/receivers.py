"""A program that receives webhooks: a real HTTP server that keeps what came and answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Answers `status` (or the next of `statuses`), and never, while `silent`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.status = 204
        self.silent = threading.Event()
        self.speak = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        if self.server.silent.is_set():
            # A byte now and then: slow, yet never quiet for long.
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.server.speak.wait(0.05):
                try:
                    self.wfile.write(b"X-Wait: more\r\n")
                    self.wfile.flush()
                except OSError:
                    return
            return
        status = self.server.statuses.pop(0) if self.server.statuses else self.server.status
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.speak.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)
