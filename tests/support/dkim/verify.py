"""Verifies every DKIM signature of many mails with dkimpy, offline: keys come from a table.

Reads from standard input one JSON object a line. The first is the table, `{NAME: VALUE}`; each other is a mail,
`{"name": TEXT, "mail": TEXT in latin-1, "good": [BOOL for each signature, from the top]}`.
Prints one JSON object: mails and signatures seen, those that verified, and what was not as expected.
"""

import json
import sys

import dkim

table = {name + ".": value.encode() for name, value in json.loads(sys.stdin.readline()).items()}


def answer(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return table.get(name if name.endswith(".") else name + ".")


seen = verified = mails = 0
faults = []
for line in sys.stdin:
    case = json.loads(line)
    mails += 1
    message = case["mail"].encode("latin-1")
    for at, wanted in enumerate(case["good"]):
        seen += 1
        why = ""
        try:
            found = dkim.DKIM(message, minkey=2048).verify(idx=at, dnsfunc=answer)
        except dkim.DKIMException as error:
            found, why = False, str(error)
        verified += found
        if bool(found) != wanted:
            faults.append(f"{case['name']}: signature {at} is {found}, not {wanted} {why}")
    n_fields = sum(name.lower() == b"dkim-signature" for name, _ in dkim.rfc822_parse(message)[0])
    if n_fields != len(case["good"]):
        faults.append(f"{case['name']}: {n_fields} signatures, not {len(case['good'])}")
json.dump({"mails": mails, "signatures": seen, "verified": verified, "faults": faults[:20], "n_faults": len(faults)}, sys.stdout)
