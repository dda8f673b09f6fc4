"""The second workload: the profile of every contact, from files to a file."""

import shutil
import sys

from peers import Failed, call, measured, say

RELANCE, DUCKDB = "relance: profile build", "DuckDB: one SQL statement"


def prepare(kit, inputs):
    """Makes the project folder of the relance side, and returns the sides."""
    project = kit.home / "project"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    sources = "".join(f'{name} = {{ files = "data/{files}" }}\n' for name, files in inputs["files"].items())
    settings = (kit.here / "profile" / "relance.toml").read_text(encoding="utf-8")
    (project / "relance.toml").write_text(f"{settings}\n[sources]\n{sources}", encoding="utf-8")
    (project / "data").symlink_to(inputs["folder"], target_is_directory=True)

    what = f"profile fold, {inputs['events']:,} events, {inputs['contacts']:,} contacts"
    shared = {"what": what, "unit": "events"}
    fold = [kit.python, kit.here / "profile" / "fold.py", "--data", inputs["folder"], "--now", inputs["now"]]
    fold += ["--out", kit.home / "profiles.parquet"]
    binary, absent = build(kit)
    ours = [binary, "-C", project, "--now", inputs["now"], "profile", "build", "--json"]
    return [
        {**shared, "who": RELANCE, "rounds": [], "absent": absent, "run": lambda: cold(ours, project, inputs["events"])},
        {**shared, "who": DUCKDB, "rounds": [], "absent": None, "run": lambda: {**measured(fold, kit.home)[1], "amount": inputs["events"]}},
    ]


def build(kit):
    """Builds the binary; returns its path, or why there is none."""
    absent = kit.lacks("bin", "relance")
    if absent:
        return None, absent
    say("building relance")
    try:
        call(["cargo", "build", "--quiet", "--release", "--bin", "relance"], kit.root)
    except Failed as reason:
        return None, str(reason)
    return kit.target_directory / "release" / ("relance.exe" if sys.platform == "win32" else "relance"), None


def cold(command, project, events):
    """Builds the profiles with no snapshot to start from."""
    shutil.rmtree(project / ".relance", ignore_errors=True)
    out, used = measured(command, project)
    if not out.strip():
        raise Failed("`relance profile build --json` printed nothing")
    return {**used, "amount": events}
