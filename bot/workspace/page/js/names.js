// Names of members and channels by id, and the acting member's time zone and time.

export class Names {
  constructor(session) {
    this.session = session;
  }

  get me() {
    return this.session.me;
  }

  get zone() {
    return this.person(this.me)?.tz ?? "UTC";
  }

  now() {
    return this.session.now();
  }

  person(id) {
    return this.session.members.find((member) => member.id === id) ?? null;
  }

  member(id) {
    const person = this.person(id);
    return person ? person.real_name || person.name : null;
  }

  group(id) {
    return this.session.groups.find((group) => group.id === id) ?? null;
  }

  channel(id) {
    return this.session.channels.find((channel) => channel.id === id)?.name ?? null;
  }

  people() {
    return this.session.members.map((member) => [member.id, this.member(member.id)]);
  }

  channels() {
    return this.session.channels.map((channel) => [channel.id, `#${channel.name}`]);
  }
}
