import { expect, it } from "vitest";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { truthFields } from "../../simulator/history/truth-json.ts";
import { localDay } from "../../simulator/zone.ts";
import { withPbx } from "../support/pbx.ts";

const now = (): number => Date.parse("2026-11-24T10:00:00Z");
const day = "2026-11-23";

interface Truth {
  readonly day: string;
  readonly zone: string;
  readonly calls: readonly Record<string, unknown>[];
}
const truthOf = async (url: string, of = day): Promise<Truth> =>
  (await (await fetch(`${url}/simulator/truth?day=${of}`)).json()) as Truth;

it("the truth of a day names its calls, with the documented fields, and is asked without credentials", () =>
  withPbx({ now, callsOn: { [day]: 250 } }, async (pbx) => {
    const truth = await truthOf(pbx.url);
    expect([truth.day, truth.zone, truth.calls.length]).toEqual([day, "Europe/Rome", 250]);
    const { start, length } = localDay("Europe/Rome", day);
    for (const call of truth.calls) {
      expect(Object.keys(call)).toEqual(Object.keys(truthFields));
      const started = Date.parse(String(call["started"])) / 1000;
      expect(started >= start && started < start + length).toBe(true);
    }
    expect(new Set(truth.calls.map(({ id }) => id)).size).toBe(250);
    expect(pbx.requests).toBe(0);
  }));

it("its leg ids are those that call history hands out", () =>
  withPbx({ now, callsOn: { [day]: 100 } }, async (pbx, client) => {
    const { calls } = await truthOf(pbx.url);
    const call = calls.find(({ scene }) => scene === "over-midnight");
    const [first, second] = (call?.["leg_ids"] ?? []) as string[];
    const { body } = await client.request("GET", `/api/v1/CallHistory/${first}/`);
    expect(JSON.parse(body)).toMatchObject({ result: { id: first, from_number: call?.["caller"] } });
    const { body: other } = await client.request("GET", `/api/v1/CallHistory/${second}/`);
    expect(JSON.parse(other)).toMatchObject({ result: { to_number: call?.["transferred_to"] } });
  }));

it.each(["", "?day=", "?day=yesterday", "?day=2026-13-01"])(
  "the truth of %j is a 400 that says what to ask",
  (query) =>
    withPbx({}, async (pbx) => {
      const response = await fetch(`${pbx.url}/simulator/truth${query}`);
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining("`day` must be a date"),
      ]);
    }),
);

it("a day without calls has an empty list", () =>
  withPbx({ now }, async (pbx) => expect((await truthOf(pbx.url, "2020-01-01")).calls).toEqual([])));

it.each([
  ["108", "16144841500", "answered", "outbound", 2],
  ["108", "102", "answered", "internal", 2],
  ["109", "16144841500", "no_answer", "outbound", 1],
  ["108", "5599", "busy", "outbound", 2],
])("a call placed from %s to %s is %s", (extension, exten, outcome, direction, legs) =>
  withPbx({}, async (pbx, client) => {
    await client.originate({ channel: `Local/${extension}@users`, exten, context: "users" });
    const [placed] = pbx.pbx.phones.calls;
    while (!placed?.over) await systemClock.sleep(2);
    const today = new Date(placed.placedAt).toLocaleDateString("sv-SE", { timeZone: "Europe/Rome" });
    const found = (await truthOf(pbx.url, today)).calls.filter(({ scene }) => scene === "originate");
    expect(found).toMatchObject([{ outcome, direction, caller: extension, called: exten }]);
    const ids = found[0]?.["leg_ids"] as string[];
    expect(ids).toEqual(
      pbx.pbx.history
        .latest(legs)
        .map(({ id }) => id)
        .toReversed(),
    );
    const rows = pbx.pbx.history.latest(legs).toReversed();
    expect(String(rows[0]?.["channel"])).toMatch(/^Local\/10[89]@users-[0-9a-f]{8};2$/);
    if (legs === 2) expect(rows[1]?.["channel"]).toBe(String(rows[0]?.["channel"]).replace(/2$/, "1"));
  }),
);
