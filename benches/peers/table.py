"""Turns the rounds of every side into results.json and the one table."""

import datetime
import os
import platform
from statistics import median


def results(sides, kit, chosen, same):
    """Medians of the rounds; a ratio is the median of the ratios of the rounds, so that a slow moment hits both sides."""
    rows = []
    for side in sides:
        ours = next(other for other in sides if other["what"] == side["what"])["rounds"]
        row = {key: side[key] for key in ("what", "who", "unit")}
        if not side["rounds"]:
            rows.append({**row, "not_measured": side["absent"]})
            continue
        cpu = [one["cpu_s"] for one in side["rounds"]]
        row |= {key: median(one[key] for one in side["rounds"]) for key in side["rounds"][0]}
        row["per_core_s"] = row["amount"] / row["cpu_s"]
        row["spread"] = (max(cpu) - min(cpu)) / row["cpu_s"]
        pairs = list(zip(side["rounds"], ours))
        row["cpu_ratio"] = median(one["cpu_s"] / first["cpu_s"] for one, first in pairs) if pairs else None
        row["rounds"] = side["rounds"]
        rows.append(row)
    return {
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "arch": platform.machine(), "system": platform.system(), "load_1m": os.getloadavg()[0]},
        "versions": kit.versions,
        "rounds": chosen.rounds,
        "same_words": same,
        "rows": rows,
    }


def seconds(value):
    return f"{value * 1e6:,.0f} µs" if value < 0.1 else f"{value:,.1f} s"


def size(row):
    if "peak_bytes" in row:
        return f"{row['peak_bytes'] / 1e6:,.0f} MB"
    return "" if "bytes" not in row else f"{row['bytes'] / 1e3:,.1f} KB a mail"


def ratio(row):
    value = row["cpu_ratio"]
    if value is None:
        return ""
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def markdown(results):
    lines = [
        "| work | by | CPU time | on one core | size or peak memory | spread | CPU time, relance = 1 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in results["rows"]:
        if "not_measured" in row:
            lines.append(f"| {row['what']} | {row['who']} | not measured | | | | |")
            continue
        speed = f"{row['per_core_s']:,.0f} {row['unit']}/s"
        cells = [row["what"], row["who"], seconds(row["cpu_s"]), speed, size(row), f"{row['spread']:.0%}", ratio(row)]
        lines.append(f"| {' | '.join(cells)} |")
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {versions[name]}" for name in sorted(versions, key=str.lower))
    rounds = "one round" if results["rounds"] == 1 else f"median of {results['rounds']} rounds"
    here = f"{machine['cores']} cores, {machine['arch']}, load {machine['load_1m']:.1f}"
    lines += ["", f"{here}; {rounds}; {named}."]
    if results["same_words"]:
        lines.append(f"Same words and links in every side's first mail: {results['same_words']}.")
    for row in results["rows"]:
        if "not_measured" in row:
            lines.append(f"Not measured: {row['who']} ({' '.join(row['not_measured'].split())[:300]}).")
    return "\n".join(lines)
