// What browser tests share: a Chromium, checks that print one JSON line each, axe, and widths.
//
// A test is `node NAME.mjs URL`; it imports `test` and gives it a function. Modules are those of `BROWSER_MODULES`, the browser is
// `CHROMIUM`; `tests/support/browser.rs` sets both.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.BROWSER_MODULES, 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The address that the Rust test gave. */
export const url = process.argv[2];

/** A telephone and a desk. */
export const PHONE = { width: 375, height: 740 };
export const DESK = { width: 1280, height: 860 };

function tell(name, ok, detail) {
  process.stdout.write(`${JSON.stringify({ name, ok, detail })}\n`);
}

/** Runs `body({ browser, open, check })`; whatever it throws is a check that failed. */
export async function test(body) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
  });
  const troubles = [];
  /** Opens a page in a context of its own; what its console complains of is kept. */
  const open = async (path, { viewport = DESK, dark = false, locale = 'en-GB', scripts = true, ...more } = {}) => {
    const context = await browser.newContext({
      viewport, locale, javaScriptEnabled: scripts, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', ...more,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(String(error)));
    await page.goto(new URL(path, url).href);
    return page;
  };
  /** Prints whether something holds; `detail` says what was seen. */
  const check = (name, ok, detail = '') => tell(name, Boolean(ok), typeof detail === 'string' ? detail : JSON.stringify(detail));
  try {
    await body({ browser, open, check, troubles });
    check('no page complains in the console', troubles.length === 0, troubles);
  } catch (error) {
    tell('the script goes to its end', false, String(error?.stack ?? error));
  }
  await browser.close();
}

/** Checks a page with axe: every rule of WCAG 2.2 A and AA and good practice. Frames that forbid scripts are judged from outside. */
export async function accessible(page, check, name) {
  // DevTools' own evaluation, which the page's policy does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { iframes: false, resultTypes: ['violations'] }));
  const seen = found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  check(`${name}: axe finds nothing`, seen.length === 0, seen);
}

/** Checks that nothing sticks out of the width of the page. */
export async function fits(page, check, name) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  check(`${name}: fits ${page.viewportSize().width} px`, content <= width, `${content} in ${width}`);
}

/** Keeps a picture where `BROWSER_PICTURES` says, for people to look at. */
export async function picture(page, name, fullPage = false) {
  if (process.env.BROWSER_PICTURES) await page.screenshot({ path: join(process.env.BROWSER_PICTURES, `${name}.png`), fullPage });
}
