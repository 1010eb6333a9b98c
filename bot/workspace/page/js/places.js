// The page's place (a channel, or the app) and acting member, kept in its address.

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

/** The last message (ts) that a member has read in a place; "" if none. */
export function readMark(me, key) {
  return sessionStorage.getItem(`${PREFIX}${me}/${key}`) ?? "";
}

export function setReadMark(me, key, ts) {
  if (ts > readMark(me, key)) sessionStorage.setItem(`${PREFIX}${me}/${key}`, ts);
}
