// Keeps the list as it is on the server; without it, one reloads.
(() => {
  const list = document.getElementById('list');
  const count = document.getElementById('count');
  const main = document.getElementById('mail');
  if (!list || !window.EventSource) return;
  let waiting = false;
  let again = false;
  const renew = async () => {
    if (waiting) { again = true; return; }
    waiting = true;
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const focused = document.activeElement?.getAttribute?.('href');
        list.replaceChildren(...page.getElementById('list').childNodes);
        // Without a mail open, the rest says what to do next.
        if (!document.body.classList.contains('reading')) main.replaceChildren(...page.getElementById('mail').childNodes);
        count.textContent = page.getElementById('count').textContent;
        if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      }
    } catch { /* the server ended: the next event tells */ }
    // A run brings a thousand a second: look twice a second at most.
    setTimeout(() => { waiting = false; if (again) renew(); }, 500);
  };
  const events = new EventSource('/events');
  for (const name of ['arrived', 'deleted', 'changed']) events.addEventListener(name, renew);
  // What came between this page and the connection, or while it was lost.
  events.addEventListener('open', renew);
})();
