// Times as the acting member sees them. Slack's are Unix seconds; the zone is the member's, not the browser's.

const LOCALE = "en-GB";

function format(seconds, zone, options) {
  return new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options }).format(new Date(seconds * 1000));
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const clockTime = (seconds, zone) => format(seconds, zone, CLOCK);
export const fullTime = (seconds, zone) => format(seconds, zone, { dateStyle: "full", timeStyle: "short", hourCycle: "h23" });
export const longDay = (seconds, zone) => format(seconds, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const shortDay = (seconds, zone) => format(seconds, zone, { weekday: "short", day: "numeric", month: "short" });

/** "2026-11-23", in `zone`: equal for two moments of one day. */
export function dayKey(seconds, zone) {
  const p = parts(seconds, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** Slack's "Today", "Yesterday", "Tomorrow", or nothing. */
function nearDay(seconds, zone, now) {
  const key = dayKey(seconds, zone);
  const names = { Today: 0, Yesterday: -86400, Tomorrow: 86400 };
  return Object.keys(names).find((name) => dayKey(now + names[name], zone) === key) ?? null;
}

/** The heading between two days of messages. */
export function dayHeading(seconds, zone, now) {
  return nearDay(seconds, zone, now) ?? longDay(seconds, zone);
}

const DATE_TOKENS = {
  date_num: (s, zone) => dayKey(s, zone),
  date_slash: (s, zone) => format(s, zone, { day: "2-digit", month: "2-digit", year: "numeric" }),
  date: (s, zone) => format(s, zone, { day: "numeric", month: "long", year: "numeric" }),
  date_short: (s, zone) => format(s, zone, { day: "numeric", month: "short", year: "numeric" }),
  date_long: (s, zone) => longDay(s, zone),
  time: (s, zone) => clockTime(s, zone),
  time_secs: (s, zone) => format(s, zone, { ...CLOCK, second: "2-digit" }),
  ago: (s, zone, now) => ago(s - now),
};

/** A `<!date^…>` format filled in; the fallback where the format holds nothing we know. Source: docs.slack.dev, "Date formatting". */
export function slackDate({ seconds, format: pattern, fallback }, zone, now) {
  if (!Number.isFinite(seconds)) return fallback;
  let known = false;
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    const pretty = name.endsWith("_pretty");
    const draw = DATE_TOKENS[pretty ? name.slice(0, -"_pretty".length) : name];
    if (!draw) return whole;
    known = true;
    return (pretty && nearDay(seconds, zone, now)?.toLowerCase()) || draw(seconds, zone, now);
  });
  return known ? text.replace(/^[a-z]/, (first) => first.toUpperCase()) : fallback;
}

function ago(seconds) {
  const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? steps[3];
  return relative.format(Math.round(seconds / size), unit);
}

function parts(seconds, zone) {
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", ...CLOCK, second: "2-digit" };
  const found = new Intl.DateTimeFormat(LOCALE, options).formatToParts(new Date(seconds * 1000));
  return Object.fromEntries(found.map((part) => [part.type, part.value]));
}

/** The value of an <input type=datetime-local> that shows this moment in `zone`. */
export function toLocalInput(seconds, zone) {
  const p = parts(seconds, zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/** The moment that a datetime-local value means in `zone`; null for an empty one. */
export function fromLocalInput(value, zone) {
  if (!value) return null;
  const wanted = Date.parse(`${value}Z`) / 1000;
  let guess = wanted;
  // Twice, because the first correction may cross a change of the zone's offset.
  for (let round = 0; round < 2; round += 1) guess += wanted - Date.parse(`${toLocalInput(guess, zone)}Z`) / 1000;
  return guess;
}

/** Seconds from `now` to the next 09:00 in `zone`, at least one minute ahead. */
export function untilMorning(now, zone) {
  const today = fromLocalInput(`${toLocalInput(now, zone).slice(0, 10)}T09:00`, zone);
  if (today - now >= 60) return today - now;
  return fromLocalInput(`${toLocalInput(now + 86400, zone).slice(0, 10)}T09:00`, zone) - now;
}
