"""A proxy in front of the server that cuts every connection after so many bytes."""
import socket
import threading


class Cut:
    """In front of the server: the first `bytes` of one direction pass, all connections together, then every connection is closed at once; new ones pass."""

    def __init__(self, port, direction, count):
        self._upstream, self._direction, self._left, self._pairs, self._guard = port, direction, count, [], threading.Lock()
        self.cut = False
        self.passed = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._close_all()

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._upstream))
            except OSError:
                return
            with self._guard:
                self._pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server, "up"), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, "down"), daemon=True).start()

    def _pump(self, source, sink, direction):
        try:
            while data := source.recv(65536):
                over = False
                with self._guard:
                    if direction == self._direction and not self.cut:
                        self.passed += len(data)
                        data, over = data[:self._left], self._left <= len(data)
                        self._left -= len(data)
                        self.cut = over
                sink.sendall(data)
                if over:
                    self._close_all()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _close_all(self):
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
