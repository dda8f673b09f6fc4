#!/usr/bin/env python3
"""Makes people with a mail in the ledger of a starter project, and the path of each one's unsubscription.

    requests.py PROJECT N > paths

The tokens are those of `src/message/token.rs`: what is measured is all the work of the program, none of it twice for one person.
"""
import base64
import hashlib
import hmac
import sqlite3
import struct
import sys

project, n = sys.argv[1], int(sys.argv[2])
secret = open(f"{project}/.relance/key").read().strip().encode()


def code(*parts):
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(struct.pack(">Q", len(part)) + part)
    return mac.digest()


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def token(recipient):
    who = recipient.encode()
    mac = code(b"token", b"unsubscribe", b"k1", b"newsletter", who)[:20]
    block = code(b"hide", b"unsubscribe", mac, struct.pack(">Q", 0))
    return f"k1.{base32(mac)}.{base32(bytes(a ^ b for a, b in zip(who, block)))}"


ledger = sqlite3.connect(f"{project}/.relance/ledger.db", timeout=20)
people = [f"person-{at:07}" for at in range(n)]
with ledger:
    ledger.executemany(
        "INSERT INTO message (campaign, edition, recipient, run, state, address, canonical, locale, compulsory, planned_for, not_before, "
        "message_id, sending_at) VALUES ('newsletter', '2026-W10', ?1, 1, 'sent', ?2, ?2, 'fr-FR', 0, 0, 0, ?3, 0)",
        [(who, f"{who}@mail.example", f"{hashlib.sha256(who.encode()).hexdigest()[:32]}@shop.example") for who in people],
    )
for who in people:
    print(f"/u/{token(who)}")
