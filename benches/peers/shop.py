"""The example shop with data of another size."""

import shutil

from peers import call, say

# The generator writes these where the example keeps files of other kinds.
FILES = {"data/events/*.jsonl.gz": "data/events/*.parquet", "data/orders.parquet": "data/orders/*.parquet", "methods.jsonl": "methods.csv"}


def project(root, folder, contacts, generator=None):
    """Makes the project examples/boutique with so many contacts and ten times as many events, unless it is there, and removes what earlier
    runs kept; `generator` is the generator of data when it is built already."""
    data = folder / "data"
    if not (data / ".done").exists():
        say(f"generating {contacts:,} contacts and {10 * contacts:,} events")
        shutil.rmtree(folder, ignore_errors=True)
        kept = shutil.ignore_patterns("data", "generator", "outbox", ".relance", "tests")
        shutil.copytree(root / "examples" / "boutique", folder, ignore=kept)
        program = [generator] if generator else ["cargo", "run", "--quiet", "--release", "--example", "boutique", "--"]
        call([*program, "--contacts", contacts, "--events", 10 * contacts, "--out", data], root)
        settings = folder / "relance.toml"
        text = settings.read_text(encoding="utf-8")
        for kept, made in FILES.items():
            text = text.replace(kept, made)
        settings.write_text(text, encoding="utf-8")
        (data / ".done").touch()
    for made in (".relance", "outbox"):
        shutil.rmtree(folder / made, ignore_errors=True)
    return folder
