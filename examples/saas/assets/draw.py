#!/usr/bin/env python3
"""Draws the pictures of the example: strips of a shift plan, and the mark. Writes SVG; Chromium makes the PNG.

    python3 draw.py && for f in *.svg; do ...; done     (see the end of this file)
"""
import pathlib, random, subprocess, sys

HERE = pathlib.Path(__file__).parent
GROUND, LINE, DAY = "#dcebe5", "#c3dad1", "#8fb5a8"
INKS = ["#0b6b57", "#3f9a83", "#f0b94a", "#17433a", "#e98a5b"]


def strip(name, shifts, rows=6, height=220):
    """Seven days of 24 hours from left to right, a person a row; `shifts(row, day)` gives (start, end, ink)."""
    width, top = 600, 34
    step = (height - top - 22) / rows
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">']
    out.append(f'<rect width="{width}" height="{height}" fill="{GROUND}"/>')
    x = lambda hours: 24 + hours / 168 * (width - 48)
    for day in range(8):
        out.append(f'<rect x="{x(day * 24) - .5:.1f}" y="{top - 14}" width="1" height="{height - top - 2}" fill="{LINE}"/>')
    for day in range(7):
        out.append(f'<circle cx="{x(day * 24 + 12):.1f}" cy="{top - 14}" r="{4 if day > 4 else 2.5}" fill="{DAY}"/>')
    for row in range(rows):
        for day in range(7):
            for start, end, ink in shifts(row, day):
                a, b = x(day * 24 + start), x(min(day * 24 + end, 168))
                y, h = top + row * step + 3, step - 9
                out.append(f'<rect x="{a:.1f}" y="{y:.1f}" width="{max(b - a - 2, 3):.1f}" height="{h:.1f}" rx="{min(h / 2, 7):.1f}" fill="{INKS[ink]}"/>')
    out.append("</svg>")
    (HERE / f"{name}.svg").write_text("".join(out))


def hospitality(row, day):
    if (row + day) % 6 in (0, 1) and day < 5:
        return []
    return [(10, 15, 1), (18, 24, row % 2 * 2)] if (row + day) % 3 else [(17, 25, 4 if day > 3 else 0)]


def health(row, day):
    turn = (day + row) % 6
    return {0: [(7, 19, 1)], 1: [(7, 19, 1)], 2: [(19, 31, 3)], 3: [(19, 31, 3)], 4: [], 5: []}[turn]


def retail(row, day):
    hands = [2, 2, 3, 3, 4, 6, 1][day]
    return [(9, 20, 2 if day == 5 else row % 2)] if row < hands else []


def logistics(row, day):
    if day == 6:
        return []
    return [((row // 2) * 8, (row // 2) * 8 + 8.8, [3, 0, 2][row // 2])] if (row + day) % 5 else []


def general(row, day):
    return [(9, 18, 2 if day == 3 else row % 2)] if day < 5 and (row * 2 + day) % 7 else []


def first_week(row, day):
    return [(9, 18, [0, 2, 1][row // 2])] if (row, day) in ((0, 0), (2, 1), (4, 3)) else []


def team(row, day):
    return [(8 + row % 3 * 3, 17 + row % 3 * 3, row % 5)] if (row + day) % 4 else []


def hours(row, day):
    rng = random.Random(row * 10 + day)
    return [(6, 6 + 16 * rng.uniform(.45, 1), 1 if row % 2 else 3)] if day < 6 else []


def mark():
    rays = "".join(f'<rect x="31" y="5" width="2" height="7" rx="1" fill="#fff" transform="rotate({a} 32 32)"/>' for a in range(-90, 91, 30))
    (HERE / "mark.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64"><circle cx="32" cy="32" r="31" fill="#0b6b57"/>'
        + rays + '<path d="M32 40 L32 18 L47 40 Z" fill="#f0b94a"/><rect x="13" y="42" width="38" height="4" rx="2" fill="#fff"/></svg>')


if __name__ == "__main__":
    for name, shifts in [("sector-hospitality", hospitality), ("sector-health", health), ("sector-retail", retail),
                         ("sector-logistics", logistics), ("sector-general", general)]:
        strip(name, shifts)
    strip("lesson-plan", first_week, height=180)
    strip("lesson-team", team, height=180)
    strip("lesson-hours", hours, height=180)
    mark()
    for svg in sorted(HERE.glob("*.svg")):
        size = svg.read_text().split('viewBox="0 0 ')[1].split('"')[0].replace(" ", ",")
        subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
                        "--default-background-color=00000000", f"--window-size={size}", f"--screenshot={svg.with_suffix('.png')}", f"file://{svg}"],
                       check=True, stderr=subprocess.DEVNULL, stdout=sys.stderr)
