// Money: what became of the machine time that was paid for.

const moneyPage = {
  title: 'Money',
  path: () => '/api/money',
  view(feed) {
    const data = feed.data;
    if (!data) return feed.failure ? troubles(feed) : loading();
    const warnings = troubles(feed, ['The store', data.index], ['Jobs’ logs', data.history]);
    const spent = data.spent;
    if (!spent) return [warnings, data.index.failure ? null : loading()];
    if (!spent.paid) return [warnings, panel(null, null, empty('Nothing to add up yet', 'Once attempts have stored or ended something, this page shows what their time was used for.'))];
    const cost = (seconds) => data.price ? dollars(seconds / kHour * data.price) : null;
    const both = (seconds) => [hours(seconds), data.price && h('span.soft', null, ' ' + cost(seconds))];
    const lost = spent.lost + spent.failed;
    const parts = spentParts(spent).map((part) => ({...part, more: ` ${hours(part.value)}${data.price ? ', ' + cost(part.value) : ''}`}));
    const all = data.jobs_read >= data.jobs ? `from the logs of all ${plain(data.jobs)} jobs` : `from the logs of the ${plain(data.jobs_read)} jobs that changed last, of ${plain(data.jobs)}`;
    return [warnings,
      h('div.cards', null,
        data.price ? card('Spent', cost(spent.paid), null, `${hours(spent.paid)} that jobs held machines`, `at ${dollars(data.price)} an hour and job`)
          : card('Machine time', hours(spent.paid), null, 'that jobs held machines', [h('code', null, '--price 0.18'), ' shows dollars']),
        card('Goodput', percent(goodput(spent)), null, 'of it is work that a checkpoint or a result holds'),
        data.price && spent.useful ? card('A useful hour costs', dollars(data.price * spent.paid / spent.useful), null, `the price of an hour is ${dollars(data.price)}`) : null,
        card('Lost', data.price ? cost(lost) : hours(lost), {class: lost > 0.1 * spent.paid ? 'bad' : ''}, `${hours(spent.lost)} to interruptions`, `${hours(spent.failed)} to failures of jobs`)),
      panel('Where machine time went', {note: `of all ${plain(data.jobs)} jobs; the parts add up to what was paid`}, shares(parts, {all: true}),
        h('p.fine', null, 'When a machine vanishes, nothing records the moment, so its lost work is estimated; on average the estimate is right. Work of running jobs counts up to their newest checkpoints. Time without a job is not in the logs of jobs and is not shown.')),
      data.endings ? panel('By how attempts ended', {class: 'flush', note: all}, table(null, [
        {label: 'Ending', wide: true, cell: (row) => h('span', {class: row.name === 'running' || calm(row.name) ? '' : 'warn-text'}, endingText(row.name))},
        {label: 'Attempts', number: true, cell: (row) => plain(row.attempts)},
        {label: 'Machine time', number: true, cell: (row) => both(row.spent.paid)},
        {label: 'Useful', number: true, cell: (row) => both(row.spent.useful)},
        {label: 'Lost', number: true, cell: (row) => both(row.spent.lost + row.spent.failed)},
        {label: 'Other', number: true, cell: (row) => both(row.spent.restoring + row.spent.frozen + row.spent.storing)},
      ], Object.entries(data.endings).map(([name, row]) => ({name, ...row})).sort((a, b) => b.spent.paid - a.spent.paid), {key: (row) => row.name})) : null,
      panel('Jobs that took the most', {class: 'flush', tools: h('a', {href: '#/jobs?sort=-cost'}, 'All jobs by machine time →')}, table(null, [
        {label: 'Job', wide: true, cell: (row) => jobLink(row.job_id)}, {label: 'State', cell: (row) => badge(row.state)},
        {label: 'Attempts', number: true, cell: (row) => plain(row.attempt)}, {label: 'Machine time', number: true, cell: (row) => both(row.spent.paid)},
        {label: 'Useful', number: true, cell: (row) => percent(goodput(row.spent))}, {label: 'Lost', number: true, cell: (row) => hours(row.spent.lost + row.spent.failed)},
      ], data.dearest, {key: (row) => row.job_id})),
      h('p.fine', null, 'What another interval, fleet size or price would cost: ', h('code', null, 'holdfast simulate --from-history'), '.')];
  },
};
