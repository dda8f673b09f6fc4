// The studio: one person's mail, its parts, keys, lists, French, a file that changes and one that breaks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESK, PHONE, accessible, fits, picture, test, url } from './lib.mjs';

const project = new URL(url).searchParams.get('project');
const person = '/c/newsletter/r/c04';

await test(async ({ open, check, troubles }) => {
  for (const [name, options] of [['desk', { viewport: DESK }], ['desk, dark', { viewport: DESK, dark: true }], ['phone', { viewport: PHONE }]]) {
    const page = await open(person, options);
    await page.waitForSelector('#people h2');
    await fits(page, check, name);
    await accessible(page, check, name);
    await picture(page, `studio-${name.replace(', ', '-')}`);
    await page.context().close();
  }

  const page = await open('/');
  check('the first page is of somebody who gets a mail', /\/c\/newsletter\/r\/c\d+$/.test(page.url()), page.url());
  await page.goto(new URL(person, url).href);
  const frame = page.frameLocator('iframe.mail');
  check('the mail is shown', await frame.locator('body').innerText().then((text) => text.length > 200));
  check('its frame allows nothing', (await page.getAttribute('iframe.mail', 'sandbox')) === '');
  check('what an attacker wrote is text', await page.evaluate(() => window.attacked === undefined));
  check('a name with markup is shown as it is', (await page.innerText('h1')).includes('<img'), await page.innerText('h1'));

  await page.keyboard.press('d');
  await page.waitForURL(/dark=1/);
  check('a key changes the scheme, and the address says so', true);
  await page.keyboard.press('1');
  await page.waitForURL(/width=320/);
  check('the frame is as wide as asked', (await page.locator('iframe.mail').boundingBox()).width === 320);
  await page.waitForSelector('#people a[data-key=n]');
  await page.keyboard.press('n');
  await page.waitForURL((to) => !to.pathname.endsWith('/c04'));
  check('a key leads to somebody else, looked at in the same way', page.url().includes('dark=1'), page.url());
  await page.keyboard.press('/');
  await page.keyboard.type('c04');
  await page.keyboard.press('Enter');
  await page.waitForURL(/r\/c04/);
  check('somebody is found from the keyboard', true);
  await page.getByRole('link', { name: 'Text', exact: true }).click();
  check('the text part is shown', (await page.innerText('main pre')).includes('https://'));
  await page.goto(new URL('/c/newsletter/sheet', url).href);
  check('twelve mails are on a sheet', (await page.locator('.sheet iframe').count()) === 12);
  await accessible(page, check, 'sheet');
  await page.goto(new URL(`${person}/pair`, url).href);
  check('two variants stand side by side', (await page.locator('.pair iframe').count()) === 2);
  await accessible(page, check, 'pair');

  const french = await open(person, { locale: 'fr-FR' });
  check('the page speaks the language of its reader', (await french.innerText('aside h2')) === 'Pourquoi');
  await french.waitForSelector('#people h2');
  await accessible(french, check, 'French');

  await french.getByRole('link', { name: 'Contrôles' }).click();
  check('the checks are told with what to do', (await french.innerText('main .found')).includes('n’est pas pris en charge'));
  for (const [name, options] of [['desk', { viewport: DESK }], ['desk, dark', { viewport: DESK, dark: true }], ['tablet', { viewport: { width: 768, height: 1024 } }], ['phone', { viewport: PHONE }], ['phone, dark', { viewport: PHONE, dark: true }]]) {
    for (const [path, mark] of [[`${person}?tab=checks`, '.found'], ['/plan/newsletter', '[data-section=funnel]'], ['/report', '[data-section=guardrails]']]) {
      const shown = await open(path, options);
      await shown.waitForSelector(mark);
      const what = `${path.split(/[?/]/)[path.includes('checks') ? 5 : 1].replace('tab=', '')} ${name}`;
      await fits(shown, check, what);
      await accessible(shown, check, what);
      await picture(shown, `studio-${what.replace(', ', '-').replace(' ', '-')}`, true);
      await shown.context().close();
    }
  }
  await page.goto(new URL('/plan/newsletter', url).href);
  await page.locator('[data-section=reasons] a').first().click();
  await page.waitForURL(/\/c\/newsletter\/r\//);
  check('a reason leads to somebody who gets nothing', await page.locator('.skip').isVisible());
  await page.keyboard.press('p');
  await page.waitForURL(/\/plan\/newsletter/);
  await page.waitForSelector('[data-section=funnel]');
  check('and a key back to the plan', true);
  const frenchPlan = await open('/plan/newsletter', { locale: 'fr-FR', scripts: false });
  check('the plan is told without scripts, in French', (await frenchPlan.innerText('main')).includes('Des personnes aux courriers'));

  const plain = await open(person, { scripts: false });
  check('without scripts there is a link to the people', await plain.getByRole('link', { name: 'People of this campaign' }).isVisible());
  await plain.getByRole('link', { name: 'People of this campaign' }).click();
  check('which leads to them', await plain.getByRole('heading', { name: /mails$/ }).isVisible());

  const template = join(project, 'templates/newsletter.mjml');
  const before = readFileSync(template, 'utf8');
  const followed = await open(person);
  // The page has asked for changes once it knows of none.
  await followed.waitForSelector('#people h2');
  writeFileSync(template, before.replace('<mj-body', '{{ recipient.nonsense }}<mj-body'));
  await followed.waitForSelector('[role=alert]');
  check('a broken template is told where it is', (await followed.innerText('[role=alert]')).includes('templates/newsletter.mjml'));
  check('above the last good mail', await followed.frameLocator('iframe.mail').locator('body').innerText().then((text) => text.length > 200));
  await accessible(followed, check, 'trouble');
  writeFileSync(template, before);
  await followed.waitForSelector('[role=alert]', { state: 'detached' });
  check('and goes when it is mended', true);

  const settings = join(project, 'relance.toml');
  const written = readFileSync(settings, 'utf8');
  writeFileSync(settings, written.replace('name = "Boutique"', 'name = "Chez Renard"'));
  await followed.locator('header strong', { hasText: 'Chez Renard' }).waitFor();
  check('settings are followed', true);
  writeFileSync(settings, written.replace('timezone = "Europe/Paris"', 'timezone = "Europe/Nowhere"'));
  await followed.waitForSelector('[role=alert]');
  check('broken settings are told', (await followed.innerText('[role=alert]')).includes('Europe/Nowhere'));
  writeFileSync(settings, written);
  await followed.waitForSelector('[role=alert]', { state: 'detached' });
  const contacts = join(project, 'data/contacts.csv');
  writeFileSync(contacts, readFileSync(contacts, 'utf8').replace('<img src=x onerror=window.attacked=1>', 'Zéphyrine'));
  await followed.locator('h1', { hasText: 'Zéphyrine' }).waitFor();
  check('data is followed', true);
  const sheet = await open('/c/newsletter/sheet');
  writeFileSync(template, before.replace('<mj-body', '{{ recipient.nonsense }}<mj-body'));
  await sheet.waitForSelector('[role=alert]');
  check('the sheet tells what is broken too', (await sheet.locator('.sheet iframe').count()) === 12);
  await accessible(sheet, check, 'sheet with trouble');
  await fits(sheet, check, 'sheet with trouble');
  writeFileSync(template, before);
  await sheet.waitForSelector('[role=alert]', { state: 'detached' });

  // The pictures of an invented shop are nowhere: that is all that a console may mind.
  troubles.splice(0, Infinity, ...troubles.filter((trouble) => !trouble.includes('ERR_NAME_NOT_RESOLVED')));
});
