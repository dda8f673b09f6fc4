// The whole chain in Node: Handlebars compiled once fills, nodemailer's pool builds and sends.
//
// usage: node.mjs --port PORT --connections N --mails N --warm-up N --template FILE.html --text FILE.txt --contexts FILE.jsonl [--dkim FILE.pem]
//
// Prints one JSON line: {"mails","wall_s","cpu_s"}, start-up and warm-up outside. It is run with target/peers as working directory.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const require = createRequire(`${process.cwd()}/`);
const Handlebars = require("handlebars");
const nodemailer = [require("nodemailer")].map((m) => m.default ?? m)[0];

const pounds = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });
Handlebars.registerHelper("money", (amount) => pounds.format(amount.minor / 100));
Handlebars.registerHelper("eq", (a, b) => a === b);
const fast = { knownHelpers: { money: true, eq: true }, knownHelpersOnly: true };

const names = ["port", "connections", "mails", "warm-up", "template", "text", "contexts", "dkim"];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const html = Handlebars.compile(readFileSync(values.template, "utf8"), fast);
const text = Handlebars.compile(readFileSync(values.text, "utf8"), { ...fast, noEscape: true });
const lines = readFileSync(values.contexts, "utf8").trimEnd().split("\n");
const contexts = lines.map((line) => JSON.parse(line));
const connections = Number(values.connections);

const pool = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(values.port),
  ignoreTLS: true,
  maxConnections: connections,
  maxMessages: Infinity,
  dkim: values.dkim && { domainName: "shop.example", keySelector: "s1", privateKey: readFileSync(values.dkim, "utf8") },
});

function send(n) {
  const context = contexts[n % contexts.length];
  return pool.sendMail({
    from: { name: context.sender.name, address: "news@shop.example" },
    to: { name: context.recipient.first_name, address: `${context.recipient.id.toLowerCase()}@people.example` },
    subject: `${context.recipient.first_name}, ${context.campaign.title}`,
    date: new Date("2026-11-21T09:00:00Z"),
    messageId: `<weekly.2026-W47.${n}@shop.example>`,
    headers: { "List-Unsubscribe": `<${context.links.unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    textEncoding: "quoted-printable",
    text: text(context),
    html: html(context),
  });
}

// Each connection always has its next mail waiting.
async function sendAll(mails) {
  let next = 0;
  const hand = async () => {
    while (next < mails) await send(next++);
  };
  await Promise.all(Array.from({ length: 2 * connections }, hand));
}

await sendAll(Number(values["warm-up"]));
const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
await sendAll(Number(values.mails));
const spent = process.cpuUsage(cpu);
const wall_s = Number(process.hrtime.bigint() - wall) / 1e9;
console.log(JSON.stringify({ mails: Number(values.mails), wall_s, cpu_s: (spent.user + spent.system) / 1e6 }));
pool.close();
