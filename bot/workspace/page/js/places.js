// Where the page is: a channel, or the app's Home or Messages tab; kept in the address, with who it acts as.

/** "#U1/C1" or "#U1/app": two windows can act as two people. */
export function readAddress() {
  const [me = "", key = ""] = decodeURIComponent(window.location.hash.slice(1)).split("/");
  return { me, key };
}

export function writeAddress(me, key) {
  const hash = `#${encodeURIComponent(me)}/${encodeURIComponent(key)}`;
  if (window.location.hash !== hash) history.replaceState(null, "", hash);
}

const PREFIX = "practice-read/";

/** Up to which message (ts) a member has read a place; "" where nothing was ever read. */
export function readMark(me, key) {
  return sessionStorage.getItem(`${PREFIX}${me}/${key}`) ?? "";
}

export function setReadMark(me, key, ts) {
  if (ts > readMark(me, key)) sessionStorage.setItem(`${PREFIX}${me}/${key}`, ts);
}
