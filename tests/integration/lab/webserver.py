"""Small web servers in a thread, for http-01: one that serves a folder, and one that answers as a test tells it to."""
import http.server
import threading
from pathlib import Path

PREFIX = "/.well-known/acme-challenge/"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self):
        self.server.seen.append((self.headers.get("Host", ""), self.path))
        status, headers, body = self.server.answer(self.headers.get("Host", ""), self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class WebServer:
    """answer(host, path) gives (status, headers, body). `seen` lists the requests so far as (host, path)."""

    def __init__(self, port, answer=None, address="127.0.0.1"):
        self._where = (address, port)
        self._answer = answer
        self._server = None

    def answer(self, host, path):
        return self._answer(host, path)

    @property
    def seen(self):
        return self._server.seen

    def __enter__(self):
        self._server = _Server(self._where, _Handler)
        self._server.answer = self.answer
        self._server.seen = []
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class WebRoot(WebServer):
    """Serves DIRECTORY/TOKEN at the well-known path, for every host name."""

    def __init__(self, port, directory, address="127.0.0.1"):
        super().__init__(port, address=address)
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)

    def answer(self, host, path):
        token = path.removeprefix(PREFIX)
        if token != path and "/" not in token and (self.directory / token).is_file():
            return 200, {"Content-Type": "application/octet-stream"}, (self.directory / token).read_bytes()
        return 404, {}, b"no such file"


class Http01(WebServer):
    """Answers http-01 from a dictionary of token to key authorization, which a protocol test fills."""

    def __init__(self, port, address="127.0.0.1"):
        super().__init__(port, address=address)
        self.answers = {}

    def answer(self, host, path):
        value = self.answers.get(path.removeprefix(PREFIX))
        if value is None:
            return 404, {}, b"no such token"
        if callable(value):
            return value(host, path)
        return 200, {}, value.encode()
