"""Draws images/*.png (one a category, 480x480), logo.png (the bird) and wordmark.png. Needs Pillow and Chromium; run by hand: python3 draw.py"""
import pathlib, subprocess, tempfile
from PIL import Image

T, O, G, D, P, W = "#c8553d", "#e0a458", "#2f5d62", "#2b3a3f", "#e8b4a0", "#fffaf1"  # terracotta, ochre, teal, ink, blush, white


def rect(x, y, w, h, fill, r=0, more=""):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}" {more}/>'


def circle(x, y, r, fill, more=""):
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}" {more}/>'


def ellipse(x, y, a, b, fill):
    return f'<ellipse cx="{x}" cy="{y}" rx="{a}" ry="{b}" fill="{fill}"/>'


def path(d, fill="none", stroke="none", w=10):
    return f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{w}" stroke-linecap="round" stroke-linejoin="round"/>'


def flame(x, y, s=1.0):
    return (path(f"M{x} {y} c{-26*s} {-30*s} {-8*s} {-52*s} 0 {-78*s} c{8*s} {26*s} {26*s} {48*s} 0 {78*s}z", O)
            + path(f"M{x} {y} c{-12*s} {-14*s} {-4*s} {-26*s} 0 {-38*s} c{4*s} {12*s} {12*s} {24*s} 0 {38*s}z", W))


def heart(x, y, s, fill):
    return path(f"M{x} {y+s*.9} C{x-s*1.5} {y-s*.1} {x-s*.8} {y-s} {x} {y-s*.35} C{x+s*.8} {y-s} {x+s*1.5} {y-s*.1} {x} {y+s*.9}z", fill)


def star(x, y, r, fill, n=5, inner=.45):
    import math
    pts = " ".join(f"{x+math.sin(i*math.pi/n)*(r if i%2==0 else r*inner):.1f},{y-math.cos(i*math.pi/n)*(r if i%2==0 else r*inner):.1f}" for i in range(2 * n))
    return f'<polygon points="{pts}" fill="{fill}" stroke-linejoin="round"/>'


def dots(points, r, fill):
    return "".join(circle(x, y, r, fill) for x, y in points)


DRAW = {
    "gouter": path("M190 190 v-36 q0-24 24-24 h52 q24 0 24 24 v36", stroke=D, w=14) + rect(120, 185, 240, 165, T, 26) + rect(120, 255, 240, 14, D) + rect(218, 240, 44, 44, O, 8) + dots([(165, 222), (200, 215), (290, 218), (325, 228), (160, 312), (205, 320), (280, 315), (322, 308)], 10, W),
    "papier-cadeau": rect(135, 210, 210, 150, T, 8) + rect(120, 170, 240, 56, P, 8) + rect(222, 170, 36, 190, O) + path("M240 170 c-90 10 -90 -80 -40 -70 c30 8 36 40 40 70 c4 -30 10 -62 40 -70 c50 -10 50 80 -40 70", stroke=G, w=16),
    "jouets": circle(165, 335, 34, D) + circle(315, 335, 34, D) + circle(165, 335, 13, O) + circle(315, 335, 13, O) + rect(115, 245, 250, 75, T, 14) + rect(255, 150, 95, 110, G, 10) + rect(278, 172, 50, 42, W, 6) + rect(145, 175, 44, 75, O, 6) + circle(167, 140, 20, W) + circle(195, 112, 14, W),
    "loisirs-creatifs": rect(165, 165, 110, 150, W, 4) + rect(145, 135, 150, 36, O, 10) + rect(145, 310, 150, 36, O, 10) + "".join(path(f"M168 {y} L272 {y-14}", stroke=T, w=12) for y in range(200, 310, 26)) + path("M272 285 C340 300 330 220 350 160", stroke=T, w=6) + path("M330 330 L360 130", stroke=D, w=9) + circle(358, 142, 5, W),
    "cartes": rect(125, 175, 230, 165, P, 10) + path("M125 185 L240 275 L355 185", stroke=G, w=12) + rect(155, 120, 170, 120, W, 8) + heart(240, 180, 34, T) + path("M125 330 V215 L240 290 L355 215 V330 q0 10 -10 10 H135 q-10 0 -10 -10z", O),
    "noel": rect(218, 108, 44, 34, O, 6) + circle(240, 245, 112, T) + path("M131 225 Q240 275 349 225 L352 262 Q240 312 128 262z", W) + star(180, 258, 17, G) + star(240, 276, 17, G) + star(300, 258, 17, G) + path("M240 108 C225 70 262 70 246 100", stroke=D, w=7) + path("M185 175 q18 -24 42 -28", stroke=P, w=12),
    "paques": f'<ellipse cx="240" cy="245" rx="92" ry="122" fill="{P}"/>' + path("M150 225 l30 -24 30 24 30 -24 30 24 30 -24 30 24 v40 l-30 24 -30 -24 -30 24 -30 -24 -30 24 -30 -24z", G) + dots([(195, 247), (240, 247), (285, 247)], 11, W) + dots([(205, 165), (240, 150), (275, 165), (205, 325), (240, 340), (275, 325)], 10, T),
    "bougeoirs": flame(240, 178, 1) + rect(216, 178, 48, 105, W, 4) + rect(234, 168, 12, 14, D) + path("M165 275 h150 q-8 50 -55 55 h-40 q-47 -5 -55 -55z", T) + rect(226, 325, 28, 26, T) + rect(160, 346, 160, 22, D, 11) + circle(338, 300, 26, "none", f'stroke="{T}" stroke-width="14"'),
    "bougies": flame(180, 195, .85) + flame(300, 150, .85) + flame(243, 240, .7) + rect(148, 200, 64, 160, T, 8) + rect(268, 156, 64, 204, G, 8) + rect(212, 246, 62, 114, P, 8) + rect(120, 356, 240, 16, D, 8),
    "bouillottes": rect(210, 100, 60, 60, D, 10) + path("M205 150 h70 q0 22 26 30 q34 12 34 50 v90 q0 46 -46 46 h-98 q-46 0 -46 -46 v-90 q0 -38 34 -50 q26 -8 26 -30z", T) + heart(240, 270, 44, W) + rect(196, 140, 88, 20, O, 10),
    "bain": rect(110, 235, 260, 22, D, 11) + path("M125 255 h230 q0 95 -80 95 h-70 q-80 0 -80 -95z", W) + rect(165, 345, 22, 24, O, 6) + rect(293, 345, 22, 24, O, 6) + path("M330 235 V150 q0 -26 -26 -26 q-26 0 -26 26", stroke=G, w=14) + circle(175, 205, 26, P) + circle(215, 180, 18, P) + circle(150, 170, 13, P) + circle(222, 218, 16, W),
    "horloges": rect(140, 330, 30, 40, D, 8, 'transform="rotate(25 155 350)"') + rect(310, 330, 30, 40, D, 8, 'transform="rotate(-25 325 350)"') + circle(165, 135, 36, O) + circle(315, 135, 36, O) + circle(240, 240, 122, T) + circle(240, 240, 94, W) + path("M240 240 V175 M240 240 L285 262", stroke=D, w=12) + circle(240, 240, 10, T) + dots([(240, 162), (240, 318), (162, 240), (318, 240)], 6, G),
    "jardin": path("M150 215 h150 l-14 145 h-122z", G) + path("M300 250 L372 175", stroke=G, w=20) + path("M355 150 l40 36", stroke=D, w=16) + path("M155 240 c-70 -10 -60 90 8 88", stroke=D, w=14) + rect(140, 200, 170, 22, D, 11) + path("M225 200 V120", stroke=G, w=9) + "".join(circle(225 + x, 112 + y, 20, T) for x, y in [(-24, 0), (24, 0), (0, -24), (0, 24)]) + circle(225, 112, 16, O),
    "parapluies": path("M240 120 V330 q0 34 -32 34 q-30 0 -30 -30", stroke=D, w=13) + path("M100 250 C105 80 375 80 380 250 q-35 -36 -70 0 q-35 -36 -70 0 q-35 -36 -70 0 q-35 -36 -70 0z", T) + path("M170 250 C175 170 205 130 240 122 C275 130 305 170 310 250 q-35 -36 -70 0 q-35 -36 -70 0z", O) + circle(240, 112, 10, D),
    "mugs": path("M300 215 h24 q44 0 44 46 q0 46 -44 46 h-24", stroke=T, w=22) + rect(130, 180, 180, 175, T, 24) + heart(220, 265, 42, W) + "".join(path(f"M{x} 155 c-16 -20 16 -34 0 -56", stroke=P, w=11) for x in (175, 220, 265)),
    "patisserie": path("M150 255 h180 l-26 105 h-128z", G) + "".join(path(f"M{x} 262 L{240+(x-240)*.72} 355", stroke=W, w=6) for x in (180, 210, 240, 270, 300)) + path("M135 255 q-8 -50 45 -52 q-6 -50 60 -52 q66 2 60 52 q53 2 45 52z", P) + circle(240, 135, 24, T) + path("M243 114 q6 -20 24 -22", stroke=D, w=6) + dots([(195, 225), (230, 190), (275, 215), (305, 238), (250, 235)], 7, O),
    "colliers": path("M130 120 C120 300 210 320 240 320 C270 320 360 300 350 120", stroke=O, w=8) + dots([(133, 180), (150, 235), (182, 282), (298, 282), (330, 235), (347, 180)], 14, G) + heart(240, 338, 44, T),
    "bijoux": circle(240, 275, 92, "none", f'stroke="{O}" stroke-width="24"') + path("M190 140 h100 l34 38 -84 82 -84 -82z", T) + path("M190 140 l50 38 50 -38 M156 178 h168 M240 178 V258", stroke=P, w=6) + star(355, 125, 22, W, 4, .35) + star(130, 275, 16, W, 4, .35),
    "porte-monnaie": path("M130 215 C130 390 350 390 350 215z", T) + path("M126 215 C130 150 350 150 354 215", stroke=O, w=18) + path("M126 215 H354", stroke=O, w=14) + circle(222, 146, 18, O) + circle(258, 146, 18, O) + dots([(190, 262), (240, 255), (290, 262), (215, 302), (265, 302)], 12, W),
    "cabas": path("M180 205 V165 q0 -62 60 -62 q60 0 60 62 V205", stroke=D, w=15) + path("M125 195 h230 l18 170 h-266z", T) + "".join(circle(x, y, 14, W) for y, xs in ((235, (165, 215, 265, 315)), (280, (140, 190, 240, 290, 340)), (325, (165, 215, 265, 315))) for x in xs),
    "carnets": rect(140, 115, 180, 250, G, 14) + rect(140, 115, 36, 250, D, 14) + rect(205, 160, 90, 55, W, 6) + path("M220 180 h60 M220 198 h40", stroke=T, w=6) + f'<g transform="rotate(18 345 240)">' + rect(333, 130, 28, 190, O) + rect(333, 112, 28, 24, P, 6) + path("M333 320 h28 l-14 36z", W) + path("M341 340 h12 l-6 16z", D) + "</g>",
    "fete": path("M80 140 Q240 250 400 140", stroke=D, w=7) + "".join(path(f"M{x-28} {y} L{x+28} {y+s} L{x+s*.2} {y+72}z", c) for x, y, s, c in ((130, 166, 14, T), (200, 186, 7, O), (272, 190, -5, G), (345, 172, -14, P))) + circle(170, 318, 42, T) + circle(308, 310, 46, O) + circle(240, 335, 36, G) + path("M170 360 q10 20 -4 40 M308 356 q-10 24 4 44 M240 371 q8 16 -2 30", stroke=D, w=4),
    "luminaires": path("M185 120 h110 l52 130 h-214z", O) + path("M205 145 h70 l20 80 h-110z", W) + rect(231, 250, 18, 90, D) + path("M172 365 q0 -32 68 -32 q68 0 68 32z", T) + path("M315 250 V292", stroke=D, w=5) + circle(315, 298, 8, T),
    "textiles": path("M130 130 Q240 158 350 130 Q322 240 350 350 Q240 322 130 350 Q158 240 130 130z", T) + heart(240, 240, 58, W) + dots([(178, 178), (302, 178), (178, 302), (302, 302)], 11, O) + dots([(130, 130), (350, 130), (130, 350), (350, 350)], 13, G),
    "cadres": path("M170 130 L240 80 L310 130", stroke=D, w=6) + rect(120, 125, 240, 235, O, 10) + rect(148, 153, 184, 179, W) + path("M148 332 V290 L205 225 L255 285 L285 255 L332 305 V332z", G) + circle(285, 200, 22, T),
    "plaques": path("M180 170 L240 95 L300 170", stroke=D, w=7) + circle(240, 95, 10, D) + rect(110, 165, 260, 170, G, 20) + rect(126, 181, 228, 138, "none", 12, f'stroke="{W}" stroke-width="6"') + heart(175, 248, 26, T) + path("M220 232 h105 M220 262 h75", stroke=W, w=12),
    "vaisselle": circle(240, 240, 112, W) + circle(240, 240, 112, "none", f'stroke="{G}" stroke-width="12"') + circle(240, 240, 66, P) + heart(240, 240, 28, T) + path("M92 130 V350 M76 130 v55 q0 16 16 16 q16 0 16 -16 v-55", stroke=D, w=9) + path("M390 350 V130 q-26 34 -18 110 h18", D, D, 8),
    "ustensiles": path("M170 210 h140 v110 q0 46 -46 46 h-48 q-46 0 -46 -46z", T) + rect(160, 200, 160, 26, D, 12) + path("M205 200 V130", stroke=O, w=14) + ellipse(205, 112, 26, 36, O) + path("M245 200 V100 M228 92 v38 M262 92 v38 M228 130 h34", stroke=G, w=10) + path("M285 200 L300 130", stroke=W, w=14) + rect(282, 80, 44, 62, W, 10) + heart(240, 290, 30, W),
    "rangement": rect(120, 120, 240, 230, O, 12) + rect(142, 142, 92, 88, W, 6) + rect(246, 142, 92, 88, T, 6) + rect(142, 242, 196, 88, G, 6) + dots([(188, 186), (292, 186), (210, 286), (270, 286)], 10, D) + rect(140, 348, 22, 26, D, 5) + rect(318, 348, 22, 26, D, 5),
    "suspensions": path("M240 80 V160 M160 100 V220 M320 100 V240", stroke=D, w=5) + path("M120 90 H360", stroke=D, w=14) + heart(240, 215, 62, T) + star(160, 258, 44, O) + star(320, 278, 44, G),
    "divers": path("M195 190 h90 q-4 40 34 80 q30 50 -10 95 h-138 q-40 -45 -10 -95 q38 -40 34 -80z", G) + rect(188, 176, 104, 22, D, 11) + path("M215 176 C205 130 190 120 170 110 M240 176 V95 M265 176 C275 135 290 125 312 115", stroke=D, w=7) + circle(165, 108, 24, T) + circle(240, 88, 28, O) + circle(316, 110, 24, P) + path("M165 300 q75 30 150 0", stroke=W, w=8),
}


def tile(body):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="480" height="480" viewBox="0 0 480 480"><rect width="480" height="480" fill="#f6eddd"/><circle cx="240" cy="240" r="200" fill="#eedec3"/>{body}</svg>'


HERON = (path("M66 38 C52 30 44 46 52 62 C60 78 44 84 46 104", stroke=G, w=8) + path("M40 106 C44 80 92 88 108 126 C84 132 46 132 40 106z", G)
         + path("M64 31 L40 37", stroke=D, w=4) + path("M75 31 L106 41 L73 43z", T) + circle(69, 37, 9, G) + circle(71, 35, 2.2, W)
         + path("M62 128 V166 M76 128 V166", stroke=D, w=4) + path("M50 106 C64 100 82 106 90 118", stroke=P, w=4))
LOGO = tile(f'<g transform="translate(95 62) scale(2.15)">{HERON}</g>')
WORDMARK = f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="200" viewBox="0 0 720 200"><rect width="720" height="200" fill="#f6eddd"/><g transform="translate(34 8)">{HERON}</g><text x="160" y="112" font-family="Liberation Serif, serif" font-size="68" letter-spacing="2" fill="{D}">Maison Héron</text><rect x="163" y="136" width="54" height="5" fill="{T}"/><text x="232" y="147" font-family="Liberation Sans, sans-serif" font-size="19" letter-spacing="5" fill="{G}">CADEAUX ET DOUCEURS</text></svg>'


def main():
    here, names, wide = pathlib.Path(__file__).parent, sorted(DRAW), 6
    (here / "images").mkdir(exist_ok=True)
    rows = -(-len(names) // wide)
    cells = "".join(f'<div style="position:absolute;left:{i % wide * 480}px;top:{i // wide * 480}px">{tile(DRAW[n])}</div>' for i, n in enumerate(names))
    page = f'<meta charset="utf-8"><body style="margin:0">{cells}<div style="position:absolute;left:0;top:{rows * 480}px">{WORDMARK}</div><div style="position:absolute;left:{wide * 480 - 480}px;top:{rows * 480 - 480}px">{LOGO}</div>'
    with tempfile.TemporaryDirectory() as folder:
        html, shot = pathlib.Path(folder, "a.html"), pathlib.Path(folder, "a.png")
        html.write_text(page, encoding="utf-8")
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={wide * 480},{rows * 480 + 200}", f"--screenshot={shot}", str(html)], check=True, capture_output=True)
        sheet = Image.open(shot).convert("RGB")
    save = lambda box, to: sheet.crop(box).quantize(32, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(to, optimize=True)
    for i, name in enumerate(names):
        x, y = i % wide * 480, i // wide * 480
        save((x, y, x + 480, y + 480), here / "images" / f"{name}.png")
    save((0, rows * 480, 720, rows * 480 + 200), here / "wordmark.png")
    save((wide * 480 - 480, rows * 480 - 480, wide * 480, rows * 480), here / "logo.png")


main()
