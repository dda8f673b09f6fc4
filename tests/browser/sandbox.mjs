// The sandbox's inbox: read, search, live arrival, chaos, delete.
import net from 'node:net';
import { DESK, PHONE, accessible, fits, picture, test, url } from './lib.mjs';

const smtp = Number(new URL(url).searchParams.get('smtp'));

/** Sends one mail and waits until it is taken. */
function send(to, subject, text) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(smtp, '127.0.0.1');
    let heard = '';
    socket.on('error', reject);
    socket.on('data', (data) => {
      heard += data;
      if (/^250 2\.0\.0 kept/m.test(heard)) { socket.end('QUIT\r\n'); resolve(); }
    });
    socket.write(`EHLO x\r\nMAIL FROM:<shop@shop.example>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
    socket.write(`From: Shop <shop@shop.example>\r\nTo: ${to}\r\nSubject: ${subject}\r\n\r\n${text}\r\n.\r\n`);
  });
}

await test(async ({ open, check, troubles }) => {
  const page = await open('/');
  await page.evaluate(() => { window.untouched = true; });
  const items = page.locator('#list li');
  check('the mails are listed, the newest first', (await items.count()) === 3, await page.locator('#list').innerText());
  check('the list says who and what', (await items.first().innerText()).includes('<img src=x onerror=alert(1)>'));
  await accessible(page, check, 'list');
  await fits(page, check, 'list');
  await picture(page, 'sandbox list');

  await send('live@post.example', 'Just in', 'Fresh');
  await page.getByText('Just in').waitFor();
  check('a mail arrives without reloading', (await items.count()) === 4 && (await page.evaluate(() => window.untouched)));
  check('the count follows', (await page.locator('#count').innerText()) === '4 mails', await page.locator('#count').innerText());

  await page.getByLabel('Search mails').fill('raincoat');
  await page.keyboard.press('Enter');
  await page.getByText('1 mail is found.').waitFor();
  await page.locator('#list li a').click();
  check('a mail opens', (await page.locator('h1').innerText()) === 'Été : soldes');
  check('the search stays', (await items.count()) === 1);
  const frame = page.frameLocator('iframe.mail');
  check('its HTML is shown', (await frame.locator('h2').innerText()) === 'Raincoats');
  const image = await frame.locator('#inline').evaluate((image) => image.naturalWidth);
  check('a picture that came with it is shown', image === 1, image);
  check('a picture from elsewhere is not', (await frame.locator('#remote').evaluate((image) => image.naturalWidth)) === 0);
  check('no script of the mail runs', (await frame.locator('h2').getAttribute('data-run')) === null);
  // What the mail's own policy forbids is told in the console: that is what it is for.
  const blocked = troubles.splice(0);
  check('the policy says what it blocked', blocked.some((line) => line.includes('Content Security Policy') || line.includes('sandboxed')), blocked);
  await accessible(page, check, 'mail');
  await fits(page, check, 'mail');
  await picture(page, 'sandbox mail');

  for (const [tab, words] of [['Text', 'In the rain'], ['Headers', 'shop@shop.example'], ['Source', 'Content-Type: multipart'], ['Attachments', 'bill.pdf']]) {
    await page.getByRole('link', { name: tab, exact: true }).click();
    await page.locator(`nav.tabs a[aria-current]:text-is("${tab}")`).waitFor();
    check(`the tab ${tab} shows its part`, (await page.locator('main').innerText()).includes(words));
    await accessible(page, check, tab);
  }
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'bill.pdf' }).click()]);
  check('an attachment is downloaded under its name', file.suggestedFilename() === 'bill.pdf', file.suggestedFilename());

  await page.locator('summary', { hasText: 'Chaos' }).click();
  await page.getByLabel('Faults to rehearse with').fill('rain=1%');
  await page.getByRole('button', { name: 'Apply' }).click();
  check('a fault that is none is refused', (await page.getByRole('alert').innerText()).includes('there is no `rain`'));
  troubles.splice(0);
  await page.locator('summary', { hasText: 'Chaos' }).click();
  await page.getByLabel('Faults to rehearse with').fill('greylist=50%');
  await accessible(page, check, 'chaos');
  await page.getByRole('button', { name: 'Apply' }).click();
  check('chaos is set, and said', (await page.getByRole('status').last().innerText()).includes('set') && (await page.getByLabel('Faults to rehearse with').inputValue()) === 'greylist=50%');

  for (const dark of [false, true]) {
    const phone = await open('/', { viewport: PHONE, dark, locale: 'fr-FR' });
    await accessible(phone, check, `telephone list ${dark ? 'dark' : 'light'}`);
    await fits(phone, check, 'telephone list');
    await picture(phone, `sandbox phone list ${dark ? 'dark' : 'light'}`);
    await phone.getByText('Été : soldes').click();
    await phone.locator('iframe.mail').waitFor();
    check('a telephone shows the mail alone', !(await phone.locator('#list').isVisible()) && (await phone.getByText('Revenir à la liste').isVisible()));
    await accessible(phone, check, `telephone mail ${dark ? 'dark' : 'light'}`);
    await fits(phone, check, 'telephone mail');
    await picture(phone, `sandbox phone mail ${dark ? 'dark' : 'light'}`);
    await phone.context().close();
  }
  const desk = await open('/', { viewport: DESK, dark: true });
  await desk.getByText('Été : soldes').click();
  await desk.locator('iframe.mail').waitFor();
  await picture(desk, 'sandbox mail dark');
  await accessible(desk, check, 'mail dark');
  // Mails they show are deleted next.
  for (const shown of [page, desk]) await shown.context().close();
  troubles.splice(0);

  const plain = await open('/', { scripts: false });
  await plain.locator('#list li a').first().click();
  await plain.getByRole('button', { name: 'Delete', exact: true }).click();
  check('a mail is deleted without a script', (await plain.getByText('The mail is deleted.').isVisible()) && (await plain.locator('#list li').count()) === 3);
  await plain.locator('summary').getByText('Delete all').click();
  await plain.getByRole('button', { name: 'Delete them all' }).click();
  check('all are deleted', await plain.getByText('Nothing was caught yet.').isVisible());
  await picture(plain, 'sandbox empty');
  const waiting = await open('/');
  await accessible(waiting, check, 'empty');
  check('an empty inbox says where to send', (await waiting.locator('.empty').innerText()).includes(`smtp://127.0.0.1:${smtp}`));
  // No greylist stands in its way.
  await fetch(new URL('/api/chaos', url), { method: 'POST', body: '{"chaos":"off"}' });
  await send('first@post.example', 'The first', 'Fresh');
  await waiting.getByText('The first').waitFor();
  check('the first mail takes its place', (await waiting.locator('.empty').count()) === 0);
});
