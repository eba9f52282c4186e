"""A load client: HTTP/1.1 over connections kept open, as many requests as answers, or so many a second.

It reads one JSON document from standard input and writes one to standard output, so that it runs as a process of its
own beside the server it loads. Latency is counted from when a request was due, so that a server that falls behind
does not hide it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._answer: asyncio.Future[int]
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        """Send a request; the future gives the status of its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._read[:end]).lower()
        start = head.find(b"content-length:") + 15
        length = int(head[start : head.find(b"\r", start) if b"\r" in head[start:] else None])
        if len(self._read) >= end + 4 + length:
            status = int(head[9:12])
            self.body = bytes(self._read[end + 4 : end + 4 + length])
            self._read.clear()
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed the connection"))


def payments(asked: dict) -> Iterator[bytes]:
    """Requests to post one payment each, all different, over the loans in turn."""
    head = (
        f"POST /api/v1/payments HTTP/1.1\r\nHost: {asked['host']}\r\nAuthorization: Bearer {asked['token']}\r\n"
        "Content-Type: application/json\r\n"
    )
    loans, number = asked["loans"], 0
    while True:
        number += 1
        name = f"{asked['prefix']}-{number}"
        body = (
            f'{{"loan": "{loans[number % len(loans)]}", "amount": "12.34", "currency": "CNY", '
            f'"value_date": "{asked["on"]}"}}'
        )
        yield f"{head}Idempotency-Key: {name}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def flat_out(connections: list[Connection], requests: Iterator[bytes], seconds: float) -> list[tuple[float, int]]:
    """Each connection asks again as soon as it is answered."""
    answers: list[tuple[float, int]] = []
    until = time.perf_counter() + seconds

    async def go_on(connection: Connection) -> None:
        while (begun := time.perf_counter()) < until:
            status = await connection.ask(next(requests))
            answers.append((time.perf_counter() - begun, status))

    await asyncio.gather(*map(go_on, connections))
    return answers


async def at_a_rate(
    connections: list[Connection], requests: Iterator[bytes], seconds: float, rate: float
) -> list[tuple[float, int]]:
    """So many requests a second, whatever the answers do; one that finds no free connection waits, and that counts."""
    answers: list[tuple[float, int]] = []
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)

    async def one(due: float, connection: Connection) -> None:
        status = await connection.ask(next(requests))
        answers.append((time.perf_counter() - due, status))
        free.put_nowait(connection)

    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(one(due, await free.get())))
    await asyncio.gather(*tasks)
    return answers


async def load(asked: dict) -> dict:
    """Load the server as asked and tell how it did."""
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, asked["host"], asked["port"]))[1] for _ in range(asked["connections"])
    ]
    requests = payments(asked)
    await flat_out(connections, payments({**asked, "prefix": asked["prefix"] + "-warm"}), asked.get("warm", 1.0))
    begun = time.perf_counter()
    if asked.get("rate"):
        answers = await at_a_rate(connections, requests, asked["seconds"], asked["rate"])
    else:
        answers = await flat_out(connections, requests, asked["seconds"])
    took = time.perf_counter() - begun
    latencies = sorted(latency for latency, _ in answers)
    wrong = sum(status != 201 for _, status in answers)
    for connection in connections:
        connection.transport.close()
    return {
        "answers": len(answers),
        "wrong": wrong,
        "a_second": len(answers) / took,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "worst_ms": latencies[-1] * 1000,
    }


if __name__ == "__main__":
    json.dump(asyncio.run(load(json.load(sys.stdin))), sys.stdout)
