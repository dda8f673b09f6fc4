"""The newsletter in Python: Jinja2 fills, the standard library's `email` builds the MIME message in memory.

usage: jinja.py --template FILE.html --text FILE.txt --contexts FILE.jsonl --mails N --warm-up N [--eml FILE]

Prints one JSON line per measure: {"what","mails","cpu_us_per_mail","wall_us_per_mail","bytes"}; bytes is the sum over the mails.
"""

import argparse
import json
import time
from datetime import datetime, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, StrictUndefined

DATE = datetime(2026, 11, 21, 9, tzinfo=timezone.utc)


def money(amount):
    return f"£{amount['minor'] / 100:,.2f}"


def template(path, autoescape):
    environment = Environment(autoescape=autoescape, undefined=StrictUndefined, auto_reload=False)
    environment.filters["money"] = money
    environment.filters["link"] = environment.filters["image"] = str
    return environment.from_string(Path(path).read_text(encoding="utf-8"))


def build(context, html, text):
    recipient, sender = context["recipient"], context["sender"]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender["name"], "news", "shop.example")
    message["To"] = Address(recipient["first_name"], recipient["id"].lower(), "people.example")
    message["Subject"] = f"{recipient['first_name']}, {context['campaign']['title']}"
    message["Date"] = DATE
    message["Message-ID"] = f"<weekly.2026-W47.{recipient['id']}@shop.example>"
    message["List-Unsubscribe"] = f"<{context['links']['unsubscribe']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def measure(what, contexts, mails, warm_up, work):
    for i in range(warm_up):
        work(contexts[i % len(contexts)])
    size = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for i in range(mails):
        size += work(contexts[i % len(contexts)])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    each = {"cpu_us_per_mail": cpu * 1e6 / mails, "wall_us_per_mail": wall * 1e6 / mails}
    print(json.dumps({"what": what, "mails": mails, **each, "bytes": size}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--template", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--contexts", required=True)
    parser.add_argument("--mails", type=int, required=True)
    parser.add_argument("--warm-up", type=int, required=True)
    parser.add_argument("--eml")
    flags = parser.parse_args()

    html, text = template(flags.template, True), template(flags.text, False)
    contexts = [json.loads(line) for line in Path(flags.contexts).read_text(encoding="utf-8").splitlines()]
    if flags.eml:
        Path(flags.eml).write_bytes(build(contexts[0], html.render(contexts[0]), text.render(contexts[0])))
    measure("render", contexts, flags.mails, flags.warm_up, lambda c: len(html.render(c)) + len(text.render(c)))
    measure("render+mime", contexts, flags.mails, flags.warm_up, lambda c: len(build(c, html.render(c), text.render(c))))


if __name__ == "__main__":
    main()
