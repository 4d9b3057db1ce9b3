// Jobs: a list that is filtered, sorted and turned over by the server, however long it is.

const chosen = new Set();  // Jobs that are ticked, over several pages.
const kPageSize = 50;
let typing = 0;

function jobsQuery(params, changes) {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name);
  if (!('first' in changes)) next.delete('first');
  const text = next.toString();
  return '#/jobs' + (text ? '?' + text : '');
}

const jobsPage = {
  title: 'Jobs',
  path: (params) => {
    const asked = new URLSearchParams(params);
    asked.set('count', String(kPageSize));
    return '/api/jobs?' + asked;
  },
  view(feed, params) {
    const data = feed.data;
    if (!data) return feed.failure ? troubles(feed) : loading();
    const warnings = troubles(feed, ['The store', data.index]);
    if (!data.jobs) return [warnings, data.index.failure ? null : loading()];
    const go = (changes) => { location.hash = jobsQuery(params, changes); };
    const states = (params.get('state') || '').split(',').filter(Boolean);
    const flip = (state) => go({state: (states.includes(state) ? states.filter((one) => one !== state) : [...states, state]).join(',')});
    const total = Object.values(data.counts).reduce((sum, count) => sum + count, 0);
    const first = data.first;
    const last = first + data.jobs.length;
    const sort = params.get('sort') || '-changed';
    const filtered = ['state', 'reason', 'worker', 'match'].some((name) => params.get(name));
    const select = actionsAllowed() && {has: (id) => chosen.has(id), set: (id, on) => { on ? chosen.add(id) : chosen.delete(id); redraw(); },
      setAll: (ids, on) => { ids.forEach((id) => (on ? chosen.add(id) : chosen.delete(id))); redraw(); }};
    const after = () => { chosen.clear(); feed.ask(); };
    return [warnings,
      h('div.filters', null,
        h('div.chips', {role: 'group', 'aria-label': 'States'}, Object.entries(data.counts).map(([state, count]) =>
          h('button.chip', {type: 'button', class: 'state-' + state, 'aria-pressed': String(states.includes(state)), onclick: () => flip(state)},
            icon(kStates[state].icon, state === 'running'), kStates[state].label, h('b', null, plain(count))))),
        h('div.fields', null,
          h('label.search', null, h('span.hidden', null, 'Part of a job id'), icon('M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14'),
            h('input', {type: 'search', id: 'search', placeholder: 'Part of a job id   /', value: params.get('match') || '', autocomplete: 'off', spellcheck: 'false',
              oninput: (event) => { clearTimeout(typing); const text = event.target.value; typing = setTimeout(() => go({match: text}), 250); }})),
          h('label', null, h('span.hidden', null, 'Reason'),
            h('select', {value: params.get('reason') || '', onchange: (event) => go({reason: event.target.value})},
              h('option', {value: ''}, 'Any reason'), [...new Set([...Object.keys(data.reasons || {}), params.get('reason')])].filter(Boolean).map((reason) =>
                h('option', {value: reason, selected: reason === params.get('reason')}, plainWord(reason))))),
          params.get('worker') && h('button.chip', {type: 'button', title: 'Show all workers', onclick: () => go({worker: ''})}, 'Worker ', h('bdi', null, oneLine(params.get('worker'), 40)), ' ×'),
          filtered && h('a.button.plain', {href: '#/jobs'}, 'Clear filters'))),
      actionsAllowed() && chosen.size > 0 && h('div.bulk', {role: 'region', 'aria-label': 'Selected jobs'},
        h('b', null, `${many(chosen.size, 'job')} selected`),
        h('button.danger', {type: 'button', onclick: () => confirmAction('cancel', [...chosen], after)}, 'Cancel'),
        h('button.plain', {type: 'button', onclick: () => confirmAction('requeue', [...chosen], after)}, 'Requeue dead ones'),
        h('button.plain', {type: 'button', onclick: () => { chosen.clear(); redraw(); }}, 'Select none')),
      panel(null, {class: 'flush'}, data.jobs.length ? table({class: 'jobs'}, [
        {label: 'Job', sort: 'job', ascending: true, wide: true, cell: (job) => jobLink(job.job_id)},
        {label: 'State', sort: 'state', ascending: true, cell: (job) => h('span', null, badge(job.state), job.reason && h('span.reason', null, plainWord(job.reason)))},
        {label: 'Progress', sort: 'progress', cell: (job) => meter(job.state === 'completed' ? 1 : job.progress)},
        {label: 'Not stored', sort: 'lag', number: true, cell: (job) => job.lag_seconds === null ? nothing() : span(job.lag_seconds)},
        {label: 'Attempt', sort: 'attempt', number: true, cell: (job) => plain(job.attempt)},
        {label: 'Machine time', sort: 'cost', number: true, cell: (job) => span(job.spent.paid + (job.lag_seconds || 0))},
        {label: 'Worker', sort: 'worker', ascending: true, cell: (job) => workerLink(job.worker)},
        {label: 'Changed', sort: 'changed', number: true, cell: (job) => ago(job.changed)},
      ], data.jobs, {sort, onsort: (column) => go({sort: column}), key: (job) => job.job_id, select})
        : filtered ? empty('No job matches', [`There are ${plain(total)} jobs. `, h('a', {href: '#/jobs'}, 'Clear the filters')])
          : empty('No job has been taken by a worker yet', ['Jobs appear here once a worker takes them. ', h('code', null, 'holdfast status'), ' counts those that wait in the queue.'])),
      data.matching > 0 && h('nav.pages', {'aria-label': 'Pages'},
        h('span.soft', null, `${plain(first + 1)}–${plain(last)} of ${plain(data.matching)}${filtered ? ` that match, ${plain(total)} in all` : ''}`),
        h('span.tools', null,
          first > 0 && h('a.button.plain', {href: jobsQuery(params, {first: String(Math.max(0, first - kPageSize) || '')})}, '← Previous'),
          last < data.matching && h('a.button.plain', {href: jobsQuery(params, {first: String(first + kPageSize)})}, 'Next →'))),
      data.unclaimed > 0 && h('p.fine.unclaimed', null, `${many(data.unclaimed, 'job')} ${data.unclaimed === 1 ? 'has' : 'have'} not been taken by a worker yet and ${data.unclaimed === 1 ? 'is' : 'are'} not in this list. `,
        h('code', null, `holdfast list --group ${data.group || 'NAME'} --state unclaimed`), data.unclaimed === 1 ? ' names it.' : ' names them.'),
      h('p.fine', null, 'A state changes here some seconds after it changed; progress too where at most ten jobs run, else every five minutes. Read ', clock(data.index.seen), '.')];
  },
};
