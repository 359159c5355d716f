"""The servers under measurement, each in a folder of its own on loopback: xicad, and beside it Debian's pebble and Caddy's acme_server."""
import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CADDY_NAMES = 512  # Caddy looks names up: they stand in its hosts file


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _children(pid):
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _stat(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Server:
    """A started server: what it uses of the machine, and how to load it."""

    synced = ""       # what it does with its data
    load_options = () # of acme-load

    def __init__(self, folder, build):
        self.folder, self.build = Path(folder), Path(build)
        self.folder.mkdir(parents=True)
        self.process = self.directory = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, argv, **options):
        with open(self.folder / "stdout", "wb") as out, open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([str(word) for word in argv], stdout=out, stderr=log, **options)

    def wait(self, is_there, seconds=60):
        until = time.monotonic() + seconds
        while not is_there():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{type(self).__name__} did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def listens(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def processes(self):
        """Name of the role and its process."""
        return [(type(self).__name__.lower(), self.process.pid)]

    def cpu(self):
        """CPU seconds by role, with what ended children have used."""
        spent = {}
        for role, pid in self.processes():
            fields = _stat(pid)
            spent[role] = spent.get(role, 0) + sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK
        return spent

    def memory(self):
        """Resident bytes of all processes, what they share counted once (PSS)."""
        total = 0
        for _, pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    @contextlib.contextmanager
    def watched(self, every=0.02):
        """Yields a list of one: the most memory that was seen at once within."""
        peak, over = [self.memory()], threading.Event()

        def watch():
            while not over.wait(every):
                peak[0] = max(peak[0], self.memory())
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield peak
        finally:
            over.set()
            watcher.join()

    def load_argv(self):
        return [self.build / "bench" / "acme-load", "--directory", self.directory, *self.load_options]


class Xicad(Server):
    synced = "all on disk: SQLite synchronous=FULL, audit log"

    def __init__(self, folder, build, *options, assume_valid=True, ca=None):
        super().__init__(folder, build)
        self.https_port, self.http_port, self.http01_port = free_port(), free_port(), free_port()
        self.ca = Path(ca) if ca else self.folder / "ca"
        self.options = [*options, *(["--assume-valid"] if assume_valid else [])]
        self.load_options = () if assume_valid else ("--http01-port", self.http01_port)

    def start(self):
        self.run([self.build / "xicad", "--dev", self.ca, "--https-port", self.https_port, "--http-port", self.http_port, "--http01-port", self.http01_port,
                  "--tlsalpn01-port", free_port(), "--resolve-all", "127.0.0.1", *self.options])
        self.wait(lambda: b"ready" in (self.folder / "stdout").read_bytes(), 300)
        self.directory = f"https://localhost:{self.https_port}/acme/directory"

    def processes(self):
        found = [("parent", self.process.pid)]
        for pid in _children(self.process.pid):
            with contextlib.suppress(OSError):
                word = Path(f"/proc/{pid}/comm").read_text().split(":")[-1].split()[0]
                names = ("front", "registrar", "validator", "signer", "mailer", "login")
                found.append((next((name for name in names if name.startswith(word)), word), pid))
        return found

    def cli(self, *words):
        return subprocess.run([str(self.build / "xica"), *map(str, words), "--dev", str(self.ca)], check=True, capture_output=True, text=True).stdout


class Pebble(Server):
    synced = "nothing: all in memory"

    def start(self):
        port = free_port()
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        settings = {"listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{free_port()}", "certificate": str(certificate),
                    "privateKey": str(key), "httpPort": free_port(), "tlsPort": free_port(), "ocspResponderURL": ""}
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        self.run(["pebble", "-config", self.folder / "pebble.json"],
                 env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"})
        self.wait(lambda: self.listens(port))
        self.directory = f"https://localhost:{port}/dir"


class Caddy(Server):
    """In namespaces of its own: it looks at port 80 of names that it looks up. Needs root."""

    synced = "on disk"
    load_options = ("--http01-port", 80, "--names", CADDY_NAMES)

    def start(self):
        port = free_port()
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 load-{i}.load.example\n" for i in range(CADDY_NAMES)))
        (self.folder / "Caddyfile").write_text(
            f"{{\n admin off\n auto_https disable_redirects\n skip_install_trust\n storage file_system {self.folder}/data\n pki {{\n  ca local {{\n   name bench\n"
            f"  }}\n }}\n log {{\n  output discard\n }}\n}}\nhttps://localhost:{port} {{\n tls internal\n acme_server\n}}\n")
        self.run(["unshare", "--net", "--mount", "sh", "-c",
                  f"ip link set lo up && mount --bind {self.folder}/hosts /etc/hosts && exec caddy run --config {self.folder}/Caddyfile"],
                 env={**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")})
        self.wait(lambda: subprocess.run([*self._inside(), "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], capture_output=True).returncode == 0)
        self.directory = f"https://localhost:{port}/acme/local/directory"

    def _inside(self):
        return ["nsenter", "--target", str(self.process.pid), "--net", "--mount", f"--wd={os.getcwd()}"]

    def load_argv(self):
        return [*self._inside(), *super().load_argv()]
