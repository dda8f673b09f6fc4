"""The inputs of the profile fold: the user's own, the project's generator's, or a small synthetic shop made by DuckDB."""

import json
import shutil

from peers import Failed, call, say


def prepare(kit, chosen):
    """Returns the folder of input files, generating it unless it is there at this size."""
    if chosen.data:
        if not chosen.data.is_dir():
            raise Failed(f"`{chosen.data}` is not a folder")
        return describe(kit, chosen.data.resolve(), "given")
    generator = "sample" if kit.lacks("example", "boutique") else "boutique"
    folder = kit.home / "data" / f"{generator}-{chosen.contacts}-{chosen.events}"
    done = folder / ".done"
    if not done.exists():
        say(f"generating {chosen.contacts:,} contacts and {chosen.events:,} events")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        size = ["--contacts", chosen.contacts, "--events", chosen.events, "--out", folder]
        if generator == "boutique":
            call(["cargo", "run", "--quiet", "--release", "--example", "boutique", "--", *size], kit.root)
        else:
            call([kit.python, kit.here / "profile" / "sample.py", *size], kit.home)
        done.touch()
    return describe(kit, folder, generator)


def describe(kit, folder, generator):
    """Counts the rows and finds the instant to fold at: the midnight after the last event."""
    counted = json.loads(call([kit.python, kit.here / "profile" / "fold.py", "--data", folder, "--count"], kit.home))
    return {"folder": folder, "generator": generator, **counted}
