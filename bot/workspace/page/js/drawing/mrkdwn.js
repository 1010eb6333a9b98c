// A parser of Slack's mrkdwn into a tree of plain nodes, without DOM; draw.js draws the tree.
// Source: docs.slack.dev "Formatting message text".

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const STYLES = { "*": "bold", "_": "italic", "~": "strike" };
const BARE_URL = /^https?:\/\/[^\s<>|*_~`]+[^\s<>|*_~`.,;:!?)\]}'"]/;

/** Slack escapes these three and no other. */
export function unescape(text) {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

/** The nodes of a mrkdwn text: blocks (pre, quote) and inline nodes, in order. */
export function parse(text, { verbatim = false } = {}) {
  const nodes = [];
  const fence = /```\n?([\s\S]+?)```\n?/g;
  let at = 0;
  for (const match of text.matchAll(fence)) {
    nodes.push(...lines(text.slice(at, match.index), verbatim));
    nodes.push({ type: "pre", children: raw(match[1].replace(/\n$/, "")) });
    at = match.index + match[0].length;
  }
  nodes.push(...lines(text.slice(at), verbatim));
  return nodes;
}

function lines(text, verbatim) {
  const nodes = [];
  const quote = /(?:^(?:&gt;|>) ?.*(?:\n|$))+/gm;
  let at = 0;
  for (const match of text.matchAll(quote)) {
    if (match[0] === "") continue;
    nodes.push(...inline(text.slice(at, match.index), verbatim));
    const inner = match[0].replace(/\n$/, "").replace(/^(?:&gt;|>) ?/gm, "");
    nodes.push({ type: "quote", children: inline(inner, verbatim) });
    at = match.index + match[0].length;
  }
  nodes.push(...inline(text.slice(at), verbatim));
  return nodes;
}

/** Code keeps every character but still unescapes, and still honours <…>, as Slack does. */
function raw(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(/<([^<>\n]+)>/g)) {
    pushText(nodes, text.slice(at, match.index));
    nodes.push(token(match[1]));
    at = match.index + match[0].length;
  }
  pushText(nodes, text.slice(at));
  return nodes;
}

function pushText(nodes, text) {
  if (text === "") return;
  const last = nodes[nodes.length - 1];
  if (last && last.type === "text") last.text += unescape(text);
  else nodes.push({ type: "text", text: unescape(text) });
}

function inline(text, verbatim) {
  const nodes = [];
  let at = 0;
  while (at < text.length) {
    const found = at === 0 || !isWord(text[at - 1]) || !isWord(text[at]) ? special(text, at, verbatim) : null;
    if (found) {
      nodes.push(found.node);
      at += found.length;
    } else {
      pushText(nodes, text[at]);
      at += 1;
    }
  }
  return joined(nodes);
}

/** Entities are cut apart when read by the character; unescape once neighbours stand together. */
function joined(nodes) {
  return nodes.map((node) => (node.type === "text" ? { type: "text", text: unescape(node.text) } : node));
}

function special(text, at, verbatim) {
  const here = text[at];
  if (here === "<") return angle(text, at);
  if (here === "`") return code(text, at);
  if (here === "\n") return { node: { type: "break" }, length: 1 };
  if (here === ":") return emoji(text, at);
  if (here in STYLES) return styled(text, at, verbatim);
  if (here === "h" && !verbatim) return bare(text, at);
  return null;
}

function angle(text, at) {
  const match = /^<([^<>\n]+)>/.exec(text.slice(at));
  return match && { node: token(match[1]), length: match[0].length };
}

function code(text, at) {
  const match = /^`([^`\n]+)`/.exec(text.slice(at));
  return match && { node: { type: "code", children: raw(match[1]) }, length: match[0].length };
}

function emoji(text, at) {
  const match = /^:([a-z0-9_+'-]+):/.exec(text.slice(at));
  return match && { node: { type: "emoji", name: match[1] }, length: match[0].length };
}

function bare(text, at) {
  const match = BARE_URL.exec(text.slice(at));
  if (!match) return null;
  const url = unescape(match[0]);
  return { node: { type: "link", url, label: url }, length: match[0].length };
}

/** *bold* needs an edge on its outside and no space on its inside, and ends on the same line. */
function styled(text, at, verbatim) {
  const mark = text[at];
  if (at > 0 && isWord(text[at - 1])) return null;
  if (!text[at + 1] || /[\s]/.test(text[at + 1]) || text[at + 1] === mark) return null;
  for (let end = at + 2; end < text.length && text[end] !== "\n"; end += 1) {
    if (text[end] !== mark || /\s/.test(text[end - 1]) || isWord(text[end + 1] ?? " ")) continue;
    const children = inline(text.slice(at + 1, end), verbatim);
    return { node: { type: STYLES[mark], children }, length: end + 1 - at };
  }
  return null;
}

function isWord(character) {
  return /[\p{L}\p{N}]/u.test(character);
}

/** What stands between < and >: a mention, a channel, a date or a link. */
function token(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : unescape(inside.slice(bar + 1));
  if (target.startsWith("@")) return { type: "member", id: target.slice(1), label };
  if (target.startsWith("#")) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!subteam^")) return { type: "group", id: target.slice("!subteam^".length), label };
  if (target.startsWith("!")) return { type: "broadcast", range: target.slice(1) };
  return { type: "link", url: unescape(target), label: label ?? unescape(target).replace(/^mailto:/, "") };
}

function date(target, label) {
  const [, seconds, format = "{date}", url = null] = target.split("^");
  return { type: "date", seconds: Number(seconds), format, url, fallback: label ?? "" };
}
