// The frame that every page has.
import { DESK, PHONE, accessible, fits, picture, test } from './lib.mjs';

await test(async ({ open, check }) => {
  for (const dark of [false, true]) {
    for (const viewport of [PHONE, DESK]) {
      const name = `${dark ? 'dark' : 'light'} ${viewport.width}`;
      const page = await open('/', { viewport, dark, locale: 'fr-FR' });
      check(`${name}: speaks the language of the browser`, (await page.locator('h1').innerText()) === 'Cette page n’existe pas');
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      check(`${name}: the style is loaded`, dark ? paper === 'rgb(20, 22, 28)' : paper === 'rgb(246, 245, 241)', paper);
      await accessible(page, check, name);
      await fits(page, check, name);
      await picture(page, `shell ${name}`);
    }
  }
});
