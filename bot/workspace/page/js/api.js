// The client API of the practice workspace's server (server/page_api.py), and nothing else of it anywhere.

const BASE = "client/";

export class ApiTrouble extends Error {}

async function call(path, options) {
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch {
    throw new ApiTrouble("The practice workspace does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiTrouble(answer.error ?? `The practice workspace answered with status ${response.status}.`);
  return answer;
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

function form(fields, files) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, file] of files) data.append(name, file, file.name);
  return data;
}

export const api = {
  /** Everything the member `as` can see. */
  state: (as) => call(`state?as=${encodeURIComponent(as)}`),

  say: (as, channel, text) => post("message", { as, channel, text }),
  command: (as, channel, text) => post("command", { as, channel, text }),
  share: (as, channel, files) => call("files", { method: "POST", body: form({ as, channel }, files.map((file) => ["file", file])) }),
  act: (as, body) => post("action", { as, ...body }),
  suggest: (as, body) => post("suggestions", { as, ...body }),
  close: (as, view) => post("close", { as, view }),
  home: (as) => post("home", { as }),
  deleteFile: (as, file) => post("delete", { as, file }),
  advance: (seconds) => post("clock", { seconds }),

  /** `files` is a list of [name of the form field, File]; `values` is Slack's view.state.values without them. */
  submit: (as, view, values, files) => call("submit", { method: "POST", body: form({ as, view, values: JSON.stringify(values) }, files) }),
};

/** Hear of changes; `heard(event)` gets each one, `lost(isLost)` whether the line is down. Returns how to stop. */
export function listen(as, heard, lost) {
  const source = new EventSource(`${BASE}events?as=${encodeURIComponent(as)}`);
  source.addEventListener("open", () => lost(false));
  source.addEventListener("error", () => lost(true));
  source.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  return () => source.close();
}
