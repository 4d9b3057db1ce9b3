// Dead letters: what was set aside for a person, why, and what can be done.

const letterDetails = new Map();  // By job: what its page says, once it was opened.

const deadPage = {
  title: 'Dead letters',
  path: () => '/api/dead',
  view(feed, params) {
    const data = feed.data;
    if (!data) return feed.failure ? troubles(feed) : loading();
    const warnings = troubles(feed, ['The store', data.index], ['The queue', data.letters_look]);
    // The queue holds the letters; where it cannot be read, the index still knows dead jobs.
    const letters = data.letters || (data.jobs || []).map((job) => ({name: job.job_id, job_id: job.job_id, reason: job.reason, error: '', worker: job.worker, attempts: job.attempt, when: job.changed}));
    if (!data.letters && !data.jobs) return [warnings, data.index.failure && data.letters_look.failure ? null : loading()];
    if (!letters.length) return [warnings, panel(null, null, empty('No job is dead', 'A job appears here when it fails too often or can never work. Nothing needs your attention now.'))];
    const reasons = {};
    for (const one of letters) reasons[one.reason] = (reasons[one.reason] || 0) + 1;
    const wanted = params.get('reason') || '';
    const shown = letters.filter((one) => !wanted || one.reason === wanted);
    const after = () => feed.ask();
    const names = shown.map((one) => one.name);
    return [warnings,
      !data.letters && data.letters_look.failure && notice('warn', 'The dead-letter queue cannot be read now. These are the jobs that are dead in the job index.'),
      h('div.filters', null, h('div.chips', {role: 'group', 'aria-label': 'Reasons'}, Object.entries(reasons).map(([reason, count]) =>
        h('button.chip', {type: 'button', 'aria-pressed': String(wanted === reason), onclick: () => { location.hash = wanted === reason ? '#/dead' : '#/dead?reason=' + encodeURIComponent(reason); }}, plainWord(reason || 'unknown'), h('b', null, plain(count))))),
      actionsAllowed() && h('div.fields', null, h('button.primary', {type: 'button', onclick: () => confirmAction('requeue', names, after)}, `Requeue ${shown.length === 1 ? 'it' : `all ${plain(shown.length)}`}`))),
      shown.map((one) => h('details.letter', {key: one.name, ontoggle: (event) => event.target.open && one.job_id && openLetter(one.job_id)},
        h('summary', null, badge('dead'), h('bdi.name', null, oneLine(one.name, 120)), h('span.reason', null, plainWord(one.reason || '')), h('span.letter-error', null, h('bdi', null, oneLine(one.error || kDeadReasons[one.reason] || '', 160))), h('span.soft', null, ago(one.when))),
        h('div.letter-body', null,
          h('dl.facts', null, h('dt', null, 'Why'), h('dd', null, h('bdi', null, oneLine(one.error, 600) || kDeadReasons[one.reason] || 'No reason is known.')),
            h('dt', null, 'Set aside by'), h('dd', null, one.worker ? workerLink(one.worker) : '–'), h('dt', null, 'Attempts'), h('dd', null, plain(one.attempts)), h('dt', null, 'When'), h('dd', null, clock(one.when))),
          one.job_id && lastLines(one.job_id),
          h('div.tools', null, one.job_id && h('a.button.plain', {href: jobAddress(one.job_id)}, 'Open job'),
            actionsAllowed() && one.job_id && h('button.primary', {type: 'button', onclick: () => confirmAction('requeue', [one.name], after)}, 'Requeue'),
            actionsAllowed() && h('button.danger', {type: 'button', onclick: () => confirmAction('drop', [one.name], after)}, 'Drop'))))),
      data.letters && !data.all && h('p.fine', null, `Only the first ${plain(letters.length)} letters are shown; holdfast dead list shows all.`),
      !actionsAllowed() && !report && h('p.fine', null, 'To requeue or drop from here, start with ', h('code', null, 'holdfast dashboard --allow-actions'), '; on a terminal: ', h('code', null, 'holdfast dead requeue NAME'), '.')];
  },
};

function openLetter(job) {
  if (letterDetails.has(job)) return;
  letterDetails.set(job, null);
  if (report) { letterDetails.set(job, fromReport('/api/job?id=' + encodeURIComponent(job))); redraw(); return; }
  request('/api/job?id=' + encodeURIComponent(job)).then((answer) => letterDetails.set(job, answer.body), (failure) => letterDetails.set(job, {failures: [failure.message]})).then(redraw);
}

function lastLines(job) {
  const details = letterDetails.get(job);
  if (details === undefined) return null;
  if (details === null) return loading();
  if (!details.output) return h('p.soft', null, (details.failures || [])[0] || 'No output of it is stored.');
  return h('pre.output.wrapped', {tabindex: '0', 'aria-label': 'The last lines that it printed'}, clean(details.output.text).split('\n').slice(-21).join('\n'));
}
