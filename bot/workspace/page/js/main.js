// The page: one session, the panes that show it, and the actions in them.

import { Actions } from "./actions.js";
import { showChannels } from "./panes/channels.js";
import { startClock } from "./panes/clock.js";
import { Composer } from "./panes/composer.js";
import { byId } from "./drawing/dom.js";
import { draggedFiles, guardPage, marksDrop } from "./drawing/drag.js";
import { hidesConversation, startDrawer } from "./panes/drawer.js";
import { Log } from "./panes/log.js";
import { Modal } from "./panes/modal.js";
import { Names } from "./names.js";
import { showPeople } from "./panes/people.js";
import { readAddress, readMark, setReadMark, writeAddress } from "./places.js";
import { Session } from "./session.js";
import { Surface, rememberFocus } from "./block_kit/surface.js";
import { Tips } from "./panes/tips.js";
import { showTray } from "./panes/tray.js";
import { drawHome, fillBody, showAppHead, showChannelHead } from "./panes/view.js";

const APP = "app";
const CALLS = new Set(["channel", "here", "everyone"]);

class Page {
  constructor() {
    this.session = new Session(() => this.show());
    this.names = new Names(this.session);
    this.actions = new Actions(this.session);
    this.samples = { list: [], file: (sample) => this.actions.sampleFile(sample) };
    this.tips = new Tips(() => this.show());
    this.log = new Log(this.names, (message) => this.messageSurface(message));
    this.modal = new Modal(this.names, this.samples, this.actions.forModal());
    this.key = "";
    this.tab = "home";
    this.opened = "";
    this.readBefore = null;
  }

  async start() {
    guardPage();
    this.closeChannels = startDrawer(byId("channels-toggle"), byId("channels"));
    this.closeSide = startDrawer(byId("side-toggle"), byId("side"));
    const { me, key } = readAddress();
    this.key = key;
    await this.session.become(me);
    if (!this.session.state) return;
    this.composer = new Composer({ send: (text) => this.actions.send(this.place(), text), share: (files) => this.actions.share(this.place(), files), commands: () => this.session.state.commands });
    this.tick = startClock(this.names, (seconds) => this.actions.advance(seconds));
    this.samples.list = this.session.state.samples;
    showTray(this.samples.list, (sample) => this.shareSample(sample));
    marksDrop(byId("main"), async (transfer) => this.actions.share(this.place(), await draggedFiles(transfer, this.samples)));
    byId("tips-show").addEventListener("click", () => this.tips.set(!this.tips.dismissed));
    this.show();
    byId("composer").querySelector("textarea").focus();
  }

  async shareSample(sample) {
    if (hidesConversation()) this.closeSide();
    await this.actions.share(this.place(), [await this.samples.file(sample)]);
  }

  go(key) {
    this.closeChannels();
    this.key = key;
    this.show();
    if (this.home()) this.actions.openHome();
  }

  actAs(me) {
    this.opened = "";
    this.session.become(me).then(() => this.home() && this.actions.openHome());
  }

  /** Whether the app's Home tab is shown. */
  home() {
    return this.key === APP && this.tab === "home";
  }

  /** The current conversation: the open channel, or the app's direct messages. */
  place() {
    return this.key === APP ? this.session.state.im : this.key;
  }

  show() {
    const { state, me } = this.session;
    if (!state || !this.composer) return;
    if (this.key !== APP && !this.names.channel(this.key)) this.key = state.channels[0]?.id ?? APP;
    writeAddress(me, this.key);
    document.title = `${this.label()} · Practice workspace`;
    showPeople(state.members, me, (id) => this.actAs(id));
    this.showMain(state);
    showChannels(this.places(state), state.links ?? [], this.key, (key) => this.go(key));
    this.modal.show(state.views, state.app.name);
    this.tick();
  }

  label() {
    return this.key === APP ? this.session.state.app.name : `#${this.names.channel(this.key)}`;
  }

  showMain(state) {
    const channel = state.channels.find((one) => one.id === this.key);
    if (channel) showChannelHead(channel);
    else showAppHead(state.app.name, this.tab, (tab) => ((this.tab = tab), this.go(APP)));
    byId("composer").hidden = this.home();
    byId("drop-words").textContent = `Drop to share in ${this.label()}`;
    if (this.home()) return this.showHome(state);
    this.composer.aim(`${this.session.me}/${this.place()}`, this.label());
    this.showLog();
  }

  showLog() {
    const at = `${this.session.me}/${this.place()}/${this.key}`;
    const opening = this.opened !== at;
    if (opening) this.readBefore = readMark(this.session.me, this.place()) || null;
    this.opened = at;
    const messages = this.messages(this.place());
    const tips = this.key === APP ? null : (this.tipsNode = this.tips.dismissed ? null : this.tipsNode ?? this.tips.draw());
    fillBody(tips, this.log.list);
    this.log.show(this.label(), messages, this.readBefore, opening);
    setReadMark(this.session.me, this.place(), messages.at(-1)?.ts ?? "0");
  }

  showHome(state) {
    this.opened = "";
    const shape = JSON.stringify([state.home, this.session.me]);
    if (this.homeShape !== shape) {
      const refocus = rememberFocus(byId("main-body"));
      this.homeNode = drawHome(state.home, this.homeSurface(state.home));
      this.homeShape = shape;
      fillBody(this.homeNode);
      refocus();
    } else fillBody(this.homeNode);
  }

  /** The messages of a conversation: the server's and this page's own notices, by time. */
  messages(place) {
    const { state, me, notices } = this.session;
    const own = notices.filter((one) => one.me === me && one.channel === place);
    return [...(state.messages[place] ?? []), ...own].sort((one, other) => Number(one.ts) - Number(other.ts));
  }

  places(state) {
    const channels = state.channels.map((channel) => ({ key: channel.id, name: channel.name, kind: "channel", ...this.unread(channel.id) }));
    return [...channels, { key: APP, name: state.app.name, kind: "app", ...this.unread(state.im) }];
  }

  unread(place) {
    const mark = readMark(this.session.me, place);
    const fresh = this.messages(place).filter((one) => one.ts > mark && one.user !== this.session.me);
    return { unread: fresh.length > 0, mentioned: fresh.some((one) => one.ephemeral || one.mentions?.some((who) => CALLS.has(who) || who === this.session.me || this.names.group(who)?.members.includes(this.session.me))) };
  }

  messageSurface(message) {
    return new Surface({ names: this.names, samples: this.samples, values: structuredClone(message.state?.values ?? {}), ...this.actions.forMessage(this.place(), message) });
  }

  homeSurface(view) {
    return new Surface({ names: this.names, samples: this.samples, values: structuredClone(view?.state?.values ?? {}), ...this.actions.forView(view) });
  }
}

new Page().start();
