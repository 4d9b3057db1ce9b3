// Which page is shown, what is around it, and keys.

const kPages = [
  {name: '', page: overviewPage, icon: 'M2.5 9.5h4v4h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM9.5 9.5h4v4h-4z'},
  {name: 'jobs', page: jobsPage, icon: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1'},
  {name: 'machines', page: machinesPage, icon: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1'},
  {name: 'money', page: moneyPage, icon: 'M2.5 13.5v-5h3v5zM6.5 13.5v-11h3v11zM10.5 13.5v-7h3v7z'},
  {name: 'dead', page: deadPage, icon: 'M2.5 4h11v8.5h-11zM2.5 4.5L8 9l5.5-4.5'},
];

let feed = null;       // Of the page that is shown.
let place = null;      // {name, id, params, path}
let facts = null;      // What the server says of itself, for the frame.

const actionsAllowed = () => !report && !!(facts && facts.actions);

function readPlace() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/');
  let id = rest.join('/');
  try { id = decodeURIComponent(id); } catch { /* It is shown as it is, and found nowhere. */ }
  return {name, id, params: new URLSearchParams(query || '')};
}

function pageOf(name) {
  if (name === 'job') return jobPage;
  const found = kPages.find((one) => one.name === name);
  return found ? found.page : null;
}

function go() {
  takeToken();
  const before = place;
  place = readPlace();
  const page = pageOf(place.name);
  if (!page) { location.replace('#/'); return; }
  const path = page.path(place.params, place.id);
  if (!before || before.name !== place.name || before.id !== place.id) {
    if (before) scrollTo(0, 0);
    chosen.clear();
  }
  const old = feed;
  feed = new Feed(path, () => { learn(); redraw(); });
  // Until the new answer is there, the old one of the same page stays.
  if (old) {
    old.end();
    if (before && before.name === place.name && before.id === place.id && !feed.data) feed.data = old.data;
  }
  document.title = (place.name === 'job' ? oneLine(place.id, 60) : page.title) + ' · Holdfast';
  redraw();
  if (before && before.name !== place.name) { const main = document.querySelector('main'); if (main) main.focus({preventScroll: true}); }
}

// The frame shows what only the overview's data says.
function learn() {
  if (feed.data && feed.data.version) facts = feed.data;
  else if (!facts && !report && !learn.asked && !(feed.failure && feed.failure.status === 401)) {
    learn.asked = true;
    request('/api/overview').then((answer) => { facts = answer.body; redraw(); }, () => { learn.asked = false; });
  }
}

function theme() { return document.documentElement.dataset.theme || ''; }
function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  try { localStorage.setItem('holdfast-theme', name); } catch { /* Then only this page has it. */ }
  redraw();
}
function flipTheme() {
  const dark = theme() ? theme() === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  setTheme(dark ? 'light' : 'dark');
}

function tokenForm() {
  return h('div.gate', null, h('div.panel.gate-box', null, h('h1', null, 'Open the printed address'),
    h('p', null, 'This dashboard shows what jobs print and gives access to their results, so it needs the token in the address that ', h('code', null, 'holdfast dashboard'), ' printed when it was started. Each start has a new one.'),
    h('label.field', null, 'Address or token', h('input', {id: 'token', type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: location.origin + '/#token=…'})),
    h('button.primary', {type: 'button', onclick: () => {
      const found = document.getElementById('token').value.match(/([0-9a-f]{8,})\s*$/);
      if (found) { keepToken(found[1]); feed.ask(); }
    }}, 'Open')));
}

function live() {
  if (report) return h('span.live', null, 'Report of ', clock(report.now));
  const look = feed.data && feed.data.index;
  const bad = feed.failure || (look && look.failure);
  return h('span.live', {class: bad ? 'off' : ''}, h('span.live-dot', {'aria-hidden': 'true'}), bad ? 'Not live' : 'Live');
}

function redraw() {
  const app = document.getElementById('app');
  if (feed.failure && feed.failure.status === 401) {
    morphChildren(app, h('div', null, tokenForm()));
    return;
  }
  const dead = feed.data && feed.data.counts ? feed.data.counts.dead : facts && facts.counts ? facts.counts.dead : 0;
  const dark = theme() ? theme() === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  let content;
  try {
    content = pageOf(place.name).view(feed, place.params, place.id);
  } catch (error) {
    console.error(error);
    content = notice('bad', 'This page cannot be drawn: ', String(error.message));
  }
  morphChildren(app, h('div', null,
    h('a.skip', {href: '#main', onclick: (event) => { event.preventDefault(); document.querySelector('main').focus(); }}, 'Skip to the page'),
    h('aside.side', null,
      h('a.brand', {href: '#/'}, svg('svg', {viewBox: '0 0 32 32', class: 'logo', 'aria-hidden': 'true'}, svg('rect', {width: 32, height: 32, rx: 8, class: 'logo-ground'}),
        svg('path', {d: 'M10 7v18M22 7v18M10 16h12', class: 'logo-mark'}), svg('circle', {cx: 16, cy: 16, r: 3.4, class: 'logo-knot'})), h('span', null, 'Holdfast')),
      h('nav.nav', {'aria-label': 'Pages'}, kPages.map((one) => h('a', {href: '#/' + one.name, 'aria-current': one.name === place.name || (place.name === 'job' && one.name === 'jobs') ? 'page' : null},
        icon(one.icon), h('span', null, one.page.title), one.name === 'dead' && dead > 0 && h('b.count', null, plain(dead))))),
      h('div.side-foot', null, facts && h('dl.place', null, h('dt', null, 'Queue'), h('dd', {title: facts.queue_name}, oneLine(facts.queue_name, 80)), h('dt', null, 'Store'), h('dd', {title: facts.store_name}, oneLine(facts.store_name, 80))),
        h('div.side-tools', null, live(), h('button.plain.round', {type: 'button', onclick: flipTheme, title: dark ? 'Light colours' : 'Dark colours', 'aria-label': dark ? 'Use light colours' : 'Use dark colours'},
          icon(dark ? 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1' : 'M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7z'))),
        facts && h('div.version', null, `holdfast ${facts.version}${facts.actions ? '' : ' · read-only'}`))),
    h('main', {tabindex: '-1', id: 'main'}, place.name !== 'job' && h('h1.page-title', null, pageOf(place.name).title), content)));
  // The end of an output stays in sight while it grows, unless somebody has scrolled up.
  for (const box of document.querySelectorAll('[data-follow]')) if (!box.above) box.scrollTop = box.scrollHeight;
}

function help() {
  const keys = [['1 – 5', 'Overview, Jobs, Machines, Money, Dead letters'], ['/', 'Search jobs'], ['n  p', 'Next, previous page of jobs'], ['t', 'Light or dark'], ['?', 'These keys']];
  dialog('Keys', h('dl.keys', null, keys.map(([key, what]) => [h('dt', null, h('kbd', null, key)), h('dd', null, what)])), [['Close', 'plain', null]]);
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialogOpen || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === 'Escape' && event.target.id === 'search') event.target.blur();
    return;
  }
  const page = kPages[Number(event.key) - 1];
  const turn = (label) => [...document.querySelectorAll('.pages a')].find((link) => link.textContent.includes(label));
  if (page) location.hash = '#/' + page.name;
  else if (event.key === '/') {
    event.preventDefault();
    const field = document.getElementById('search');
    if (field) field.focus(); else { location.hash = '#/jobs'; setTimeout(() => { const there = document.getElementById('search'); if (there) there.focus(); }, 400); }
  } else if (event.key === 'n' && turn('Next')) turn('Next').click();
  else if (event.key === 'p' && turn('Previous')) turn('Previous').click();
  else if (event.key === 't') flipTheme();
  else if (event.key === '?') help();
});

addEventListener('hashchange', go);
addEventListener('resize', () => redraw());
document.addEventListener('visibilitychange', () => { if (!document.hidden && !report) feed.ask(); });
try { const kept = localStorage.getItem('holdfast-theme'); if (kept) document.documentElement.dataset.theme = kept; } catch { /* As the system says. */ }
if (report) facts = report.pages.overview;
go();
// Ages grow also while nothing changes.
if (!report) setInterval(() => { if (!document.hidden) redraw(); }, 5000);
