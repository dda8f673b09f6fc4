"""Writes the contexts of the newsletter benchmark: one JSON object a line, one line a recipient.

Everything is synthetic and comes from a seed, so two runs write the same bytes. The shape is what a
relance template sees, in the order drafts write it (ARCHITECTURE.md); each engine gets it as it is.

usage: contexts.py FILE [N]
"""

import json
import random
import sys

SEED = 20261121
FIRST_NAMES = ["Ana", "Zoë", "Björn", "Chloé", "Deepa", "Emre", "Fatou", "Grace", "Hugo", "Inès", "Jürgen", "Kemi", "Siobhán O'Neil"]
CITIES = ["Leeds", "Bristol", "Orléans", "Zürich", "Málaga", "Cork", "Århus", "Ghent"]
THINGS = ["lantern", "teapot", "cushion", "tea towel", "cake stand", "bread bin", "photo frame", "wool throw", "salt & pepper set"]
LOOKS = ["white hanging heart", "red retrospot", "blue polkadot", "regency", "pink cherry", "café crème", "Jardin d'été", "6\" ribbed"]
LABELS = ["also_bought", "usual", "viewed", "popular", "same_topic", "new"]
BECAUSE = ["orders", "views", "searches", "cart", "location", "declared"]
HEROES = ["loyal", "offer", "season"]


def product(rng):
    number = rng.randrange(20_000, 24_000)
    title = f"{rng.choice(LOOKS)} {rng.choice(THINGS)}".capitalize()
    minor = rng.randrange(85, 4_995)
    reduced = rng.random() < 0.3
    return {
        "id": str(number),
        "title": title,
        "url": f"https://shop.example/p/{number}",
        "image": f"https://shop.example/images/{number}-560.jpg",
        "price": {"minor": minor, "currency": "GBP"},
        "list_price": {"minor": minor * 5 // 4, "currency": "GBP"} if reduced else None,
        "category": "home > kitchen",
        "brand": None,
        "description": f"A {title.lower()} in stoneware and oak, made to be used every day; {rng.randrange(10, 60)} cm.",
        "label": rng.choice(LABELS),
        "because": "bought with what you own",
        "quantity": None,
        "social_proof": None,
        "stock": 12,
        "low_stock": None,
        "available_until": None,
        "attr": {},
    }


def context(rng, index):
    hero = HEROES[index % len(HEROES)]
    items = [product(rng) for _ in range(8)]
    token = f"{rng.getrandbits(160):040x}"
    return {
        "recipient": {
            "id": f"C-{index:06}",
            "first_name": rng.choice(FIRST_NAMES),
            "last_name": "Example",
            "locale": "en-GB",
            "language": "en",
            "city": rng.choice(CITIES),
            "country": "United Kingdom",
            "loyalty_tier": rng.choice(["silver", "gold"]),
            "loyalty_points": rng.randrange(0, 999),
            "lifecycle": "active",
            "attr": {},
        },
        "campaign": {"name": "weekly", "title": "This week at the Corner Shop", "edition": "2026-W47", "kind": "newsletter", "step": None},
        "sender": {"name": "The Corner Shop", "postal_address": "1 Mill Lane, Leeds LS1 1AA, United Kingdom"},
        "links": {
            "home": "https://shop.example/",
            "unsubscribe": f"https://shop.example/u/{token}",
            "preferences": f"https://shop.example/me/{token}",
            "cart": f"https://shop.example/cart/{token}",
        },
        "slots": {
            "hero": {"block": hero, "product": None},
            "picks": {"rows": [items[i : i + 2] for i in range(0, 8, 2)], "items": items},
        },
        "offer": {"name": "autumn", "title": "Ten days of autumn", "percent": 15, "code": f"FALL{index:05}", "until": "2026-11-30"}
        if hero == "offer"
        else None,
        "because": rng.sample(BECAUSE, 3),
        "now": "2026-11-21T09:00:00Z",
    }


def main():
    path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    rng = random.Random(SEED)
    with open(path, "w", encoding="utf-8") as out:
        for index in range(count):
            out.write(json.dumps(context(rng, index), ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
