/** A safeguard taken out, to see that the tests would notice: a text of a file of lib, and what stands there instead. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What a seed must say of it, beside what notices first. */
  readonly invariant?: string;
}

const controller = "lib/callbacks/controller";

/** Each `find` is once in its file: test/simulation/callbacks.test.ts. `npm run simulate:mutations` runs them all. */
export const mutations: readonly Mutation[] = [
  {
    name: "record fencing",
    file: `${controller}/index.ts`,
    find: "const written = await state.write(recordKey(record.pbx, record.id), record, expect, expires);",
    replace:
      "const there = await state.read(recordKey(record.pbx, record.id)); const written = await state.write(recordKey(record.pbx, record.id), record, there === undefined ? { absent: true } : { version: there.version }, expires);",
  },
  {
    name: "a random ledger key",
    file: `${controller}/visit.ts`,
    find: "key: dial?.key,",
    replace: 'key: (dial?.key ?? "") + desk.newId(),',
  },
  {
    name: "n grown although nothing was sent",
    file: `${controller}/decide.ts`,
    find: "return wait({});",
    replace: "return wait({ n: record.n + 1 });",
  },
  {
    name: "n not grown",
    file: `${controller}/decide.ts`,
    find: "n: ringing.n + 1,",
    replace: "n: ringing.n,",
  },
  {
    name: "the record before its entry",
    file: `${controller}/index.ts`,
    find: "if (isOpen) await ensure(record);",
    replace: "",
  },
  {
    name: "a stale entry dropped while its record may yet be written",
    file: `${controller}/index.ts`,
    find: "const again = await state.write(key, held.value, { version: held.version }, held.expiresAt);",
    replace: "const again = held; void key;",
  },
  {
    name: "entries due now left out",
    file: `${controller}/entries.ts`,
    find: "const before = second(now + 1000);",
    replace: "const before = second(now);",
  },
  {
    name: "no lock of the target",
    file: `${controller}/visit.ts`,
    find: "if (!(await targets.take(pbx.id, target, policy.concurrent, { callback: id, key })))",
    replace: "if (false)",
  },
  {
    name: "a place taken that rings",
    file: `${controller}/targets.ts`,
    find: "if (held !== undefined && (await rings(pbx, held.value))) continue;",
    replace: "",
  },
  {
    name: "a lock that is never taken over",
    file: `${controller}/targets.ts`,
    find: 'return record?.state === "ringing" && record.dial?.key === key;',
    replace: "return true;",
  },
  {
    name: "names by the credentials",
    file: "lib/callbacks/names.ts",
    find: "const pseudonym = createPseudonyms(state, newId);",
    replace:
      "const secret = newId(); const pseudonym = async (text: string) => secret + text.length + text.at(-3) + text.at(10);",
  },
  {
    name: "no hours",
    file: `${controller}/decide.ts`,
    find: 'if (opening.from > from) return wait("hours", opening.from);',
    replace: "",
  },
  {
    name: "the zone as UTC",
    file: "lib/pbxs/callback-settings.ts",
    find: 'zone: beside.timezone ?? "UTC",',
    replace: 'zone: "UTC",',
  },
  {
    name: "expiry from the first missed call",
    file: `${controller}/decide.ts`,
    find: "const expires = lastOf(record) + (policy?.expireMs ?? 0);",
    replace: "const expires = firstOf(record) + (policy?.expireMs ?? 0);",
  },
  {
    name: "no spacing",
    file: `${controller}/timing.ts`,
    find: "last + rules.spacingMs,",
    replace: "0,",
  },
  {
    name: "no spacing after a call by hand",
    file: `${controller}/timing.ts`,
    find: "(number.hand ?? 0) + rules.spacingMs,",
    replace: "0,",
  },
  {
    name: "no bound of a day",
    file: `${controller}/timing.ts`,
    find: "oldestOfDay === undefined ? 0 : oldestOfDay + rules.dayMs,",
    replace: "0,",
  },
  {
    name: "facts of any age",
    file: `${controller}/take.ts`,
    find: "(isOld && !longAgo) ||",
    replace: "",
  },
  {
    name: "history not asked before a dial",
    file: `${controller}/visit.ts`,
    find: "await taking.take(pbx, fact, true);",
    replace: "void fact;",
  },
  {
    name: "voicemail as got through",
    file: "lib/callbacks/rows/judge.ts",
    find: 'voicemail: "voicemail",',
    replace: 'voicemail: "bridged",',
  },
  {
    name: "a queue that answers as got through",
    file: "lib/callbacks/rows/judge.ts",
    find: 'abandoned: "missed",',
    replace: 'abandoned: "bridged",',
  },
  {
    name: "legs not grouped",
    file: "lib/callbacks/rows/legs.ts",
    find: 'fieldOf(leg, "pbxid"));',
    replace: 'fieldOf(leg, "id"));',
  },
  {
    name: "one missed call counted for each report",
    file: `${controller}/take.ts`,
    find: "const same = misses.filter((other) => sameCall(other, miss));",
    replace: "const same: Miss[] = [];",
  },
  {
    name: "an agent's miss as an attempt",
    file: `${controller}/decide.ts`,
    find: "agentMisses: after.agentMisses + 1 };",
    replace: "agentMisses: after.agentMisses + 1, attempts: after.attempts + 1 };",
  },
  {
    name: "a customer's miss not counted",
    file: `${controller}/decide.ts`,
    find: "attempts: after.attempts + 1,",
    replace: "attempts: after.attempts,",
  },
  {
    name: "a join that loses a count",
    file: `${controller}/take.ts`,
    find: "return [...misses.filter((other) => !same.includes(other)), merged]",
    replace: "return [merged]",
  },
  {
    name: "the list asked only at opening",
    file: `${controller}/visit.ts`,
    find: "doNotCall.has(pbx.id, record.number), isStopped",
    replace: "Promise.resolve(false), isStopped",
  },
  {
    name: "the kill switch not asked",
    file: `${controller}/visit.ts`,
    find: 'if (isError(error, "CALLS_STOPPED")) return true;',
    replace: 'if (isError(error, "CALLS_STOPPED")) return false;',
  },
  {
    name: "cancelling only while it waits",
    file: `${controller}/requests.ts`,
    find: "? { ...value, cancelled: now }",
    replace: "? { ...value }",
  },
  {
    name: "unknown rung again",
    file: `${controller}/decide.ts`,
    find: 'if (outcome === "unknown") return close(after, facts, "outcome_unknown", now);',
    replace: 'if (outcome === "unknown") return decideWaiting(after, { ...facts, asked: false });',
  },
  {
    name: "observe dials",
    file: `${controller}/decide.ts`,
    find: 'policy.mode === "observe" || ',
    replace: "",
  },
  {
    name: "order by due",
    file: `${controller}/sweep.ts`,
    find: "a.item.value.first - b.item.value.first",
    replace: "(a.item.id < b.item.id ? -1 : 1)",
    invariant: "a younger callback before an older one",
  },
  {
    name: "the order as a frozen machine left it",
    file: `${controller}/visit.ts`,
    find: "await index.ensure(held.value);",
    replace: "return visitWaiting(pbx, held, begun);",
  },
  {
    name: "one PBX's failure stops the sweep",
    file: `${controller}/sweep.ts`,
    find: "report.failed++;\n        log.warn",
    replace: "throw error;\n        log.warn",
    invariant: "left out what is due at 301 of turin",
  },
  {
    name: "only the first secret of a webhook",
    file: "lib/callbacks/events/signature.ts",
    find: "for (const secret of secrets) found",
    replace: "for (const secret of secrets.slice(0, 1)) found",
    invariant: "signed with a current secret was refused",
  },
  {
    name: "the signature over JSON that is written again",
    file: "lib/callbacks/events/receive-webhook.ts",
    find: "isSigned(body, signature, keys.webhook)",
    replace: "isSigned(Buffer.from(JSON.stringify(JSON.parse(String(body)))), signature, keys.webhook)",
    invariant: "signed with a current secret was refused",
  },
  {
    name: "secrets of webhooks that are believed for a day",
    file: "lib/callbacks/events/signing-keys.ts",
    find: "const keptMs = 5 * 60_000;",
    replace: "const keptMs = 24 * 3_600_000;",
    invariant: "by a secret that is not one of milan",
  },
  {
    name: "webhooks by anybody",
    file: "lib/callbacks/events/receive-webhook.ts",
    find: 'if (!(await isByPbx(pbx, (keys) => isSigned(body, signature, keys.webhook)))) return "unauthorized";',
    replace: "void isByPbx; void isSigned;",
    invariant: "by a secret that is not one of milan",
  },
  {
    name: "events told apart by id alone",
    file: "lib/callbacks/events/take-event.ts",
    find: "[event.type, event.id, String(event.time)]",
    replace: "[event.id]",
    invariant: "is not counted",
  },
  {
    name: "an event of a PBX that was removed, taken again and again",
    file: "lib/callbacks/events/take-event.ts",
    find: 'if (!isError(error, "PBX_UNKNOWN")) throw error;',
    replace: "throw error;",
    invariant: "an event stays in the queue",
  },
  {
    name: "a number is the same at all PBXs",
    file: `${controller}/number-record.ts`,
    find: "const keyOf = async (pbx: string, e164: string) => ({",
    replace: 'const keyOf = async (_: string, e164: string, pbx = "all") => ({',
    invariant: "and nobody talked",
  },
  {
    name: "callbacks named by the credentials",
    file: `${controller}/take.ts`,
    find: "const own = isMiss ? await names.callback(pbx.id, called.e164, policy.queueKey(fact.queue)) : undefined;",
    replace: "const own = isMiss ? pbx.pseudonym(called.e164 + policy.queueKey(fact.queue)) : undefined;",
    invariant: "a number and queue with two callbacks",
  },
  {
    name: "legs told apart by id",
    file: "lib/callbacks/rows/legs.ts",
    find: "legs: ofPbx.filter(({ row }) => callOf.get(row) === call.call_id) }));",
    replace: 'legs: ofPbx.filter((leg) => call.leg_ids.includes(fieldOf(leg, "id"))) }));',
    invariant: "counts and was not missed",
  },
  {
    name: "an expired record that counts until it is cleared",
    file: "lib/local/memory-state.ts",
    find: "return kept?.expiresAt !== undefined && kept.expiresAt <= now() ? undefined : kept;",
    replace: "return kept;",
    invariant: "left out what is due",
  },
  {
    name: "history polled from now on after a failure",
    file: `${controller}/poll.ts`,
    find: "(marks[0]?.at ?? now) - times.overlapMs",
    replace: "now - times.overlapMs",
    invariant: "is not counted",
  },
  {
    name: "a talking number dialled for another queue",
    file: `${controller}/timing.ts`,
    find: "!over && key !== own && now < at + rules.unknownMs",
    replace: "!over && key !== own && now < at",
  },
  {
    name: "a second leg that is late taken for a missed agent",
    file: "lib/callbacks/rows/outcome.ts",
    find: "if (answered.length > 0 && now < end + rules.rowsLateMs) return undefined;",
    replace: "",
  },
  {
    name: "a filter that is ignored believed",
    file: "lib/callbacks/rows/ask.ts",
    find: 'throw new WmsError("WMS_FILTER_IGNORED", {',
    replace: 'if (rows.length < 0) throw new WmsError("WMS_FILTER_IGNORED", {',
  },
];
