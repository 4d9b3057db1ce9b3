// Machines: who ran what, and when.

const kWorkersShown = 200;

function timeline(lanes, workers, now, width) {
  const left = width < 560 ? 84 : 180, right = 8, row = 22, top = 4;
  const times = lanes.filter((lane) => lane.claimed);
  const from = Math.max(Math.min(...times.map((lane) => lane.claimed)), now - 14 * kDay);
  const to = Math.max(from + 1, ...times.map((lane) => lane.end));
  const x = (time) => left + (Math.max(time, from) - from) / (to - from) * (width - left - right);
  const height = top + workers.length * row + 26;
  const step = niceStep((to - from) / Math.max(2, (width - left - right) / 110));
  const ticks = [];
  const zone = new Date(from * 1000).getTimezoneOffset() * 60;
  for (let time = Math.ceil((from - zone) / step) * step + zone; time <= to; time += step) ticks.push(time);
  const text = (time) => new Date(time * 1000).toLocaleString('en-GB', {hour: '2-digit', minute: '2-digit', ...(step < 60 ? {second: '2-digit'} : {}), ...(to - from > 20 * kHour ? {day: 'numeric', month: 'short'} : {})});
  const by = new Map();
  for (const lane of times) by.has(lane.worker) ? by.get(lane.worker).push(lane) : by.set(lane.worker, [lane]);
  return svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, class: 'strip', role: 'img', 'aria-label': 'Attempts by worker on a time axis; the table below says the same'},
    hatch(),
    ticks.map((time) => svg('g', null, svg('line', {x1: x(time), x2: x(time), y1: top, y2: height - 22, class: 'grid'}), svg('text', {x: x(time), y: height - 6, class: 'tick', 'text-anchor': x(time) > width - 32 ? 'end' : 'middle'}, text(time)))),
    workers.map((one, i) => svg('g', {class: 'lane'},
      svg('text', {x: 0, y: top + i * row + 15, class: 'lane-name'}, oneLine(one.worker, width < 560 ? 10 : 22)),
      svg('line', {x1: left, x2: width - right, y1: top + i * row + 11, y2: top + i * row + 11, class: 'lane-line'}),
      (by.get(one.worker) || []).filter((lane) => lane.end >= from).map((lane) => {
        const lost = lane.ending === null ? 0 : Math.min(lane.spent.lost + lane.spent.failed, lane.end - lane.claimed);
        const [a, b, c] = [x(lane.claimed), x(lane.end - lost), x(lane.end)];
        const what = `${oneLine(lane.job_id, 100)}, attempt ${lane.attempt}: ${laneEnding(lane)}, ${span(lane.end - lane.claimed)}${lost >= 1 ? `, ${span(lost)} lost` : ''}`;
        const bar = (from, to, part) => to > from && svg('rect', {x: from, y: top + i * row + 3, width: Math.max(1.5, to - from - 0.5), height: 16, rx: 2, class: 'part-' + part});
        return svg('a', {href: jobAddress(lane.job_id)}, svg('title', null, what),
          bar(a, b, lane.ending === null ? 'run' : 'useful'), bar(b, c, lane.spent.failed > lane.spent.lost ? 'failed' : 'lost'),
          lane.ending === 'lost' && lane.taken_over > lane.end && bar(c, x(lane.taken_over), 'maybe'),
          lane.ending !== null && lane.ending !== 'finished' && svg('path', {class: 'part-cut', d: `M${c} ${top + i * row} l-3 5 l6 6 l-6 6 l3 5`}));
      }))));
}

const lastWord = (one) => Math.max(one.last || 0, one.connected ? one.connected.seen || 0 : 0) || null;
const presence = (one) => !one.connected ? 'gone' : one.connected.job_id ? 'busy' : 'idle';

// What it does now: its job, or since when it waits for one.
function workerState(one) {
  const there = one.connected;
  if (!there) return h('span.soft', null, 'gone');
  const since = there.since && h('div.soft.small', null, `up ${span(serverNow() - there.since)}${there.version ? `, holdfast ${oneLine(there.version, 30)}` : ''}`);
  if (!there.job_id) return h('div.stacked', null, h('span.badge.state-idle', null, icon('M8 4.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6z'), 'Idle'), since);
  return h('div.stacked', null, h('span.doing', null, icon(kStates.running.icon, true), jobLink(there.job_id), there.progress !== null && h('span.soft', null, percent(there.progress, 0))), since);
}

const machinesPage = {
  title: 'Machines',
  path: () => '/api/machines',
  view(feed) {
    const data = feed.data;
    if (!data) return feed.failure ? troubles(feed) : loading();
    const warnings = troubles(feed, ['The store', data.index], ['Jobs’ logs', data.history]);
    if (!data.workers) return [warnings, data.index.failure ? null : loading()];
    if (!data.workers.length) return [warnings, panel(null, null, empty('No worker has taken a job yet', ['Start one: ', h('code', null, 'holdfast work -- ./program'), ' on a machine of the fleet, or ', h('code', null, 'holdfast run jobs.csv -- ./program'), ' here.']))];
    const unfit = new Map(data.unfit_workers.map((one) => [one.worker, one]));
    const order = ['busy', 'idle', 'gone'];
    const workers = [...data.workers].sort((a, b) => order.indexOf(presence(a)) - order.indexOf(presence(b)) || b.running - a.running || (lastWord(b) || 0) - (lastWord(a) || 0) || (a.worker < b.worker ? -1 : 1));
    const shown = workers.slice(0, kWorkersShown);
    const held = workers.reduce((sum, one) => sum + (one.seen ? one.seen.spent.paid : 0), 0);
    const cuts = workers.reduce((sum, one) => sum + (one.seen ? one.seen.interruptions : 0), 0);
    const width = Math.max(300, Math.min(1180, (document.querySelector('main') || document.body).clientWidth - (innerWidth < 700 ? 60 : 96)));
    const drawn = data.lanes.length ? shown.filter((one) => one.seen).slice(0, 60) : [];
    return [warnings,
      h('div.cards', null,
        card('Workers that are connected', plain(data.connected), null, data.connected ? [h('b', null, plain(data.connected - data.idle)), ' with a job, ', h('b', null, plain(data.idle)), ' idle'] : 'No worker has given a sign for 15 minutes'),
        card('Mean time between interruptions', cuts ? span(held / cuts) : '–', null, cuts ? `${many(cuts, 'interruption')} in ${hours(held)} on machines` : 'No interruption in the logs that were read', 'Used by --checkpoint-every auto'),
        card('Unfit', plain(unfit.size), {class: unfit.size ? 'bad' : ''}, unfit.size ? 'take no more jobs, see below' : 'No worker says that its machine is unfit')),
      drawn.length > 0 && panel('Who ran what, when', {note: `from the logs of ${data.jobs_read >= data.jobs ? `all ${plain(data.jobs)}` : `the ${plain(data.jobs_read)} jobs that changed last, of ${plain(data.jobs)}`} jobs`},
        h('div.strip-wrap', null, timeline(data.lanes, drawn, serverNow(), width)),
        h('ul.legend', null, [['useful', 'Useful'], ['running', 'Running'], ['lost', 'Lost to an interruption'], ['failed', 'Lost to a failure'], ['maybe', 'Machine vanished, unknown when']].map(([name, label]) => h('li', null, h('span.dot', {class: 'fill-' + name}), label)), h('li', null, h('b', null, '≷'), 'Interruption or failure'))),
      panel('Workers', {class: 'flush'}, table(null, [
        {label: 'Worker', wide: true, cell: (one) => [h('div', null, workerLink(one.worker)), unfit.has(one.worker) && h('div.warn-text.small.wraps', null, 'Unfit: ', oneLine(unfit.get(one.worker).reason, 200))]},
        {label: 'Now', cell: (one) => workerState(one)},
        {label: 'Completed', number: true, cell: (one) => plain(one.completed)},
        {label: 'Dead', number: true, cell: (one) => h('span', {class: one.dead ? 'warn-text' : ''}, plain(one.dead))},
        {label: 'Interruptions', number: true, cell: (one) => one.seen ? plain(one.seen.interruptions) : nothing()},
        {label: 'Failures', number: true, cell: (one) => one.seen ? plain(one.seen.failures) : nothing()},
        {label: 'Machine time', number: true, cell: (one) => one.seen ? hours(one.seen.spent.paid) : nothing()},
        {label: 'Lost', number: true, cell: (one) => one.seen && one.seen.spent.paid ? percent((one.seen.spent.lost + one.seen.spent.failed) / one.seen.spent.paid) : nothing()},
        {label: 'Last word', number: true, cell: (one) => ago(lastWord(one))},
      ], shown, {key: (one) => one.worker})),
      data.workers_count > shown.length && h('p.fine', null, `${plain(data.workers_count - shown.length)} more workers are not listed.`),
      h('p.fine', null, 'Completed and dead count each job at the worker of its newest attempt. A worker counts as connected for 15 minutes after its last sign, which it gives every five minutes and with each change of job; one that ends in order leaves at once.')];
  },
};
