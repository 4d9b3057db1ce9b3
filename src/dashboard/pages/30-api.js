// Where data comes from: the dashboard's server with its token, or the report that this page is in.

const report = (() => {
  const block = document.getElementById('report');
  return block ? JSON.parse(block.textContent) : null;
})();

let clockOffset = 0;  // Of the server's clock to this one's, in seconds.
const serverNow = () => (report ? report.now : Date.now() / 1000 + clockOffset);

const tokenName = 'holdfast-token';
let token = '';
try { token = localStorage.getItem(tokenName) || ''; } catch { /* Then it lives as long as this page. */ }

// The address that was printed at the start carries the token behind '#', which no server is sent.
function takeToken() {
  const found = location.hash.match(/^#token=([0-9a-f]{8,})$/);
  if (!found) return;
  keepToken(found[1]);
  history.replaceState(null, '', location.pathname + '#/');
}
function keepToken(text) {
  token = text;
  try { localStorage.setItem(tokenName, text); } catch { /* As above. */ }
}

class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {...options, headers: {...options.headers, Authorization: 'Bearer ' + token},
      cache: 'no-store', redirect: 'error'});
  } catch {
    throw new Refused(0, 'The dashboard program does not answer. Is holdfast dashboard still running?');
  }
  if (answer.status === 304) return null;
  let body = null;
  try { body = await answer.json(); } catch { /* No JSON: the status says enough. */ }
  if (!answer.ok) throw new Refused(answer.status, (body && body.error) || `The dashboard answered ${answer.status}.`);
  return {body, tag: answer.headers.get('ETag')};
}

function act(action, jobs) {
  return request('/api/do/' + action, {method: 'POST', body: JSON.stringify({jobs}),
    headers: {'Content-Type': 'application/json'}}).then((answer) => answer.body.outcomes);
}

// A result by its name, or the output of an attempt.
async function download(what) {
  const {body} = await request('/api/link?' + what);
  const link = h('a', {href: body.url, download: ''});
  document.body.append(link);
  link.click();
  link.remove();
}

// A report holds some thousand jobs; its page sorts and filters them itself.
function fromReport(path) {
  const [name, query] = path.split('?');
  if (name === '/api/job') {
    const id = new URLSearchParams(query).get('id');
    return report.jobs_shown[id] || {job_id: id, now: report.now, lanes: null, failures: ['This report does not hold the details of this job.']};
  }
  if (name !== '/api/jobs') return report.pages[name.slice(5)];
  const asked = new URLSearchParams(query);
  const states = (asked.get('state') || '').split(',').filter(Boolean);
  const has = (value, part) => !part || value === part;
  const jobs = report.pages.jobs.jobs.filter((job) => (!states.length || states.includes(job.state)) &&
    has(job.reason, asked.get('reason')) && has(job.worker, asked.get('worker')) &&
    job.job_id.includes(asked.get('match') || ''));
  const sort = asked.get('sort') || '-changed';
  const field = {job: 'job_id', lag: 'lag_seconds', ran: 'ran_seconds'}[sort.replace('-', '')] || sort.replace('-', '');
  jobs.sort((a, b) => {
    const [x, y] = [a[field], b[field]];
    if (x === null || y === null) return (x === null) - (y === null);
    return (x < y ? -1 : x > y ? 1 : 0) * (sort.startsWith('-') ? -1 : 1);
  });
  const first = Number(asked.get('first') || 0);
  return {...report.pages.jobs, matching: jobs.length, first, jobs: jobs.slice(first, first + Number(asked.get('count') || 50))};
}

// Asks for `path` again and again and tells of each change; says when nothing could be learnt.
class Feed {
  constructor(path, tell) {
    Object.assign(this, {path, tell, tag: null, data: null, failure: null, over: false, timer: 0, failing: 0});
    if (report) {
      this.data = fromReport(path);
      queueMicrotask(() => !this.over && tell());
    } else this.ask();
  }
  async ask() {
    clearTimeout(this.timer);
    const round = this.round = {};
    try {
      const answer = await request(this.path, this.tag ? {headers: {'If-None-Match': this.tag}} : {});
      if (this.over || round !== this.round) return;
      this.failure = null;
      this.failing = 0;
      if (answer) {
        this.data = answer.body;
        this.tag = answer.tag;
        if (answer.body.now) clockOffset = answer.body.now - Date.now() / 1000;
      }
    } catch (failure) {
      if (this.over || round !== this.round) return;
      this.failure = failure;
      this.failing += 1;
    }
    this.tell();
    // What was never seen yet is about to come.
    const young = this.data && this.data.index && !this.data.index.seen;
    const wait = this.failing ? Math.min(1000 * this.failing, 5000) : young ? 300 : document.hidden ? 10000 : 2000;
    this.timer = setTimeout(() => this.ask(), wait);
  }
  end() {
    this.over = true;
    clearTimeout(this.timer);
  }
}
