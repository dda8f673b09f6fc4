"""The first workload: fill a newsletter for one recipient after another and build each message in memory.

The relance side is the bench target `mail`, run as `cargo bench --bench mail -- FLAGS`; docs/benchmarks.md holds the contract.
"""

import email
import email.policy
import sys
from html.parser import HTMLParser

from peers import Failed, call, json_lines

RECIPIENTS = 1_000
RELANCE, NODE, NODE_MJML, PYTHON = (
    "relance: MJML compiled once, Tera",
    "Node: MJML compiled once, Handlebars, nodemailer",
    "Node: Handlebars, MJML for every mail, nodemailer",
    "Python: MJML compiled once, Jinja2, email",
)


def prepare(kit, mails):
    """Writes the contexts and the compiled templates, and returns the sides."""
    mail, work = kit.here / "mail", kit.home / "mail"
    work.mkdir(exist_ok=True)
    contexts = work / "contexts.jsonl"
    call([sys.executable, mail / "contexts.py", contexts, RECIPIENTS], kit.home)
    node, text = ["node", mail / "node.mjs"], ["--text", mail / "newsletter.txt"]
    hbs_text = ["--text", mail / "newsletter.hbs.txt"]
    call([*node, "compile", mail / "newsletter.mjml", work / "newsletter.jinja.html"], kit.home)
    call([*node, "compile", mail / "newsletter.hbs.mjml", work / "newsletter.hbs.html"], kit.home)

    def side(who, name, command, cwd, share, absent=None):
        count = max(1, mails // share)
        tail = ["--contexts", contexts, "--mails", count, "--warm-up", max(1, count // 2), "--eml", work / f"{name}.eml"]
        return {
            "what": "render + MIME, one mail",
            "unit": "mails",
            "who": who,
            "eml": work / f"{name}.eml",
            "rounds": [],
            "absent": absent,
            "run": lambda: one_round([*command, *tail], cwd),
        }

    relance = ["cargo", "bench", "--quiet", "--bench", "mail", "--", "--template", mail / "newsletter.mjml", *text]
    return [
        side(RELANCE, "relance", relance, kit.root, 1, kit.lacks("bench", "mail")),
        side(NODE, "node", [*node, "once", "--template", work / "newsletter.hbs.html", *hbs_text], kit.home, 1),
        side(NODE_MJML, "node-mjml", [*node, "per-mail", "--template", mail / "newsletter.hbs.mjml", *hbs_text], kit.home, 80),
        side(PYTHON, "python", [kit.python, mail / "jinja.py", "--template", work / "newsletter.jinja.html", *text], kit.home, 8),
    ]


def one_round(command, cwd):
    """Runs a side once; returns CPU seconds, wall seconds and bytes of one mail."""
    lines = {line.get("what"): line for line in json_lines(call(command, cwd))}
    whole = lines.get("render+mime")
    if whole is None:
        raise Failed(f"`{command[0]}` printed no line with `\"what\":\"render+mime\"`")
    one = {"cpu_s": whole["cpu_us_per_mail"] / 1e6, "bytes": whole["bytes"] / whole["mails"], "amount": 1}
    if "wall_us_per_mail" in whole:
        one["wall_s"] = whole["wall_us_per_mail"] / 1e6
    if "render" in lines:
        one["render_cpu_s"] = lines["render"]["cpu_us_per_mail"] / 1e6
    return one


class Words(HTMLParser):
    """The words and link targets of a page, in order; what only machines read is left out."""

    def __init__(self):
        super().__init__()
        self.found, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script")
        self.found += [value for name, value in attrs if name in ("href", "src") and value and tag in ("a", "img")]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, text):
        if not self.hidden:
            self.found += text.split()


def words(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    kinds = [part.get_content_type() for part in message.iter_parts()]
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        raise Failed(f"`{path.name}` is not a text and an HTML part: {message.get_content_type()} of {kinds}")
    page = Words()
    page.feed(message.get_body(("html",)).get_content())
    return page.found, message.get_body(("plain",)).get_content().split()


def compare(kit, sides):
    """Says whether the first mail of every side has the same words and links; they do the same work only then."""
    done = [side for side in sides if side["rounds"] and side["eml"].exists()]
    if not done:
        return None
    first = words(done[0]["eml"])
    for side in done[1:]:
        other = words(side["eml"])
        for part, ours, theirs in zip(("HTML", "text"), first, other):
            if ours != theirs:
                at = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), min(len(ours), len(theirs)))
                return f"no: {part} word {at} of `{done[0]['who']}` is {ours[at:at + 4]}, of `{side['who']}` {theirs[at:at + 4]}"
    return "yes"
