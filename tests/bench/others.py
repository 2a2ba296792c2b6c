"""Other migration tools beside pgprimer, those that are on the PATH (or in TOOLS=FOLDER); and a network that is far away.

    go install -tags postgres github.com/golang-migrate/migrate/v4/cmd/migrate@latest
    go install github.com/pressly/goose/v3/cmd/goose@latest
    go install github.com/jackc/tern/v2@latest
    go install github.com/amacneil/dbmate/v2@latest
    cargo install sqlx-cli --no-default-features --features postgres,rustls"""
import asyncio
import os
import shutil
import threading
from collections import deque


def sql(i):
    return (f"CREATE TABLE thing_{i} (id bigint, name text);\nCREATE INDEX thing_{i}_name ON thing_{i} (name);\n"
            f"INSERT INTO thing_{i} VALUES (1, 'one');\nINSERT INTO thing_{i} VALUES (2, 'two');\n")


# name: (program, how its files are called, how they are written, its arguments for a folder and a URL)
KNOWN = {
    "golang-migrate": ("migrate", "{:06}_table.up.sql", "{}", lambda folder, url: ["-path", folder, "-database", url + "?sslmode=disable", "up"]),
    "goose": ("goose", "{:05}_table.sql", "-- +goose Up\n{}", lambda folder, url: ["-dir", folder, "postgres", url, "up"]),
    "tern": ("tern", "{:04}_table.sql", "{}---- create above / drop below ----\n", lambda folder, url: ["migrate", "-m", folder, "--conn-string", url]),
    "dbmate": ("dbmate", "{:06}_table.sql", "-- migrate:up\n{}\n-- migrate:down\n",
               lambda folder, url: ["--url", url + "?sslmode=disable", "--migrations-dir", folder, "--no-dump-schema", "up"]),
    "sqlx": ("sqlx", "{:04}_table.sql", "{}", lambda folder, url: ["migrate", "run", "--source", folder, "--database-url", url]),
}


def installed():
    found = {name: shutil.which(known[0], path=os.environ.get("TOOLS")) or shutil.which(known[0]) for name, known in KNOWN.items()}
    return {name: program for name, program in found.items() if program}


def write_for(tool, folder, count):
    """The same migrations as the tool wants them; how it is run on a URL."""
    _, name, text, arguments = KNOWN[tool]
    folder.mkdir(parents=True)
    for i in range(1, count + 1):
        (folder / name.format(i)).write_text(text.format(sql(i)))
    return lambda url: [installed()[tool], *arguments(folder, url)]


class Far:
    """A proxy before the server that keeps all bytes back for half of the round trip, each way."""

    def __init__(self, port, round_trip):
        self._port, self._delay = port, round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop).result(10)
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self, client, to_client):
        server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._carry(client, to_server), self._carry(server, to_client), return_exceptions=True)

    async def _carry(self, reader, writer):
        under_way, came = deque(), asyncio.Event()

        async def deliver():
            while True:
                while not under_way:
                    came.clear()
                    await came.wait()
                due, data = under_way.popleft()
                await asyncio.sleep(due - self._loop.time())
                if not data:
                    return writer.close()
                writer.write(data)
                await writer.drain()

        delivery = self._loop.create_task(deliver())
        while data := await reader.read(1 << 18):
            under_way.append((self._loop.time() + self._delay, data))
            came.set()
        under_way.append((self._loop.time() + self._delay, b""))
        came.set()
        await delivery
