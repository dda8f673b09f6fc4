"""The sides: `relance send`, smtp-source and nodemailer, each sending so many mails over so many connections to one sink."""

import os
import shutil
import sqlite3
import sys

from peers import Failed, call, json_lines, measured
from shop import project

NOW = "2011-11-14T09:00:00Z"
SIGNATURES = {"none": (), "ed25519": ("ed25519",), "rsa": ("rsa",), "both": ("rsa", "ed25519")}
# Of the contacts of the example, this share gets the newsletter; a little more are made.
CONTACTS_OF_A_MAIL = 3


class Shop:
    """The example's newsletter, decided and frozen in a ledger that every run starts from."""

    def __init__(self, root, home, relance, generator, mails, postgres):
        self.relance, self.mails, self.postgres = relance, mails, postgres
        self.folder = project(root, home / f"shop-{mails}", int(mails * CONTACTS_OF_A_MAIL), generator)
        self.settings = self.folder / "relance.toml"
        kept = self.folder / "relance.toml.without"
        if not kept.exists():
            text = self.settings.read_text(encoding="utf-8")
            kept.write_text(text.replace('[delivery]\nto = "maildir"\npath = "outbox"\n', ""), encoding="utf-8")
        self.text = kept.read_text(encoding="utf-8")
        self.ledger, self.planned = self.folder / ".relance" / "ledger.db", self.folder / "planned.db"
        self.data, self.aside = self.folder / "data", self.folder / "data-aside"
        for algorithm in ("rsa", "ed25519"):
            if not (self.folder / "dkim" / f"{algorithm}.pem").exists():
                self.call("dkim", "keygen", "--selector", algorithm, "--algorithm", algorithm, "--out", self.folder / "dkim", "-q")

    def call(self, *words):
        return call([self.relance, "-C", self.folder, "--now", NOW, *words], self.folder)

    def plan(self):
        """Freezes the mails once on each database; then puts the sources aside: the sender of a chain is not where the sources are."""
        if self.aside.exists():
            self.aside.rename(self.data)
        self.configure(25, 1, "none", None)
        self.call("run", "newsletter", "--yes", "--limit", "0", "-q")
        self.planned.unlink(missing_ok=True)
        with sqlite3.connect(self.ledger) as ledger:
            (n,) = ledger.execute("SELECT COUNT(*) FROM message WHERE state = 'planned'").fetchone()
            ledger.execute("VACUUM INTO ?", (str(self.planned),))
        if n < self.mails:
            raise Failed(f"the newsletter has {n} mails, fewer than {self.mails}")
        if self.postgres.home:
            self.configure(25, 1, "none", self.postgres.fresh("planned"))
            self.call("run", "newsletter", "--yes", "--limit", "0", "-q")
        self.data.rename(self.aside)

    def configure(self, port, connections, signature, database):
        dkim = "".join(f'[[dkim.keys]]\nselector = "{key}"\nkey = {{ file = "dkim/{key}.pem" }}\n' for key in SIGNATURES[signature])
        ledger = f'[ledger]\ndatabase = {{ env = "CHAIN_LEDGER" }}\n' if database else ""
        os.environ["CHAIN_LEDGER"] = database or ""
        server = f'[delivery]\nto = "smtp"\n\n[delivery.smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        server += f"connections = {connections}\nmessages_per_connection = 100000\n"
        self.settings.write_text("\n".join([self.text, server, dkim, ledger]), encoding="utf-8")

    def run(self, port, connections, signature, database):
        """Sends the mails from a fresh copy of the ledger; CPU is of the process of relance, wall clock from its start to its end."""
        for left in self.ledger.parent.glob("ledger.db*"):
            left.unlink()
        url = self.postgres.fresh("chain", "planned") if database == "PostgreSQL" else None
        if not url:
            shutil.copy(self.planned, self.ledger)
        self.configure(port, connections, signature, url)
        words = [self.relance, "-C", self.folder, "--now", NOW, "--json", "send", "newsletter", "--limit", self.mails]
        out, used = measured(words, self.folder)
        sent = sum(line["sent"] for line in json_lines(out))
        if sent != self.mails:
            raise Failed(f"relance sent {sent} mails of {self.mails}")
        return {"mails": sent, "wall_s": used["wall_s"], "cpu_s": used["cpu_s"]}

    def mail_bytes(self):
        """Returns the mean size of a mail."""
        outbox = self.folder / "outbox"
        shutil.rmtree(outbox, ignore_errors=True)
        for left in self.ledger.parent.glob("ledger.db*"):
            left.unlink()
        shutil.copy(self.planned, self.ledger)
        self.settings.write_text(f'{self.text}\n[delivery]\nto = "maildir"\npath = "outbox"\n', encoding="utf-8")
        self.call("send", "newsletter", "--limit", "200", "-q")
        sizes = [file.stat().st_size for file in (outbox / "new").iterdir()]
        shutil.rmtree(outbox)
        return sum(sizes) // len(sizes)


def source(postfix, port, connections, mails, n_bytes):
    words = ["-d", "-s", connections, "-m", mails, "-l", n_bytes, "-f", "news@shop.example", "-t", "someone@people.example"]
    _, used = measured(postfix.command("smtp-source", *words, f"127.0.0.1:{port}"), "/")
    return {"mails": mails, "wall_s": used["wall_s"], "cpu_s": used["cpu_s"]}


class Node:
    """The newsletter of benches/peers, about as long as that of the shop."""

    def __init__(self, root, peers_home):
        here, self.work, self.home = root / "benches" / "peers" / "mail", peers_home / "mail", peers_home
        self.work.mkdir(exist_ok=True)
        call([sys.executable, here / "contexts.py", self.work / "contexts.jsonl", 1_000], peers_home)
        call(["node", here / "node.mjs", "compile", here / "newsletter.hbs.mjml", self.work / "newsletter.hbs.html"], peers_home)
        self.words = ["node", root / "benches" / "chain" / "node.mjs", "--template", self.work / "newsletter.hbs.html"]
        self.words += ["--text", here / "newsletter.hbs.txt", "--contexts", self.work / "contexts.jsonl"]

    def run(self, port, connections, mails, key):
        size = ["--port", port, "--connections", connections, "--mails", mails, "--warm-up", mails // 2]
        return json_lines(call([*self.words, *size, *(["--dkim", key] if key else [])], self.home))[0]
