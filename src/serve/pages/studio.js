// The page follows the files, what is counted comes when it is, and keys follow links. All of it works without, by links.
const people = document.getElementById('people');
if (people?.dataset.part) {
  fetch(people.dataset.part).then((answer) => (answer.ok ? answer.text() : null)).then((html) => { if (html) people.innerHTML = html; }).catch(() => {});
}

const counting = document.getElementById('counting');

async function wait() {
  for (;;) {
    try {
      const text = await (await fetch(counting.dataset.state)).text();
      if (text === 'done') { location.reload(); return; }
      if (text) counting.textContent = text;
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  }
}
if (counting) wait();

async function follow() {
  // What the page was made after; a page of an error does not know.
  let seen = document.body.dataset.changes ?? null;
  for (;;) {
    try {
      const answer = await fetch(seen === null ? '/changes' : `/changes?after=${seen}`);
      const n = await answer.text();
      if (seen !== null && n !== seen) { location.reload(); return; }
      seen = n;
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  }
}
follow();

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches('input')) wanted.focus(); else wanted.click();
});
