// One job: what became of each attempt, on one axis of time.

const kFailures = ['failed', 'out_of_memory', 'stalled'];
// Endings that are nobody's fault are no alarm.
const calm = (ending) => ['finished', 'checkpointed', 'interrupted', 'cancelled'].includes(ending);

function niceStep(seconds) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  return steps.find((step) => step >= seconds) || Math.ceil(seconds / 604800) * 604800;
}

// Parts of a lane, in seconds since 1970: [from, to, name, text].
function laneParts(lane, now) {
  const parts = [];
  let at = lane.claimed;
  const add = (until, name, text) => {
    const to = Math.max(at, until);
    if (to > at) parts.push([at, to, name, `${text}, ${span(to - at)}`]);
    at = to;
  };
  const end = lane.ending === null ? now : Math.max(lane.end, lane.claimed);
  const last = lane.checkpoints[lane.checkpoints.length - 1];
  const {restoring, storing, useful, frozen, lost, failed, paid} = lane.spent;
  add(Math.min(end, lane.claimed + restoring), 'restoring', 'restoring and starting');
  if (lane.ending === null) {
    add(last ? Math.min(end, last.shows) : at, 'useful', 'work that is stored');
    add(end, 'risk', 'work that is in no checkpoint yet');
  } else if (paid > 0) {
    add(Math.min(end, at + useful + frozen), 'useful', 'work that is stored');
    add(Math.min(end, at + lost), 'lost', 'work that the interruption took');
    add(Math.min(end, at + failed), 'failed', 'work that the failure took');
    add(Math.min(end, at + storing), 'storing', 'storing');
  } else {
    add(end, 'unknown', 'an older version did not say where the time went');
  }
  if (lane.ending === 'lost') add(lane.taken_over, 'maybe', 'nobody knows when in this time the machine vanished; lost work is estimated');
  return parts;
}

const hatch = () => svg('defs', null, svg('pattern', {id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
  svg('rect', {width: 6, height: 6, class: 'hatch-ground'}), svg('rect', {width: 2.4, height: 6, class: 'hatch-line'})));

function strip(lanes, now, width, progressOf) {
  const left = width < 560 ? 58 : 150, right = width < 560 ? 8 : 120, row = 30, top = 8;
  const from = Math.min(...lanes.map((lane) => lane.claimed).filter(Boolean));
  const to = Math.max(from + 1, ...lanes.map((lane) => Math.max(lane.taken_over || 0, lane.ending === null ? now : lane.end || 0)));
  const x = (time) => left + (time - from) / (to - from) * (width - left - right);
  const points = progressOf.filter(([, fraction]) => fraction !== null);
  const curve = points.length > 1 ? 74 : 0;
  const height = top + curve + lanes.length * row + 26;
  const step = niceStep((to - from) / Math.max(2, (width - left - right) / 110));
  const ticks = [];
  const zone = new Date(from * 1000).getTimezoneOffset() * 60;
  for (let time = Math.ceil((from - zone) / step) * step + zone; time <= to; time += step) ticks.push(time);
  const long = to - from > 20 * kHour;
  const text = (time) => new Date(time * 1000).toLocaleString('en-GB', {hour: '2-digit', minute: '2-digit', ...(step < 60 ? {second: '2-digit'} : {}), ...(long ? {day: 'numeric', month: 'short'} : {})});
  const y = (i) => top + curve + i * row;
  return svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, class: 'strip', role: 'img',
    'aria-label': `${many(lanes.length, 'attempt')} on a time axis from ${utc(from)} to ${utc(to)}; the table below says the same`},
    hatch(),
    ticks.map((time) => svg('g', null, svg('line', {x1: x(time), x2: x(time), y1: top, y2: height - 22, class: 'grid'}),
      svg('text', {x: x(time), y: height - 6, class: 'tick', 'text-anchor': x(time) > width - 32 ? 'end' : 'middle'}, text(time)))),
    curve > 0 && svg('g', null,
      svg('text', {x: left - 12, y: top + 12, class: 'tick', 'text-anchor': 'end'}, '100 %'), svg('text', {x: left - 12, y: top + curve - 12, class: 'tick', 'text-anchor': 'end'}, '0 %'),
      svg('line', {x1: left, x2: width - right, y1: top + 8.5, y2: top + 8.5, class: 'grid'}), svg('line', {x1: left, x2: width - right, y1: top + curve - 15.5, y2: top + curve - 15.5, class: 'grid'}),
      svg('polyline', {class: 'curve', points: points.map(([time, fraction]) => `${x(time).toFixed(1)},${(top + curve - 16 - fraction * (curve - 24)).toFixed(1)}`).join(' ')}),
      points.map(([time, fraction]) => svg('circle', {cx: x(time), cy: top + curve - 16 - fraction * (curve - 24), r: 2.4, class: 'curve-dot'}, svg('title', null, `${percent(fraction)} stored`)))),
    lanes.map((lane, i) => {
      const parts = laneParts(lane, now);
      const end = parts.length ? parts[parts.length - 1][1] : lane.end || lane.claimed;
      const cut = lane.ending === null ? null : lane.ending === 'lost' ? lane.end : end;
      const label = laneEnding(lane);
      return svg('g', {class: 'lane'},
        svg('text', {x: 0, y: y(i) + 18, class: 'lane-name'}, width < 560 ? `#${lane.attempt}` : `#${lane.attempt} `, width >= 560 && svg('tspan', {class: 'tick'}, oneLine(lane.worker, 17))),
        svg('line', {x1: left, x2: width - right, y1: y(i) + 14, y2: y(i) + 14, class: 'lane-line'}),
        parts.map(([a, b, name, what]) => svg('rect', {x: x(a), y: y(i) + 4, width: Math.max(1, x(b) - x(a)), height: 20, class: 'part-' + name},
          svg('title', null, `Attempt ${lane.attempt} on ${oneLine(lane.worker, 80)}: ${what}`))),
        lane.checkpoints.map((one) => svg('rect', {x: x(one.stored) - 0.75, y: y(i) + 1, width: 1.5, height: 26, class: 'part-tick'},
          svg('title', null, `Checkpoint ${one.generation}, ${bytes(one.bytes)}, stored ${utc(one.stored)}`))),
        cut && lane.ending !== 'finished' && svg('path', {class: 'part-cut', d: `M${x(cut)} ${y(i)} l-3 5 l6 6 l-6 6 l6 6 l-3 5`}),
        svg('text', {x: Math.min(x(end) + 8, width - (width < 560 ? 64 : 110)), y: y(i) + 18, class: 'lane-end' + (lane.ending !== null && !calm(lane.ending) ? ' lane-bad' : '')}, width < 560 ? '' : label));
    }));
}

function spentSentence(data, lanes) {
  const spent = data.status && data.status.spent;
  if (!spent || !spent.paid) return null;
  const cuts = lanes.filter((lane) => lane.interruption).length;
  return h('p.lead', null, h('b', null, span(spent.useful)), ' of useful work in ', h('b', null, span(spent.paid)), ' on machines, ',
    h('b', {class: spent.lost + spent.failed > 0 ? 'warn-text' : ''}, span(spent.lost + spent.failed), ' lost'), ` in ${many(cuts, 'interruption')} and ${many(lanes.filter((lane) => kFailures.includes(lane.ending)).length, 'failure')}`,
    data.price ? [', ', h('b', null, dollars(spent.paid / kHour * data.price))] : null, '.');
}

let outputWrapped = true;

const kOutputWindow = 256 * 1024;  // About what one answer holds.
// Of one attempt; `at`: from this byte on, else its end.
function outputAddress(id, attempt, at) {
  return `${jobAddress(id)}?attempt=${attempt}${at === undefined ? '' : '&at=' + at}`;
}

// What one attempt printed, a window of it at a time; the end of it grows while the job runs.
function outputPanel(data, lanes, params) {
  const shown = data.output;
  const asked = Number(params.get('attempt')) || 0;
  const attempt = shown ? shown.attempt : asked;
  const lane = lanes.find((one) => one.attempt === attempt);
  const at = (offset) => outputAddress(data.job_id, attempt, offset);
  const step = (label, there, offset) => there ? h('a.button.plain', {href: at(offset)}, label) : h('span.button.plain', {'aria-disabled': 'true'}, label);
  const live = shown && shown.to === shown.end;
  const note = lane && [lane.worker && [' on ', h('bdi', null, oneLine(lane.worker, 60))], lane.ending === null ? ', running' : `, ${laneEnding(lane)}`];
  const tools = [
    !report && lanes.length > 1 && h('label', null, h('span.hidden', null, 'Attempt'), h('select', {value: String(attempt), onchange: (event) => { location.hash = outputAddress(data.job_id, event.target.value); }},
      !lane && h('option', {value: String(attempt), selected: true}, attempt ? `Attempt ${attempt}` : 'Choose an attempt'),
      [...lanes].reverse().map((one) => h('option', {value: String(one.attempt), selected: one.attempt === attempt}, `Attempt ${one.attempt}, ${laneEnding(one)}`)))),
    shown && h('label.switch', null, h('input', {type: 'checkbox', checked: outputWrapped, onchange: (event) => { outputWrapped = event.target.checked; redraw(); }}), 'Wrap lines'),
    shown && !report && h('button.plain', {type: 'button', onclick: () => download(`job=${encodeURIComponent(data.job_id)}&attempt=${attempt}`).catch((failure) => toast(h('p.warn-text', null, failure.message)))}, 'Download all')];
  return panel('Output', {id: 'output', note: attempt ? [`of attempt ${attempt}`, note, report && shown && !shown.whole && '; its end, holdfast logs shows all of it'] : null, tools},
    shown ? h('pre.output', {key: `${attempt}-${live ? 'end' : shown.from}`, class: outputWrapped ? 'wrapped' : '', tabindex: '0', 'aria-label': `What attempt ${attempt} printed`, 'data-follow': live,
      onscroll: (event) => { const box = event.target; box.above = box.scrollTop + box.clientHeight < box.scrollHeight - 8; }}, clean(shown.text) || h('span.soft', null, 'It printed nothing.'))
      : asked ? empty(`Nothing is stored of what attempt ${asked} printed`, 'It printed nothing, or it is one of many and its output was removed: that of the newest 20 attempts is kept.')
        : empty('No output is stored yet', 'What a job prints is stored with its checkpoints and when it ends.'),
    shown && !shown.whole && !report && h('nav.pages', {'aria-label': 'Parts of the output'},
      h('span.soft', null, `${bytes(shown.from)} to ${bytes(shown.to)} of ${bytes(shown.end)}`),
      h('span.tools', null, step('Beginning', shown.from > 0, 0), step('← Earlier', shown.from > 0, Math.max(0, shown.from - kOutputWindow)),
        step('Later →', !live, shown.to), step('End', !live))));
}

// Somebody took it away for good: there is nothing to show, and nothing that a person could do.
function forgottenView(data) {
  const {by, when, worker} = data.status;
  return [
    h('div.job-head', null, h('div', null, h('a.back', {href: '#/jobs'}, '← All jobs'), h('h1.job-name', null, h('bdi', null, oneLine(data.job_id, 220))),
      h('p.job-facts', null, badge('forgotten'), h('span', null, 'by ', h('bdi', null, oneLine(by || 'somebody', 80))), when && h('span', null, 'on ', utc(Date.parse(when) / 1000))))),
    panel(null, null, empty('This job was forgotten', 'Nothing of it is kept, and its id stays taken: to run it again, submit it under a new id.',
      worker && [h('bdi', null, oneLine(worker, 80)), ' ran it, and has not said yet that it is gone.']))];
}

const jobPage = {
  title: 'Job',
  path: (params, id) => '/api/job?id=' + encodeURIComponent(id) + ['attempt', 'at'].map((name) => params.get(name) ? `&${name}=${encodeURIComponent(params.get(name))}` : '').join(''),
  view(feed, params, id) {
    const data = feed.data;
    if (!data) return feed.failure ? [troubles(feed), h('p', null, h('a', {href: '#/jobs'}, '← All jobs'))] : loading();
    const status = data.status || {};
    if (status.state === 'forgotten') return [troubles(feed), forgottenView(data)];
    const lanes = (data.lanes || []).filter((lane) => lane.claimed);
    const now = serverNow();
    const progress = lanes.flatMap((lane) => lane.checkpoints.map((one) => [one.shows || one.stored, one.progress]));
    if (status.progress && status.progress.fraction !== undefined && status.state === 'completed' && lanes.length) progress.push([lanes[lanes.length - 1].end, status.progress.fraction]);
    const ended = ['completed', 'dead', 'cancelled'].includes(status.state);
    const width = Math.max(300, Math.min(1180, (document.querySelector('main') || document.body).clientWidth - (innerWidth < 700 ? 60 : 96)));
    return [
      troubles(feed), (data.failures || []).map((failure) => notice('bad', oneLine(failure, 500))),
      h('div.job-head', null,
        h('div', null, h('a.back', {href: '#/jobs'}, '← All jobs'), h('h1.job-name', null, h('bdi', null, oneLine(data.job_id, 220))),
          h('p.job-facts', null, status.state && badge(status.state), status.reason && h('span', null, kDeadReasons[status.reason] || oneLine(status.reason, 80)),
            status.by && h('span', null, 'by ', h('bdi', null, oneLine(status.by, 80))),
            status.progress && status.progress.fraction !== undefined && meter(status.state === 'completed' ? 1 : status.progress.fraction),
            status.progress && status.progress.step !== undefined && h('span.soft', null, `step ${plain(status.progress.step)}`),
            status.progress && status.progress.status && h('span.soft', null, h('bdi', null, oneLine(status.progress.status, 120))),
            status.lag_seconds !== undefined && h('span.soft', null, `the work of the last ${span(status.lag_seconds)} is in no checkpoint`))),
        data.actions && !report && h('div.tools', null,
          !ended && h('button.danger', {type: 'button', onclick: () => confirmAction('cancel', [data.job_id], () => feed.ask())}, 'Cancel'),
          status.state === 'dead' && h('button.primary', {type: 'button', onclick: () => confirmAction('requeue', [data.job_id], () => feed.ask())}, 'Requeue'))),
      status.state === 'unclaimed' && panel(null, null, empty('No worker has taken this job yet', data.why ? h('bdi', null, oneLine(data.why, 2000)) : 'It waits in the queue, or no job of this id was submitted.')),
      status.state !== 'unclaimed' && data.why && h('p.why', null, h('bdi', null, oneLine(data.why, 2000))),
      spentSentence(data, lanes),
      lanes.length > 0 && panel('Attempts', {note: 'one lane each, on one axis of time'},
        h('div.strip-wrap', null, strip(lanes, now, width, progress)),
        h('ul.legend', null, [['useful', 'Stored work'], ['risk', 'Not stored yet'], ['lost', 'Lost to an interruption'], ['failed', 'Lost to a failure'], ['maybe', 'Machine vanished, unknown when'], ['restoring', 'Restoring'], ['storing', 'Storing']].map(([name, label]) =>
          h('li', null, h('span.dot', {class: 'fill-' + name}), label)), h('li', null, h('span.tick-mark'), 'Checkpoint')),
        data.records_missing > 0 && h('p.fine', null, `${many(data.records_missing, 'older record')} of its log are not shown.`),
        table(null, [
          {label: 'Attempt', wide: true, cell: (lane) => report ? `#${lane.attempt}` : h('a', {href: outputAddress(data.job_id, lane.attempt), title: 'What it printed', onclick: () => document.getElementById('output').scrollIntoView({block: 'nearest'})}, `#${lane.attempt}`)},
          {label: 'Worker', cell: (lane) => workerLink(lane.worker)},
          {label: 'Taken', cell: (lane) => clock(lane.claimed)},
          {label: 'Ended', cell: (lane) => lane.ending === null ? badge('running') : h('div.stacked', null, h('span', {class: calm(lane.ending) ? '' : 'warn-text'}, laneEnding(lane)), lane.detail && lane.detail !== lane.ending && h('div.soft.small', null, h('bdi', null, oneLine(lane.detail, 200))))},
          {label: 'On the machine', number: true, cell: (lane) => span((lane.ending === null ? now : lane.end) - lane.claimed)},
          {label: 'Checkpoints', number: true, cell: (lane) => plain(lane.checkpoints.length)},
          {label: 'Lost', number: true, cell: (lane) => lane.ending === null || !lane.spent.paid ? nothing() : h('span', {class: lane.spent.lost + lane.spent.failed >= 1 ? 'warn-text' : ''}, span(lane.spent.lost + lane.spent.failed))},
        ], [...lanes].reverse(), {key: (lane) => lane.attempt})),
      data.output !== undefined && outputPanel(data, lanes, params),
      status.state === 'completed' && panel('Results', {note: `${many(status.results_count, 'file')}, ${bytes(status.results_bytes)}`},
        status.results.length ? table(null, [
          {label: 'Name', wide: true, cell: (file) => file.kind === 'file' && !report ? h('button.link', {type: 'button', onclick: () => download(`job=${encodeURIComponent(data.job_id)}&name=${encodeURIComponent(file.name)}`).catch((failure) => toast(h('p.warn-text', null, failure.message)))}, h('bdi', null, oneLine(file.name, 200))) : h('bdi', null, oneLine(file.name, 200))},
          {label: 'Size', number: true, cell: (file) => file.kind === 'file' ? bytes(file.bytes) : oneLine(file.kind)},
          {label: 'SHA-256', cell: (file) => h('code', {title: file.sha256}, file.sha256.slice(0, 12))},
        ], status.results.slice(0, 200), {key: (file) => file.name}) : empty('It left no files', 'A job leaves results by writing into its output directory.'),
        status.results_count > Math.min(200, status.results.length) && h('p.fine', null, `${plain(status.results_count - Math.min(200, status.results.length))} more are in the store.`)),
      (status.checkpoints || []).length > 0 && panel('Checkpoints that are kept', null, table(null, [
        {label: 'Generation', number: true, cell: (one) => plain(one.generation)}, {label: 'Stored by attempt', number: true, cell: (one) => `#${one.attempt}`},
        {label: 'Size', number: true, cell: (one) => bytes(one.bytes)},
      ], status.checkpoints, {key: (one) => one.generation})),
      data.message && panel('The job as submitted', null, h('pre.output.wrapped', {tabindex: '0'}, clean(data.message)))];
  },
};
