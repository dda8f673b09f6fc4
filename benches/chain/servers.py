"""What the chain needs around it: postfix's sink and source, and a PostgreSQL server with fsync; all stop with the benchmark."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from peers import Failed, call, say


class Postfix:
    """smtp-sink and smtp-source, from the path or from Debian's package, which is unpacked and not installed: that would start a server."""

    def __init__(self, home):
        self.programs, self.environment = None, dict(os.environ)
        if shutil.which("smtp-sink") and shutil.which("smtp-source"):
            return
        folder = home / "postfix"
        if not (folder / "usr" / "sbin" / "smtp-sink").exists():
            say("unpacking postfix")
            with tempfile.TemporaryDirectory(dir=home) as scratch:
                call(["apt-get", "download", "postfix"], scratch)
                call(["dpkg", "-x", next(Path(scratch).glob("postfix_*.deb")), folder], scratch)
        self.programs = folder / "usr" / "sbin"
        self.environment["LD_LIBRARY_PATH"] = str(folder / "usr" / "lib" / "postfix")

    def command(self, name, *words):
        program = [self.programs / name] if self.programs else [name]
        libraries = self.environment.get("LD_LIBRARY_PATH")
        prefix = ["env", f"LD_LIBRARY_PATH={libraries}"] if libraries and self.programs else []
        return [str(part) for part in [*prefix, *program, *words]]

    @contextlib.contextmanager
    def sink(self):
        """A server that accepts everything and keeps nothing; gives its port."""
        port = free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = self.command("smtp-sink", *user, f"127.0.0.1:{port}", 400)
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(port, server)
            yield port
        finally:
            server.kill()
            server.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, server):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if server.poll() is not None:
            raise Failed(f"smtp-sink ended: {server.stderr.read().decode(errors='replace')[-400:]}")
        time.sleep(0.02)
    raise Failed("smtp-sink does not listen")


class Postgres:
    """A PostgreSQL cluster of its own, with the server's ordinary durability; nothing when PostgreSQL is not there."""

    def __init__(self, home):
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        folders = [Path(folder) for folder in os.environ.get("PATH", "").split(":") if folder] + installed
        self.programs = next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)
        self.home = None
        self.parent = home

    def start(self):
        # A socket's path is short, and the server's own user has to reach it.
        self.home = Path(tempfile.mkdtemp(prefix="relance-chain-"))
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres")
        options = f"-k {self.home} -c listen_addresses='' -c max_connections=50"
        self.call("initdb", "-D", self.home / "data", "-U", "relance", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.call("pg_ctl", "-D", self.home / "data", "-l", self.home / "log", "-w", "-o", options, "start")

    def stop(self):
        if self.home:
            with contextlib.suppress(Failed):
                self.call("pg_ctl", "-D", self.home / "data", "-m", "immediate", "stop")
            shutil.rmtree(self.home, ignore_errors=True)

    def fresh(self, name, template="template1"):
        """Makes a database, a copy of another one, and gives its URL."""
        for statement in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {template}", "CHECKPOINT"):
            self.call("psql", "-h", self.home, "-U", "relance", "-d", "postgres", "-qc", statement)
        return f"postgres://relance@localhost/{name}?host={self.home}"

    def call(self, name, *words):
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        program = shutil.which(name) or self.programs / name
        with open(os.devnull, "w") as nowhere, tempfile.TemporaryFile() as words_of_it:
            # The server keeps the files it was started with: a pipe would never end.
            done = subprocess.run([str(part) for part in [*prefix, program, *words]], cwd="/", stdout=nowhere, stderr=words_of_it)
            if done.returncode != 0:
                words_of_it.seek(0)
                raise Failed(f"`{name}` failed: {words_of_it.read().decode(errors='replace').strip()[-400:]}")
