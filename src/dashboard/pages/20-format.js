// Numbers, times and foreign texts as people read them.

const kHour = 3600, kDay = 86400;

// What turns, hides or steers what follows it is written out; colours of terminals are left out.
function clean(text) {
  return String(text)
    .replace(/\u001b\[[0-9;:]*m/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
      (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

function oneLine(text, most = 300) {
  const line = clean(text).replace(/\s+/g, ' ').trim();
  return line.length > most ? line.slice(0, most) + '…' : line;
}

function plain(number) {
  return number === null || number === undefined ? '–' : Number(number).toLocaleString('en-US');
}

function percent(fraction, digits = 1) {
  if (fraction === null || fraction === undefined || !isFinite(fraction)) return '–';
  const value = fraction * 100;
  return (value >= 99.95 || value === 0 ? value.toFixed(0) : value.toFixed(digits)) + ' %';
}

function bytes(count) {
  if (count === null || count === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) { count /= 1024; unit += 1; }
  return (unit === 0 || count >= 100 ? count.toFixed(0) : count.toFixed(1)) + ' ' + units[unit];
}

// Two units at most: 45 s, 12 min 5 s, 3 h 20 min, 2 d 4 h.
function span(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return '–';
  const s = Math.max(0, Math.round(seconds));
  const two = (a, unit, b, smaller) => (b > 0 ? `${a} ${unit} ${b} ${smaller}` : `${a} ${unit}`);
  if (s < 60) return `${s} s`;
  if (s < kHour) return two(Math.floor(s / 60), 'min', s < 600 ? s % 60 : 0, 's');
  if (s < 2 * kDay) return two(Math.floor(s / kHour), 'h', Math.floor(s % kHour / 60), 'min');
  return two(Math.floor(s / kDay), 'd', Math.floor(s % kDay / kHour), 'h');
}

// For sums that are compared with each other.
function hours(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 60) return `${plain(Math.round(seconds))} s`;
  if (seconds < kHour) return `${(seconds / 60).toFixed(1)} min`;
  const value = seconds / kHour;
  return `${value.toLocaleString('en-US', {maximumFractionDigits: value < 100 ? 1 : 0})} h`;
}

// As dollars_text (src/core/cost.h): small sums with two digits that count.
function dollars(amount) {
  if (amount === null || amount === undefined) return '–';
  if (amount > 0 && amount < 0.0001) return '<$0.0001';
  const digits = amount > 0 && amount < 1 ? {minimumFractionDigits: 2, maximumFractionDigits: Math.max(3, 1 - Math.floor(Math.log10(amount)))} : {minimumFractionDigits: 2, maximumFractionDigits: 2};
  return '$' + amount.toLocaleString('en-US', digits);
}

function rate(perHour) {
  if (perHour >= 100) return plain(Math.round(perHour)) + ' / h';
  if (perHour >= 1) return perHour.toFixed(1) + ' / h';
  return (perHour * 24).toFixed(1) + ' / day';
}

// Seconds since 1970, or text as records have it.
function toSeconds(when) {
  if (typeof when === 'number') return when;
  const parsed = Date.parse(when);
  return isNaN(parsed) ? null : parsed / 1000;
}

// Stands for a missing value. A phone hides the field.
const nothing = () => h('span.soft.nothing', null, '–');

function utc(seconds) {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC');
}

// Local time, UTC on hover.
function clock(when, withSeconds = true) {
  const seconds = toSeconds(when);
  if (!seconds) return nothing();
  const date = new Date(seconds * 1000);
  const options = {hour: '2-digit', minute: '2-digit', hour12: false};
  if (withSeconds) options.second = '2-digit';
  if (Math.abs(serverNow() - seconds) > 20 * kHour) Object.assign(options, {day: 'numeric', month: 'short'});
  if (Math.abs(serverNow() - seconds) > 300 * kDay) options.year = 'numeric';
  return h('time', {datetime: date.toISOString(), title: utc(seconds)}, date.toLocaleString('en-GB', options));
}

function ago(when) {
  const seconds = toSeconds(when);
  if (!seconds) return nothing();
  const age = serverNow() - seconds;
  const text = age < 5 ? 'just now' : `${span(age < 60 ? age : age < kHour ? Math.floor(age / 60) * 60 : age)} ago`;
  return h('time', {datetime: new Date(seconds * 1000).toISOString(), title: utc(seconds)}, text);
}

function many(count, one, several) {
  return `${plain(count)} ${count === 1 ? one : several || one + 's'}`;
}

// kEndingWords and kDeadReasons stand before the scripts: the program's own words (cmake/embed.cmake).
const kEndings = {...kEndingWords, later: 'asked to be tried later', running: 'running'};
const endingText = (ending) => kEndings[ending] || oneLine(ending, 40);
const laneEnding = (lane) => endingText(lane.ending === null ? 'running' : lane.ending === 'interrupted' && !lane.interruption ? 'later' : lane.ending);
// A word as people write it, for where its meaning is too long.
const plainWord = (word) => oneLine(word.replaceAll('_', ' '), 40);
