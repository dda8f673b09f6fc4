// The page of `report --html`: its parts, at a telephone and a desk, light and dark, on paper, and nothing from elsewhere.
import { DESK, PHONE, accessible, fits, picture, test, url } from './lib.mjs';

await test(async ({ open, check }) => {
  for (const [name, options] of [
    ['desk', { viewport: DESK }],
    ['desk, dark', { viewport: DESK, dark: true }],
    ['phone', { viewport: PHONE }],
    ['narrow', { viewport: { width: 400, height: 800 }, scripts: false }],
  ]) {
    const asked = [];
    const page = await open('', options);
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(url);
    check(`${name}: nothing is loaded from elsewhere`, asked.every((one) => one === url), asked);
    if (options.scripts !== false) {
      await fits(page, check, name);
      await accessible(page, check, name);
    }
    const words = await page.innerText('main');
    for (const part of ['Arms', 'Won', 'mails', 'Guardrails']) check(`${name}: says ${part}`, words.toLowerCase().includes(part.toLowerCase()), words.slice(0, 2000));
    check(`${name}: has charts`, (await page.locator('svg').count()) > 0);
    await picture(page, `report-${name.replace(', ', '-')}`);
  }
});
