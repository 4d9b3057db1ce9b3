// What pages are made of.

const kStates = {
  running: {label: 'Running', icon: 'M5 3.5v9l7.5-4.5z'},
  waiting: {label: 'Waiting', icon: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 4.8V8l2.2 1.6'},
  completed: {label: 'Completed', icon: 'M3 8.6l3.3 3.2L13 4.8'},
  dead: {label: 'Dead', icon: 'M4 4l8 8M12 4l-8 8'},
  cancelled: {label: 'Cancelled', icon: 'M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4zM4.2 11.8l7.6-7.6'},
  unclaimed: {label: 'Not started', icon: 'M4 8h8'},
  forgotten: {label: 'Forgotten', icon: 'M4 8h8'},
};

function icon(path, filled) {
  return svg('svg', {viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true'},
    svg('path', {d: path, fill: filled ? 'currentColor' : 'none', stroke: 'currentColor', 'stroke-width': 1.8,
      'stroke-linecap': 'round', 'stroke-linejoin': 'round'}));
}

function badge(state) {
  const known = kStates[state] || {label: oneLine(state, 20), icon: 'M4 8h8'};
  return h('span.badge', {class: 'state-' + state}, icon(known.icon, state === 'running'), known.label);
}

function jobLink(id) {
  return h('a.name', {href: jobAddress(id), title: id.length > 40 ? oneLine(id, 300) : null}, h('bdi', null, oneLine(id, 220)));
}
const jobAddress = (id) => '#/job/' + encodeURIComponent(id);

function workerLink(worker) {
  if (!worker) return nothing();
  return h('a.quiet', {href: '#/jobs?worker=' + encodeURIComponent(worker), title: oneLine(worker, 200)}, h('bdi', null, oneLine(worker, 60)));
}

function meter(fraction) {
  if (fraction === null || fraction === undefined) return nothing();
  const part = Math.min(1, Math.max(0, fraction));
  return h('span.meter', {role: 'img', 'aria-label': percent(part) + ' done'},
    h('span.meter-track', null, h('span.meter-fill', {style: {width: part * 100 + '%'}})),
    h('span.meter-text', null, percent(part, part < 0.1 ? 1 : 0)));
}

function panel(title, props, ...children) {
  const {note, tools, ...rest} = props || {};
  return h('section.panel', rest,
    title && h('header.panel-head', null, h('h2', null, title), note && h('p.note', null, note), tools && h('div.tools', null, tools)),
    children);
}

function card(label, value, props, ...below) {
  return h('div.card', props, h('div.card-label', null, label), h('div.card-value', null, value), below.map((one) => one && h('div.card-below', null, one)));
}

function empty(title, ...text) {
  return h('div.empty', null,
    svg('svg', {viewBox: '0 0 64 40', class: 'empty-art', 'aria-hidden': 'true'},
      svg('rect', {x: 2, y: 6, width: 60, height: 7, rx: 3.5, class: 'art-1'}), svg('rect', {x: 2, y: 17, width: 38, height: 7, rx: 3.5, class: 'art-2'}),
      svg('rect', {x: 2, y: 28, width: 50, height: 7, rx: 3.5, class: 'art-1'})),
    h('h3', null, title), text.map((one) => h('p', null, one)));
}

function notice(kind, ...children) {
  return h('div.notice', {class: kind, role: kind === 'bad' ? 'alert' : 'status'},
    icon(kind === 'bad' ? 'M8 2.5l6 11H2zM8 6.6v3.2M8 11.7v.1' : 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 7.4v3.4M8 5.2v.1'),
    h('div', null, children));
}

// What keeps a page from being true, each as a sentence; the rest is shown all the same.
function troubles(feed, ...looks) {
  const list = [];
  if (feed.failure && feed.failing > 1) {
    list.push(notice('bad', feed.failure.message, feed.data ? ' What you see is from the last answer.' : ''));
  }
  for (const [what, look] of looks) {
    if (!look) continue;
    const last = look.seen ? [' What you see is from ', clock(look.seen), '.'] : [' Nothing has been read yet.'];
    if (look.failure) {
      list.push(notice('bad', `${what} cannot be read since `, clock(look.failing_since), ': ', oneLine(look.failure, 500), '.', last));
    } else if (look.looking_since && serverNow() - look.looking_since > 10) {
      list.push(notice('bad', `${what} has given no good answer for ${span(serverNow() - look.looking_since)}.`, last));
    }
    if (look.seen && look.complete === false) {
      list.push(notice('warn', 'An older version ran jobs here that are not in the job index, so they are missing on these pages. ', h('code', null, 'holdfast status --recount'), ' adds them.'));
    }
    for (const problem of look.problems || []) {
      list.push(notice('warn', oneLine(problem, 500), '. ', h('code', null, 'holdfast status --recount'), ' builds the index again.'));
    }
  }
  return list;
}

function loading() {
  return h('div.loading', {role: 'status'}, h('span.spinner', {'aria-hidden': 'true'}), 'Reading the store…');
}

// columns: [{name, label, sort, number, cell(row)}]
function table(props, columns, rows, {sort, onsort, key, select} = {}) {
  const head = columns.map((column) => {
    const active = sort && column.sort && sort.replace('-', '') === column.sort;
    const down = active && sort.startsWith('-');
    const label = column.sort && onsort
      ? h('button.sort', {type: 'button', onclick: () => onsort(active ? (down ? column.sort : '-' + column.sort) : (column.ascending ? '' : '-') + column.sort)},
        column.label, h('span.arrow', {'aria-hidden': 'true'}, active ? (down ? '↓' : '↑') : ''))
      : column.label;
    return h('th', {class: column.number ? 'number' : '', scope: 'col', 'aria-sort': active ? (down ? 'descending' : 'ascending') : null}, label);
  });
  const line = (row) => h('tr', {key: key && key(row)},
    select && h('td.check', null, h('input', {type: 'checkbox', checked: select.has(key(row)), 'aria-label': 'Select ' + oneLine(key(row), 100),
      onchange: (event) => select.set(key(row), event.target.checked)})),
    columns.map((column) => h('td', {class: [column.number ? 'number' : '', column.wide ? 'wide' : ''].join(' '), 'data-label': column.label}, column.cell(row))));
  return h('div.table-wrap', null, h('table', props,
    h('thead', null, h('tr', null, select && h('th.check', {scope: 'col'},
      h('input', {type: 'checkbox', 'aria-label': 'Select all on this page', checked: rows.length > 0 && rows.every((row) => select.has(key(row))),
        onchange: (event) => select.setAll(rows.map(key), event.target.checked)})), head)),
    h('tbody', null, rows.map(line))));
}

// A share of a whole in parts, with its legend. parts: [{name, label, value, text, href}]
function shares(parts, props = {}) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  const shown = parts.filter((part) => part.value > 0);
  return h('div.shares', null,
    h('div.bar', {role: 'img', 'aria-label': shown.map((part) => `${part.label} ${part.text}`).join(', ')},
      shown.map((part) => h('span', {class: 'fill-' + part.name, title: `${part.label}: ${part.text}`,
        style: {'flex-grow': String(Math.max(part.value / whole, 0.004))}}))),
    h('ul.legend', null, (props.all ? parts : shown).map((part) => h('li', null, h('span.dot', {class: 'fill-' + part.name, 'aria-hidden': 'true'}),
      part.href ? h('a.quiet', {href: part.href}, part.label) : h('span', null, part.label), h('b', null, part.text), part.more && h('span.soft', null, part.more)))));
}

let dialogOpen = null;
function dialog(title, body, buttons) {
  const element = h('dialog', {'aria-label': title}, h('h2', null, title), h('div.dialog-body', null, body),
    h('div.dialog-foot', null, buttons.map(([label, kind, act]) => h('button', {class: kind, type: 'button',
      onclick: () => { element.close(); if (act) act(); }}, label))));
  element.addEventListener('close', () => { element.remove(); dialogOpen = null; });
  document.body.append(element);
  element.showModal();
  dialogOpen = element;
}

let toastTimer = 0;
function toast(...children) {
  document.querySelectorAll('.toast').forEach((one) => one.remove());
  document.body.append(h('div.toast', {role: 'status'}, h('div', null, children),
    h('button.plain', {type: 'button', 'aria-label': 'Close', onclick: (event) => event.target.closest('.toast').remove()}, '×')));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => document.querySelectorAll('.toast').forEach((one) => one.remove()), 12000);
}

// Asks, acts, and tells what became of each.
function confirmAction(action, jobs, after) {
  const texts = {
    cancel: ['Cancel', 'A cancelled job ends for good: its program is stopped within a minute, and the job does not run again.', 'danger'],
    requeue: ['Requeue', 'Each goes back into the queue and resumes from its newest checkpoint.', 'primary'],
    drop: ['Drop', 'The dead letter is removed. The job stays dead, with its log and checkpoints.', 'danger'],
  };
  const [verb, text, kind] = texts[action];
  const what = jobs.length === 1 ? oneLine(jobs[0], 80) : many(jobs.length, 'job');
  dialog(`${verb} ${what}?`, [h('p', null, text)], [['Keep as is', 'plain', null], [`${verb} ${jobs.length === 1 ? 'it' : 'them'}`, kind, async () => {
    try {
      const outcomes = await act(action, jobs);
      const left = outcomes.filter((one) => !one.done);
      const done = outcomes.length - left.length;
      toast(done > 0 && h('p', null, outcomes.length === 1 ? `${oneLine(outcomes[0].job_id, 60)}: ${oneLine(outcomes[0].text)}` : `${many(done, 'job')} done.`),
        left.slice(0, 5).map((one) => h('p.warn-text', null, `${oneLine(one.job_id, 60)}: ${oneLine(one.text)}`)), left.length > 5 && h('p', null, `and ${plain(left.length - 5)} more`));
    } catch (failure) {
      toast(h('p.warn-text', null, failure.message));
    }
    if (after) after();
  }]]);
}
