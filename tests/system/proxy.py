"""A TCP proxy in front of the server that counts round trips: an answer that follows something sent is one. It can lose a connection silently."""
import asyncio
import threading


class Proxy:
    def __init__(self, port, host="127.0.0.1"):
        self._upstream = (host, port)
        self.round_trips = self.connections = self.bytes_sent = self.bytes_received = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = None
        self._to_server = {}
        self._lost = set()
        self.port = 0

    def __enter__(self):
        self._thread.start()
        self._server = self._await(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._await(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def lose(self, port):
        """Ends the connection that comes to the server from this port; its client is not told."""
        self._lost.add(port)
        self._loop.call_soon_threadsafe(self._to_server[port].close)

    def _await(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _close(self):
        self._server.close()
        rest = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, client_reader, client_writer):
        self.connections += 1
        server_reader, server_writer = await asyncio.open_connection(*self._upstream)
        port = server_writer.get_extra_info("sockname")[1]
        self._to_server[port] = server_writer
        asked = False

        async def to_server():
            nonlocal asked
            while data := await client_reader.read(65536):
                if port in self._lost:
                    continue
                asked = True
                self.bytes_sent += len(data)
                server_writer.write(data)
                await server_writer.drain()
            server_writer.close()

        async def to_client():
            nonlocal asked
            while data := await server_reader.read(65536):
                if asked:
                    self.round_trips += 1
                asked = False
                self.bytes_received += len(data)
                client_writer.write(data)
                await client_writer.drain()
            if port not in self._lost:
                client_writer.close()

        try:
            await asyncio.gather(to_server(), to_client())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for writer in (client_writer, server_writer):
                writer.close()
