"""Runs the benchmark of the whole chain: every side in turn for several rounds, one table.

Started by ./run, from the root of the repository. docs/benchmarks.md says what is compared; results go to target/chain/results.json.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "peers"))

import peers  # noqa: E402
from servers import Postfix, Postgres  # noqa: E402
from sides import SIGNATURES, Node, Shop, source  # noqa: E402


def numbers(text):
    return [int(part) for part in text.split(",")]


def flags():
    parser = argparse.ArgumentParser(prog="benches/chain/run", description="Measures the whole chain beside smtp-source and nodemailer.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; every side runs once in each (5)")
    parser.add_argument("--mails", type=int, default=10_000, help="mails of each run; a tenth for Node (10000)")
    parser.add_argument("--connections", type=numbers, default=[1, 4, 16, 64], help="numbers of connections (1,4,16,64)")
    parser.add_argument("--signatures", default="none,ed25519,rsa,both", help="DKIM at 16 connections, `none` at all (none,ed25519,rsa,both)")
    parser.add_argument("--no-node", action="store_true", help="leave Node out")
    parser.add_argument("--no-postgres", action="store_true", help="SQLite only")
    parser.add_argument("--relance", type=Path, help="the program to measure instead of the release build")
    parser.add_argument("--generator", type=Path, help="the generator of data instead of `cargo run --example boutique`")
    chosen = parser.parse_args()
    chosen.signatures = [word for word in chosen.signatures.split(",") if word]
    unknown = set(chosen.signatures) - set(SIGNATURES)
    if unknown or min(chosen.rounds, chosen.mails, *chosen.connections) < 1:
        parser.error(f"`--signatures` are among {', '.join(SIGNATURES)}; rounds, mails and connections are at least 1")
    return chosen


def cases(chosen, has_postgres):
    """Every side: what it is, at how many connections, signed how."""
    signed_at = 16 if 16 in chosen.connections else chosen.connections[-1]
    for connections in chosen.connections:
        yield "smtp-source", connections, "none"
        signatures = [one for one in chosen.signatures if one == "none" or connections == signed_at]
        for signature in signatures:
            yield "relance, SQLite", connections, signature
            if has_postgres and (signature == "none" or signature == "both"):
                yield "relance, PostgreSQL", connections, signature
            if not chosen.no_node and signature in ("none", "rsa"):
                yield "Node", connections, signature


def rows(results):
    """One row a case; a ratio is the median of those of the rounds, so that a slow moment hits both sides."""
    for (who, connections, signature), rounds in results.items():
        speeds = [one["mails"] / one["wall_s"] for one in rounds]
        row = {"who": who, "connections": connections, "signature": signature, "per_s": median(speeds)}
        row["cpu_us"] = median(one["cpu_s"] / one["mails"] * 1e6 for one in rounds)
        row["spread"] = (max(speeds) - min(speeds)) / row["per_s"]
        for other, signed in (("smtp-source", "none"), ("Node", signature)):
            beside = results.get((other, connections, signed))
            if who.startswith("relance") and beside:
                row[f"beside {other}"] = median(s / (one["mails"] / one["wall_s"]) for s, one in zip(speeds, beside))
        yield row


def markdown(found, about):
    lines = ["| by | connections | signed | mails/s | spread | CPU µs a mail | × smtp-source | × Node |", "|---|--:|---|--:|--:|--:|--:|--:|"]
    for row in found:
        ratios = [f"{row[name]:.2f}" if name in row else "" for name in ("beside smtp-source", "beside Node")]
        cells = [row["who"], str(row["connections"]), row["signature"], f"{row['per_s']:,.0f}", f"{row['spread']:.0%}", f"{row['cpu_us']:,.0f}"]
        lines.append(f"| {' | '.join(cells + ratios)} |")
    rounds = "one round" if about["rounds"] == 1 else f"median of {about['rounds']} rounds"
    lines += ["", f"{about['cores']} cores, load {about['load_1m']:.1f}; {rounds} of {about['mails']:,} mails of {about['bytes']:,} bytes."]
    return "\n".join(lines)


def main():
    chosen = flags()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    home, peers_home = target / "chain", target / "peers"
    postgres = Postgres(home)
    try:
        for folder in (home, peers_home):
            folder.mkdir(parents=True, exist_ok=True)
        if chosen.relance is None:
            peers.say("building relance")
            peers.call(["cargo", "build", "--quiet", "--release", "--bin", "relance"], ROOT)
        relance = (chosen.relance or target / "release" / "relance").resolve()
        postfix = Postfix(home)
        node = None
        if not chosen.no_node:
            peers.npm(peers.Kit(peers_home, ROOT))
            node = Node(ROOT, peers_home)
        if not chosen.no_postgres and postgres.programs:
            postgres.start()
        shop = Shop(ROOT, home, relance, chosen.generator and chosen.generator.resolve(), chosen.mails, postgres)
        shop.plan()
        n_bytes = shop.mail_bytes()
        results = {case: [] for case in cases(chosen, postgres.home is not None)}
        for number in range(1, chosen.rounds + 1):
            for who, connections, signature in results:
                peers.say(f"round {number} of {chosen.rounds}: {who}, {connections} connections, signed: {signature}")
                with postfix.sink() as port:
                    if who == "smtp-source":
                        one = source(postfix, port, connections, chosen.mails, n_bytes)
                    elif who == "Node":
                        key = shop.folder / "dkim" / "rsa.pem" if signature == "rsa" else None
                        one = node.run(port, connections, max(1, chosen.mails // 10), key)
                    else:
                        one = shop.run(port, connections, signature, who.removeprefix("relance, "))
                results[who, connections, signature].append(one)
    except peers.Failed as reason:
        peers.say(f"error: {reason}")
        return 1
    finally:
        postgres.stop()
    found = list(rows(results))
    about = {"rounds": chosen.rounds, "mails": chosen.mails, "bytes": n_bytes, "cores": os.cpu_count(), "load_1m": os.getloadavg()[0]}
    rounds = [{"case": list(case), "rounds": every} for case, every in results.items()]
    (home / "results.json").write_text(json.dumps({**about, "rows": found, "rounds": rounds}, indent=2) + "\n", encoding="utf-8")
    print(markdown(found, about))
    return 0


if __name__ == "__main__":
    sys.exit(main())
