#!/usr/bin/env python3
"""Draws a picture for each section: the same horizon under five skies. Writes SVG; Chromium makes the PNG."""
import math, pathlib, subprocess, sys

HERE = pathlib.Path(__file__).parent / "images"
W, H = 600, 260


def waves(y, amplitude, length, ink, shift=0):
    points = [f"{x},{y + amplitude * math.sin((x + shift) / length * 2 * math.pi):.1f}" for x in range(0, W + 1, 10)]
    return f'<polygon points="0,{H} {" ".join(points)} {W},{H}" fill="{ink}"/>'


def scene(name, sky, sea, extra):
    body = f'<rect width="{W}" height="{H}" fill="{sky}"/>' + extra
    body += waves(178, 5, 210, sea[0]) + waves(202, 6, 260, sea[1], 80) + waves(228, 7, 320, sea[2], 190)
    (HERE / f"{name}.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" width="{W}" height="{H}">{body}</svg>')


LIGHTHOUSE = ('<polygon points="430,182 437,86 455,86 462,182" fill="#fff"/><polygon points="433,142 436,110 456,110 459,142" fill="#c9472f"/>'
              '<rect x="434" y="72" width="24" height="14" fill="#12324a"/><polygon points="430,72 446,56 462,72" fill="#c9472f"/>'
              '<polygon points="434,78 90,40 90,112" fill="#f4c95d" opacity=".35"/>')
SUN = '<circle cx="300" cy="150" r="62" fill="#f4c95d"/>'
BOAT = '<polygon points="200,176 330,176 306,202 222,202" fill="#c9472f"/><rect x="262" y="70" width="4" height="106" fill="#12324a"/><polygon points="260,78 260,166 204,166" fill="#fff"/><polygon points="270,90 270,166 316,166" fill="#f6efe0"/>'
CRANES = "".join(f'<g fill="#12324a"><rect x="{x}" y="84" width="6" height="100"/><rect x="{x - 44}" y="84" width="92" height="6"/><rect x="{x - 40}" y="90" width="2" height="{30 + i * 14}"/></g>' for i, x in enumerate((150, 300, 460)))
FISH = '<ellipse cx="290" cy="110" rx="110" ry="36" fill="#12324a"/><polygon points="392,110 450,78 450,142" fill="#12324a"/><circle cx="216" cy="102" r="6" fill="#fff"/>' + "".join(f'<path d="M{x} 84 q14 26 0 52" stroke="#f4c95d" stroke-width="4" fill="none"/>' for x in (260, 290, 320, 350))
CURTAIN = "".join(f'<path d="M{x} 0 q22 90 0 190 h34 q22 -100 0 -190 Z" fill="{"#c9472f" if i % 2 else "#a93a26"}"/>' for i, x in enumerate(list(range(-10, 190, 34)) + list(range(408, 610, 34)))) + '<circle cx="300" cy="110" r="40" fill="#f4c95d"/>'

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    scene("mer", "#cfe2ee", ["#6fa3c4", "#3f7ba3", "#1e5a83"], LIGHTHOUSE)
    scene("meteo", "#f7dcc0", ["#7fb0cc", "#4c88ad", "#28638b"], SUN)
    scene("ports", "#dbe5e8", ["#7fa9b3", "#4f838f", "#2d626f"], CRANES)
    scene("cuisine", "#f3e6cf", ["#8bb8bd", "#5a939b", "#33707a"], FISH)
    scene("culture", "#f1e3d3", ["#7ea7c0", "#4d7f9f", "#2b5c7d"], CURTAIN)
    for svg in sorted(HERE.glob("*.svg")):
        subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
                        f"--window-size={W},{H}", f"--screenshot={svg.with_suffix('.png')}", f"file://{svg}"],
                       check=True, stderr=subprocess.DEVNULL, stdout=sys.stderr)
