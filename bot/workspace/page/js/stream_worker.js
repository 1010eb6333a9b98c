// A shared worker: one event stream for all tabs. A browser opens only six connections to a host over HTTP/1.1, and each
// stream holds one of them, so with a stream a tab the sixth tab would wait forever.

const tabs = new Set();
let source = null;
let line = null; // what the stream said last of itself: "open", "lost" or nothing yet

function tell(news) {
  for (const tab of tabs) tab.postMessage(news);
}

function setLine(state) {
  line = state;
  tell(state);
}

function open() {
  source = new EventSource(new URL("../client/events", self.location.href));
  source.addEventListener("open", () => setLine("open"));
  source.addEventListener("error", () => setLine("lost"));
  source.addEventListener("message", () => tell("changed"));
}

self.addEventListener("connect", ({ ports: [tab] }) => {
  tabs.add(tab);
  tab.addEventListener("message", ({ data }) => data === "leaving" && tabs.delete(tab));
  tab.start();
  if (line) tab.postMessage(line);
  if (!source) open();
});
