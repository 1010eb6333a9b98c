// The acting member's state, fetched again at each change, and the notices that only this page has.

import { ApiTrouble, api, listen } from "./api.js";
import { toast } from "./drawing/toast.js";

const LINE_LOST_MS = 3000;

export class Session {
  constructor(changed) {
    Object.assign(this, { changed, me: "", state: null, notices: [], lead: 0, loss: null, listening: false, asking: false, again: false });
  }

  get members() {
    return this.state?.members ?? [];
  }

  get groups() {
    return this.state?.groups ?? [];
  }

  get channels() {
    return this.state?.channels ?? [];
  }

  /** The workspace's time, in Unix seconds: the server's clock plus what has passed here since it told. */
  now() {
    return Date.now() / 1000 + this.lead;
  }

  /** Become `me`; the first member where that one is unknown. */
  async become(me) {
    this.me = me;
    await this.refresh();
    if (this.listening) return;
    this.listening = true;
    listen(() => this.refresh(), (lost) => this.lineLost(lost));
  }

  /** Fetch the state; calls that come meanwhile are one more fetch, so that the last change is never missed. */
  async refresh() {
    if (this.asking) return void (this.again = true);
    this.asking = true;
    try {
      do {
        this.again = false;
        const asked = this.me;
        const state = await api.state(asked);
        if (asked === this.me) this.take(state);
      } while (this.again);
    } catch (trouble) {
      this.report(trouble);
    } finally {
      this.asking = false;
    }
  }

  take(state) {
    this.state = state;
    this.me = state.me;
    this.lead = state.now - Date.now() / 1000;
    state.members.forEach((member, index) => (member.hue = index % 6));
    this.changed();
  }

  /** A notice in a channel that only this member sees, as Slack shows a command that failed. */
  notice(channel, text) {
    this.notices.push({ me: this.me, channel, ts: this.now().toFixed(6), text, isApp: true, author: "Slackbot", ephemeral: true, trouble: true });
    this.changed();
  }

  report(trouble) {
    if (!(trouble instanceof ApiTrouble)) throw trouble;
    toast(trouble.message);
  }

  /** Run a call; an error is shown as a toast, and the answer is then null. */
  async attempt(promise) {
    try {
      return await promise;
    } catch (trouble) {
      this.report(trouble);
      return null;
    }
  }

  lineLost(lost) {
    if (lost) this.loss ??= setTimeout(() => toast("The practice workspace does not answer. The page reconnects when it is back."), LINE_LOST_MS);
    if (lost) return;
    clearTimeout(this.loss);
    this.loss = null;
    this.refresh(); // changes before the connection was open were missed
  }
}
