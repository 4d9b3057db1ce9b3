// Overview: is all well, when is it done, what does it cost, what needs a person.

function forecastText(forecast) {
  if (!forecast) return null;
  const left = forecast.middle - serverNow();
  return [h('b', null, span(left)), ' · ', clock(forecast.middle, false)];
}

function band(forecast) {
  return forecast && forecast.low < forecast.high && `between ${span(forecast.low - serverNow())} and ${span(forecast.high - serverNow())}`;
}

function endedChart(ended) {
  const {from, width_seconds: step, buckets} = ended;
  const most = Math.max(1, ...buckets.map(([completed, dead]) => completed + dead));
  const [width, height, foot] = [720, 150, 22];
  const each = width / buckets.length;
  const scale = (height - foot - 8) / most;
  const per = {60: 'minute', 300: '5 minutes', 900: '15 minutes', 3600: 'hour'}[step];
  const label = (time) => new Date(time * 1000).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'});
  return h('figure.chart', null,
    svg('svg', {viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `Jobs that ended, by ${per}; at most ${most}`},
      [0.5, 1].map((part) => svg('line', {x1: 0, x2: width, y1: height - foot - part * most * scale, y2: height - foot - part * most * scale, class: 'grid'})),
      svg('line', {x1: 0, x2: width, y1: height - foot + 0.5, y2: height - foot + 0.5, class: 'axis'}),
      buckets.map(([completed, dead], i) => svg('g', null,
        svg('title', null, `${label(from + i * step)}: ${plain(completed)} completed${dead ? `, ${plain(dead)} dead` : ''}`),
        svg('rect', {x: i * each, y: 0, width: each, height: height - foot, class: 'hover'}),
        completed > 0 && svg('rect', {x: i * each + each * 0.12, y: height - foot - completed * scale, width: each * 0.76, height: completed * scale, class: 'mark-completed', rx: 1.5}),
        dead > 0 && svg('rect', {x: i * each + each * 0.12, y: height - foot - (completed + dead) * scale, width: each * 0.76, height: Math.max(1.5, dead * scale), class: 'mark-dead', rx: 1.5})))),
    h('figcaption.chart-foot', null, h('span', null, clock(from, false)), h('span.soft', null, `jobs per ${per}, at most ${plain(most)}`), h('span', null, 'now')));
}

const kParts = [['useful', 'Useful'], ['lost', 'Lost to interruptions'], ['failed', 'Lost to failures'], ['restoring', 'Restoring'], ['frozen', 'Frozen'], ['storing', 'Storing']];
const spentParts = (spent) => kParts.map(([name, label]) => ({name, label, value: spent[name], text: percent(spent[name] / spent.paid)}));
const goodput = (spent) => spent && spent.paid ? spent.useful / spent.paid : null;

function needsPerson(data) {
  const rows = (data.stopped_groups || []).map((one) => h('li', null, h('span.badge.state-dead', null, icon('M5.5 4v8M10.5 4v8'), 'Stopped'), h('bdi.name', null, oneLine(one.group, 60)),
    h('span', null, 'stopped at ', clock(one.when), `, when ${plain(one.dead)} of its jobs ${one.dead === 1 ? 'was' : 'were'} dead`, one.held === null ? '; its jobs that do not run are held' : `; ${many(one.held, 'job')} ${one.held === 1 ? 'is' : 'are'} held`,
      '. Fix the cause, then resume it: ', h('code', null, `holdfast resume --group ${one.group}`))));
  for (const [reason, count] of Object.entries(data.dead_reasons || {})) {
    rows.push(h('li', null, badge('dead'), h('a', {href: '#/jobs?state=dead&reason=' + encodeURIComponent(reason)}, many(count, 'job')), h('span', null, kDeadReasons[reason] || oneLine(reason || 'for no reason that is known', 60))));
  }
  for (const one of data.unfit_workers || []) {
    rows.push(h('li', null, h('span.badge.state-dead', null, icon('M8 2.5l6 11H2zM8 6.6v3.2M8 11.7v.1'), 'Unfit'), h('bdi.name', null, oneLine(one.worker, 60)), h('span', null, oneLine(one.reason, 200))));
  }
  return rows;
}

const overviewPage = {
  title: 'Overview',
  path: () => '/api/overview',
  view(feed) {
    const data = feed.data;
    if (!data) return feed.failure ? troubles(feed) : loading();
    const warnings = troubles(feed, ['The store', data.index], ['The queue', data.queue_look]);
    if (!data.counts) return [warnings, data.index.failure ? null : loading()];
    const counts = data.counts;
    const known = counts.running + counts.waiting + counts.completed + counts.dead + counts.cancelled;
    if (known === 0 && !data.left) {
      return [warnings, panel(null, null, empty('No jobs yet',
        ['Run a list on this machine: ', h('code', null, 'holdfast run jobs.csv -- ./program'), ', or submit one to a fleet: ', h('code', null, 'holdfast submit jobs.csv'), '.'],
        'This page changes by itself once a worker has taken the first job.'))];
    }
    const unclaimed = data.unclaimed;
    const state = (name, value) => ({name, label: kStates[name].label, value, text: plain(value), href: name === 'unclaimed' ? null : '#/jobs?state=' + name});
    const done = counts.completed / data.total;
    const all = data.forecast.all;
    const {completed: recent, window_seconds: recently} = data.throughput;
    const risk = data.at_risk;
    const good = goodput(data.spent);
    const people = needsPerson(data);
    return [warnings,
      panel(null, {class: 'hero'},
        h('div.hero-top', null,
          h('div', null, h('div.hero-number', null, percent(done)), h('div.soft', null, `${plain(counts.completed)} of ${plain(data.total)} jobs completed`)),
          h('div.hero-eta', null, data.left === 0 ? h('div.hero-number.small', null, counts.dead ? 'Nothing left to run' : 'All done')
            : data.left === data.held ? [h('div.hero-number.small', null, 'On hold'), h('div.soft', null, `${many(data.held, 'job')} of stopped groups`)]
            : all ? [h('div.hero-number.small', null, span(all.middle - serverNow())), h('div.soft', null, 'until all is done, ', clock(all.middle, false)), h('div.soft', null, band(all))]
              : [h('div.hero-number.small', null, '–'), h('div.soft', null, data.held ? `${many(data.held, 'job')} of stopped groups on hold: no forecast` : 'No job completed in the last 24 h: no forecast')])),
        shares([state('completed', counts.completed), state('running', counts.running), state('waiting', counts.waiting),
          state('unclaimed', unclaimed), state('dead', counts.dead), state('cancelled', counts.cancelled)])),
      h('div.cards', null,
        card('Throughput', recent ? rate(recent / recently * kHour) : '–', null, recent ? `${plain(recent)} in the last ${span(recently)}` : 'No job completed in the last 24 h',
          data.forecast.half ? ['Half done in ', forecastText(data.forecast.half)] : data.forecast.ninety ? ['90 % done in ', forecastText(data.forecast.ninety)] : null),
        card('At risk now', hours(risk.seconds), null, risk.jobs ? `of work in ${many(risk.jobs, 'running job')} is in no checkpoint yet` : 'No running job',
          risk.job_id && ['most: ', jobLink(risk.job_id), ', ', span(risk.seconds_max)]),
        card('Goodput', percent(good), null, good === null ? 'No attempt has stored or ended anything yet' : `${hours(data.spent.lost + data.spent.failed)} of work was lost`, good !== null && `of ${hours(data.spent.paid)} that jobs held machines`),
        data.price ? card('Spent', dollars(data.spent.paid / kHour * data.price), null, `${dollars(data.spent.useful / kHour * data.price)} of it on useful work`, `at ${dollars(data.price)} an hour and job`)
          : card('Machine time', hours(data.spent.paid), null, 'that jobs held machines', [h('code', null, '--price 0.18'), ' shows it in dollars'])),
      people.length > 0 && panel('Needs a person', {tools: h('a', {href: '#/dead'}, 'Dead letters →')}, h('ul.people', null, people)),
      h('div.two', null,
        panel('Jobs that ended', {note: 'completed and dead, by time'}, endedChart(data.ended),
          h('ul.legend', null, h('li', null, h('span.dot.fill-completed'), 'Completed'), h('li', null, h('span.dot.fill-dead'), 'Dead'))),
        panel('Where machine time went', {tools: h('a', {href: '#/money'}, 'Money →')},
          data.spent.paid ? shares(spentParts(data.spent), {all: true}) : empty('Nothing to add up yet', 'Once attempts end, this shows what their time was used for.'))),
      panel('Running longest without a checkpoint', {tools: h('a', {href: '#/jobs?state=running&sort=-lag'}, `All ${plain(counts.running)} running →`)},
        data.running.length ? table(null, [
          {label: 'Job', wide: true, cell: (job) => jobLink(job.job_id)},
          {label: 'Progress', cell: (job) => meter(job.progress)},
          {label: 'Not stored', number: true, cell: (job) => span(job.lag_seconds)},
          {label: 'Attempt', number: true, cell: (job) => plain(job.attempt)},
          {label: 'Worker', cell: (job) => workerLink(job.worker)},
          {label: 'Last word', number: true, cell: (job) => ago(job.changed)},
        ], data.running, {key: (job) => job.job_id}) : empty('No job runs now', counts.waiting || unclaimed ? 'Jobs wait, and no worker runs one: start workers with holdfast work, or holdfast run.' : 'All jobs have ended.')),
      h('p.fine', null, 'Read ', clock(data.index.seen), ` in ${data.index.seconds.toFixed(1)} s with ${many(data.index.requests, 'request')} to the store.`)];
  },
};
