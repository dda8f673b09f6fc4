"""Runs the benchmark: installs the peers, runs every side in turn for several rounds, prints one table.

Started by ./run, from the root of the repository. docs/benchmarks.md says what is compared; results go to target/peers/results.json.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import data
import mail_sides
import peers
import profile_sides
import table

ROOT = Path(__file__).resolve().parents[2]


def flags():
    parser = argparse.ArgumentParser(prog="benches/peers/run", description="Measures relance beside Node, Python and DuckDB.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; every side runs once in each (5)")
    parser.add_argument("--mails", type=int, default=2_000, help="mails a round for the fast sides; slow sides do fewer (2000)")
    parser.add_argument("--contacts", type=int, default=100_000, help="contacts of the profile fold (100000)")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the profile fold (1000000)")
    parser.add_argument("--full", action="store_true", help="1000000 contacts and 10000000 events")
    parser.add_argument("--data", type=Path, help="a folder of input files instead of generated ones")
    parser.add_argument("--only", choices=["mail", "profile"], help="one of the two workloads")
    parser.add_argument("--no-relance", action="store_true", help="measure the peers alone; builds nothing")
    chosen = parser.parse_args()
    if chosen.full:
        chosen.contacts, chosen.events = 1_000_000, 10_000_000
    if chosen.rounds < 1 or chosen.mails < 1 or chosen.contacts < 1 or chosen.events < 1:
        parser.error("rounds, mails, contacts and events are at least 1")
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(sides, rounds):
    """Runs every side once a round, in turn, and keeps every measure; a side that fails is said once and left out."""
    for number in range(1, rounds + 1):
        for side in sides:
            if side["absent"]:
                continue
            say(f"round {number} of {rounds}: {side['who']}")
            try:
                side["rounds"].append(side["run"]())
            except peers.Failed as reason:
                side["absent"], side["rounds"] = str(reason), []
                say(f"warning: not measured: {reason}")


def main():
    chosen = flags()
    home = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "peers"
    home.mkdir(parents=True, exist_ok=True)
    try:
        kit = peers.install(home, ROOT, cargo=not chosen.no_relance)
        sides, same = [], None
        if chosen.only != "profile":
            mail = mail_sides.prepare(kit, chosen.mails)
            measure(mail, chosen.rounds)
            same = mail_sides.compare(kit, mail)
            sides += mail
        if chosen.only != "mail":
            inputs = data.prepare(kit, chosen)
            folds = profile_sides.prepare(kit, inputs)
            measure(folds, chosen.rounds)
            sides += folds
    except peers.Failed as reason:
        say(f"error: {reason}")
        return 1
    results = table.results(sides, kit, chosen, same)
    (home / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(table.markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
