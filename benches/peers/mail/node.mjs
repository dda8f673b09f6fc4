// The newsletter in Node: Handlebars fills, nodemailer builds the MIME message in memory.
//
// usage: node.mjs compile IN.mjml OUT.html
//        node.mjs once     --template FILE.html --text FILE.txt --contexts FILE.jsonl --mails N --warm-up N [--eml FILE]
//        node.mjs per-mail --template FILE.mjml (the same flags): MJML runs for every mail
//
// Prints one JSON line per measure: {"what","mails","cpu_us_per_mail","wall_us_per_mail","bytes"}; bytes is the sum over the mails.
// It is run with target/peers as working directory, where its packages are.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const require = createRequire(`${process.cwd()}/`);
const Handlebars = require("handlebars");
const MailComposer = [require("nodemailer/lib/mail-composer")].map((m) => m.default ?? m)[0];
const mjml2html = [require("mjml")].map((m) => m.default ?? m)[0];

const pounds = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });
Handlebars.registerHelper("money", (amount) => pounds.format(amount.minor / 100));
Handlebars.registerHelper("eq", (a, b) => a === b);

// The fastest settings Handlebars has: every helper is known when the template is compiled.
const fast = { knownHelpers: { money: true, eq: true }, knownHelpersOnly: true };

async function mjml(source) {
  const { html, errors } = await mjml2html(source, { validationLevel: "strict" });
  if (errors?.length) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
  return html;
}

function build(context, html, text) {
  const id = `<weekly.2026-W47.${context.recipient.id}@shop.example>`;
  return new MailComposer({
    from: { name: context.sender.name, address: "news@shop.example" },
    to: { name: context.recipient.first_name, address: `${context.recipient.id.toLowerCase()}@people.example` },
    subject: `${context.recipient.first_name}, ${context.campaign.title}`,
    date: new Date("2026-11-21T09:00:00Z"),
    messageId: id,
    headers: { "List-Unsubscribe": `<${context.links.unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    textEncoding: "quoted-printable",
    text,
    html,
  })
    .compile()
    .build();
}

async function measure(what, contexts, { mails, warmUp }, work) {
  for (let i = 0; i < warmUp; i++) await work(contexts[i % contexts.length]);
  let bytes = 0;
  const wall = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  for (let i = 0; i < mails; i++) bytes += await work(contexts[i % contexts.length]);
  const spent = process.cpuUsage(cpu);
  const elapsed = Number(process.hrtime.bigint() - wall) / 1000;
  console.log(
    JSON.stringify({ what, mails, cpu_us_per_mail: (spent.user + spent.system) / mails, wall_us_per_mail: elapsed / mails, bytes }),
  );
}

async function main() {
  const [mode, ...rest] = process.argv.slice(2);
  if (mode === "compile") {
    writeFileSync(rest[1], await mjml(readFileSync(rest[0], "utf8")));
    return;
  }
  const option = { type: "string" };
  const { values } = parseArgs({
    args: rest,
    options: { template: option, text: option, contexts: option, mails: option, "warm-up": option, eml: option },
  });
  const html = Handlebars.compile(readFileSync(values.template, "utf8"), fast);
  const text = Handlebars.compile(readFileSync(values.text, "utf8"), { ...fast, noEscape: true });
  const lines = readFileSync(values.contexts, "utf8").trimEnd().split("\n");
  const contexts = lines.map((line) => JSON.parse(line));
  const size = { mails: Number(values.mails), warmUp: Number(values["warm-up"]) };
  const render = mode === "once" ? html : async (context) => mjml(html(context));

  if (values.eml) writeFileSync(values.eml, await build(contexts[0], await render(contexts[0]), text(contexts[0])));
  if (mode === "once") await measure("render", contexts, size, (context) => html(context).length + text(context).length);
  await measure("render+mime", contexts, size, async (context) => (await build(context, await render(context), text(context))).length);
}

await main();
