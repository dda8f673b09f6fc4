#!/usr/bin/env node
// Takes pictures of mails in a headless Chromium: every width, light and dark, with images and without.
//
// usage: node tests/pages/shots.mjs --out DIR [--assets PREFIX=FOLDER]... [--widths 375,640] [--schemes light,dark]
//                                   [--images on,off] [--scale 1] [--chromium PATH] FILE.html...
//
// Writes DIR/NAME-WIDTH-SCHEME.png and DIR/NAME-WIDTH-SCHEME-noimages.png, and prints one JSON line a picture. Images under PREFIX
// are read from FOLDER (`--assets https://shop.example/images=examples/boutique/images`); nothing else leaves the process, and a
// request that no prefix covers, a missing file, or a mail wider than its screen is a problem: said in the line, and exit code 1
// after the last picture. Scripts do not run, as in a mail client. Dark is `prefers-color-scheme: dark`, what Apple Mail and
// Thunderbird obey; clients that recolour mails by themselves are not imitated.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const KIT = resolve(HERE, "../../target/pages");
const MAIL = "https://mail.invalid/";
const FIRST_HEIGHT = 800;
const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

class Refused extends Error {}

function flags() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: "string" },
        assets: { type: "string", multiple: true, default: [] },
        widths: { type: "string", default: "375,640" },
        schemes: { type: "string", default: "light,dark" },
        images: { type: "string", default: "on,off" },
        scale: { type: "string", default: "1" },
        chromium: { type: "string" },
      },
    });
  } catch (reason) {
    throw new Refused(reason.message);
  }
  const { values, positionals: files } = parsed;
  const among = (name, allowed) =>
    values[name].split(",").map((word) => {
      if (!allowed.includes(word)) throw new Refused(`--${name} takes ${allowed.join(" and ")}, not \`${word}\``);
      return word;
    });
  const number = (name, text) => {
    if (!(Number(text) > 0)) throw new Refused(`--${name} takes numbers above 0, not \`${text}\``);
    return Number(text);
  };
  if (!values.out || files.length === 0) throw new Refused("give --out DIR and at least one HTML file");
  const chromium = values.chromium ?? CHROMIUMS.find(existsSync);
  if (!chromium) throw new Refused("no Chromium was found; install one (Debian: apt install chromium) or give --chromium PATH");
  return {
    out: values.out,
    files,
    chromium,
    assets: values.assets.map(asset),
    widths: values.widths.split(",").map((text) => number("widths", text)),
    schemes: among("schemes", ["light", "dark"]),
    images: among("images", ["on", "off"]).map((word) => word === "on"),
    scale: number("scale", values.scale),
  };
}

function asset(text) {
  const at = text.lastIndexOf("=");
  const [prefix, folder] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !/^https?:\/\//.test(prefix) || !existsSync(folder)) {
    throw new Refused(`--assets takes PREFIX=FOLDER, an https prefix and a folder that exists, not \`${text}\``);
  }
  return { prefix: prefix.endsWith("/") ? prefix : `${prefix}/`, folder: resolve(folder) };
}

function playwright() {
  try {
    return createRequire(`${KIT}/`)("playwright-core");
  } catch {
    const pinned = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")).dependencies["playwright-core"];
    throw new Refused(`playwright-core is not installed\nhelp: npm install --prefix target/pages playwright-core@${pinned}`);
  }
}

// Returns the local file of an asset's address, or nothing; a path that climbs out of its folder is nothing too.
function local(address, assets) {
  const bare = address.split(/[?#]/)[0];
  for (const { prefix, folder } of assets) {
    if (!bare.startsWith(prefix)) continue;
    let path;
    try {
      path = resolve(folder, decodeURIComponent(bare.slice(prefix.length)));
    } catch {
      return undefined;
    }
    return path.startsWith(folder + sep) && existsSync(path) ? path : undefined;
  }
  return undefined;
}

async function shot(browser, options, file, look) {
  const { width, scheme, images } = look;
  const context = await browser.newContext({
    viewport: { width, height: FIRST_HEIGHT },
    deviceScaleFactor: options.scale,
    colorScheme: scheme,
    javaScriptEnabled: false,
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const missing = new Set();
  await context.route("**/*", (route) => {
    const request = route.request();
    if (request.url().startsWith(MAIL) && request.isNavigationRequest()) {
      return route.fulfill({ contentType: "text/html; charset=utf-8", body: readFileSync(file) });
    }
    if (!images && request.resourceType() === "image") return route.abort();
    const path = local(request.url(), options.assets);
    if (path) return route.fulfill({ path });
    missing.add(request.url());
    return route.abort();
  });
  const page = await context.newPage();
  const name = basename(file, extname(file));
  await page.goto(`${MAIL}${encodeURIComponent(name)}`, { waitUntil: "load" });
  const content = await page.evaluate(() => {
    const { scrollWidth: width, scrollHeight: height } = document.documentElement;
    return { width, height };
  });
  const picture = join(options.out, `${name}-${width}-${scheme}${images ? "" : "-noimages"}.png`);
  await page.screenshot({ path: picture, fullPage: true, animations: "disabled", caret: "hide" });
  await context.close();
  const size = { content_width: content.width, height: content.height, overflows: content.width > width };
  return { picture, file, ...look, ...size, missing: [...missing].sort() };
}

async function main() {
  const options = flags();
  for (const file of options.files) if (!existsSync(file)) throw new Refused(`\`${file}\` does not exist`);
  const { chromium } = playwright();
  mkdirSync(options.out, { recursive: true });
  const browser = await chromium.launch({ executablePath: options.chromium, args: ["--font-render-hinting=none", "--hide-scrollbars"] });
  let problems = 0;
  try {
    for (const file of options.files)
      for (const width of options.widths)
        for (const scheme of options.schemes)
          for (const images of options.images) {
            const line = await shot(browser, options, file, { width, scheme, images });
            problems += line.overflows || line.missing.length > 0;
            console.log(JSON.stringify(line));
          }
  } finally {
    await browser.close();
  }
  return problems === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (reason) {
  if (!(reason instanceof Refused)) throw reason;
  console.error(`error: ${reason.message}`);
  process.exitCode = 2;
}
