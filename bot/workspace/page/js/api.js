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

/** Hear of changes: call `changed()` for each one, and `lost(isLost)` when the stream breaks or is there (again). */
export function listen(changed, lost) {
  const told = { open: () => lost(false), lost: () => lost(true), changed };
  if (typeof SharedWorker === "undefined") return listenAlone(told);
  const { port } = new SharedWorker(new URL("stream_worker.js", import.meta.url), { name: "stream" });
  port.addEventListener("message", ({ data }) => told[data]());
  port.start();
  window.addEventListener("pagehide", ({ persisted }) => persisted || port.postMessage("leaving"));
}

/** A stream for this tab alone, in browsers without shared workers (Chrome on Android). */
function listenAlone(told) {
  const source = new EventSource(`${BASE}events`);
  source.addEventListener("open", told.open);
  source.addEventListener("error", told.lost);
  source.addEventListener("message", told.changed);
}
