"""What the benchmark installs and how it runs a program: with its CPU time and its peak memory."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Failed(Exception):
    """A side could not be installed or run; the text is for a person."""


class Kit:
    """Where things are: the repository, target/peers, and the cargo targets that exist."""

    def __init__(self, home, root):
        self.home, self.root = home, root
        self.here = root / "benches" / "peers"
        self.python = home / "venv" / "bin" / "python"
        self.targets, self.target_directory, self.versions = None, None, {}

    def lacks(self, kind, name):
        """Says why a cargo target cannot be run; nothing when it can."""
        if self.targets is None:
            return "left out by --no-relance"
        return None if (kind, name) in self.targets else f"the package has no {kind} target `{name}`"


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command, cwd):
    """Runs a command to its end and returns its standard output."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    except OSError as reason:
        raise Failed(f"`{command[0]}` cannot be run: {reason}") from reason
    if done.returncode != 0:
        raise Failed(f"`{' '.join(str(part) for part in command[:4])}` failed:\n{(done.stderr or done.stdout).strip()[-2_000:]}")
    return done.stdout


def measured(command, cwd):
    """Runs a command; returns its output, CPU seconds (user and system), wall seconds and peak resident memory in bytes."""
    started = time.perf_counter()
    # Files rather than pipes: the wait has to be ours, as it alone tells what this one child used.
    with tempfile.TemporaryFile() as out_file, tempfile.TemporaryFile() as err_file:
        try:
            child = subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=out_file, stderr=err_file)
        except OSError as reason:
            raise Failed(f"`{command[0]}` cannot be run: {reason}") from reason
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out, err = (file.seek(0) or file.read().decode(errors="replace") for file in (out_file, err_file))
    if child.returncode != 0:
        raise Failed(f"`{Path(command[0]).name}` failed: {(err or out).strip()[-400:] or f'exit code {child.returncode}'}")
    unit = 1 if sys.platform == "darwin" else 1024
    return out, {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall, "peak_bytes": usage.ru_maxrss * unit}


def json_lines(text):
    """Returns the JSON objects among the lines of a program's output."""
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
    return found


def install(home, root, cargo):
    """Installs the peers where they are not yet there at the pinned versions, and looks at what cargo can build."""
    kit = Kit(home, root)
    npm(kit)
    venv(kit)
    kit.versions["node"] = call(["node", "--version"], home).strip().removeprefix("v")
    kit.versions["python"] = platform.python_version()
    if cargo:
        metadata = json.loads(call(["cargo", "metadata", "--no-deps", "--format-version", "1"], root))
        targets = [target for package in metadata["packages"] for target in package["targets"]]
        kit.targets = {(kind, target["name"]) for target in targets for kind in target["kind"]}
        kit.target_directory = Path(metadata["target_directory"])
    return kit


def stale(wanted, installed):
    return not installed.exists() or installed.read_bytes() != wanted.read_bytes()


def npm(kit):
    wanted, installed = kit.here / "package.json", kit.home / "node_modules" / ".installed.json"
    if stale(wanted, installed):
        say("installing the Node peers")
        shutil.copy(wanted, kit.home / "package.json")
        call(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], kit.home)
        shutil.copy(wanted, installed)
    kit.versions |= json.loads(wanted.read_text(encoding="utf-8"))["dependencies"]


def venv(kit):
    wanted, installed = kit.here / "requirements.txt", kit.home / "venv" / ".installed.txt"
    if stale(wanted, installed):
        say("installing the Python peers")
        try:
            call([sys.executable, "-m", "venv", "--clear", kit.home / "venv"], kit.home)
        except Failed as reason:
            raise Failed(f"a virtual environment cannot be made (Debian: apt install python3-venv): {reason}") from reason
        call([kit.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted], kit.home)
        shutil.copy(wanted, installed)
    lines = wanted.read_text(encoding="utf-8").split()
    kit.versions |= dict(line.split("==") for line in lines)
