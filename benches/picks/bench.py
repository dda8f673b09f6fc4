"""Runs the benchmark of learning picks: draws a shop once, fits every model on it in turn for several rounds, prints one table.

Started by ./run, from the root of the repository. docs/benchmarks.md says what is compared; results go to target/picks/results.json.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benches" / "picks"
# The whole of relance, which every ratio is over.
WHOLE = "relance: all, tuned"
PEERS = {
    "cosine": "implicit: cosine, K = 100",
    "bm25": "implicit: BM25, K = 100",
    "als": "implicit: ALS, 64 factors",
    "lenskit": "LensKit: item-KNN, 100 neighbours kept",
}
# Asked for by name only: it brings a gigabyte of its own.
LENSKIT = "lenskit==2025.8.1"


class Failed(Exception):
    """Something could not be installed or run; the text is for a person."""


def flags():
    parser = argparse.ArgumentParser(prog="benches/picks/run", description="Measures learning picks beside implicit and LensKit.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; every model is learned once in each (3)")
    parser.add_argument("--people", type=int, default=1_000_000, help="contacts (1000000)")
    parser.add_argument("--products", type=int, default=50_000, help="products (50000)")
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of orders, nearly (10000000)")
    parser.add_argument("--seed", type=int, default=1, help="what the drawing starts from (1)")
    parser.add_argument("--peers", default="cosine,bm25,als", help="models of peers, by commas, also lenskit; empty for none (cosine,bm25,als)")
    chosen = parser.parse_args()
    chosen.peers = [name for name in chosen.peers.split(",") if name]
    unknown = [name for name in chosen.peers if name not in PEERS]
    if unknown:
        parser.error(f"`{unknown[0]}` is none of {', '.join(PEERS)}")
    if min(chosen.rounds, chosen.people, chosen.products, chosen.lines) < 1:
        parser.error("rounds, people, products and lines are at least 1")
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command, **more):
    """Runs a command to its end and returns its standard output."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise Failed(f"`{' '.join(str(part) for part in command[:4])}` failed:\n{(done.stderr or done.stdout).strip()[-2_000:]}")
    return done.stdout


def install(home, peers):
    """Returns the Python of a virtual environment with the peers at the pinned versions."""
    wanted, installed = (HERE / "requirements.txt").read_text(encoding="utf-8"), home / "venv" / ".installed.txt"
    if "lenskit" in peers:
        wanted += LENSKIT + "\n"
    if not installed.exists() or not installed.read_text(encoding="utf-8").startswith(wanted):
        say("installing the Python peers")
        call([sys.executable, "-m", "venv", "--clear", home / "venv"])
        call([home / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split()])
        installed.write_text(wanted, encoding="utf-8")
    return home / "venv" / "bin" / "python"


def build():
    """Builds our side and returns the program."""
    say("building relance")
    lines = call(["cargo", "bench", "--bench", "picks", "--no-run", "--message-format", "json"]).splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    programs = [one["executable"] for one in found if one.get("target", {}).get("name") == "picks" and one.get("executable")]
    if not programs:
        raise Failed("cargo built no `picks`")
    return programs[-1]


def measure(chosen, program, python, shop):
    """Returns by model what each round took: CPU seconds of all threads, wall seconds, peak resident bytes."""
    costs = {}
    for number in range(1, chosen.rounds + 1):
        say(f"round {number} of {chosen.rounds}: relance")
        for stage in json.loads(call([program, "--shop", shop, "--json"])):
            per_unit = stage["unit"] != "lines"
            cpu = stage["cpu_us_per_unit"] if per_unit else stage["cpu_us"]
            cost = {"cpu_s": cpu / 1e6, "wall_s": stage["wall_us"] / 1e6, "peak_bytes": stage["peak_bytes"], "each": per_unit}
            costs.setdefault(f"relance: {stage['stage']}", []).append(cost)
        for name in chosen.peers:
            say(f"round {number} of {chosen.rounds}: {PEERS[name]}")
            # The library asks that the threads of the linear algebra below it be its own.
            limits = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
            costs.setdefault(PEERS[name], []).append(json.loads(call([python, "-W", "ignore", HERE / "peer.py", shop, name], env=limits)))
    return costs


def markdown(costs, chosen):
    whole = [cost["cpu_s"] for cost in costs[WHOLE]]
    lines = ["| model | CPU time | wall time | peak memory | spread | relance whole = 1 |", "|---|--:|--:|--:|--:|--:|"]
    for name, rounds in costs.items():
        cpu = [cost["cpu_s"] for cost in rounds]
        middle = median(cpu)
        spread = (max(cpu) - min(cpu)) / middle if middle else 0
        if rounds[0].get("each"):
            lines.append(f"| {name} | {middle * 1e6:,.1f} µs a person | | | {spread:.0%} | |")
            continue
        ratio = median(one / other for one, other in zip(cpu, whole))
        peak = max(cost["peak_bytes"] for cost in rounds) / 1e6
        wall = median(cost["wall_s"] for cost in rounds)
        lines.append(f"| {name} | {middle:,.2f} s | {wall:,.2f} s | {peak:,.0f} MB | {spread:.0%} | {ratio:,.2f} |")
    size = f"{chosen.lines:,} lines, {chosen.products:,} products, {chosen.people:,} contacts"
    lines += ["", f"{size}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; rounds: {chosen.rounds}."]
    return "\n".join(lines)


def main():
    chosen = flags()
    home = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "picks"
    home.mkdir(parents=True, exist_ok=True)
    try:
        python, program = install(home, chosen.peers) if chosen.peers else None, build()
        shop = home / f"shop-{chosen.people}-{chosen.products}-{chosen.lines}-{chosen.seed}.bin"
        if not shop.exists():
            say("drawing the shop")
            new = shop.with_suffix(".new")
            size = ["--people", chosen.people, "--products", chosen.products, "--lines", chosen.lines, "--seed", chosen.seed]
            call([program, "--draw", "--shop", new, *size])
            new.rename(shop)
        costs = measure(chosen, program, python, shop)
    except (Failed, OSError) as reason:
        say(f"error: {reason}")
        return 1
    (home / "results.json").write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")
    print(markdown(costs, chosen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
