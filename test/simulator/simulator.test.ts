import { describe, expect, it } from "vitest";
import { systemClock } from "../../lib/wms/system-clock.ts";
import type { WmsParams } from "../../lib/wms/types.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { Faults } from "../../simulator/faults.ts";
import { escapeHtml } from "../../simulator/page/html.ts";
import { speak } from "../../simulator/sounds.ts";
import { localDay, offsetAt } from "../../simulator/zone.ts";
import { clockFrom } from "../support/clocks.ts";
import { withPbx } from "../support/pbx.ts";

const clock = clockFrom("2026-11-24T10:00:00Z");
const now = (): number => Date.parse("2026-11-24T10:00:00Z");
const day = "2026-11-20";
const window = { start: { from: `${day} 00:00:00`, to: `${day} 23:59:59` } };

/** Of call records as public clients and samples have them. */
const knownKeys =
  "answer app attachments billsec callclass channel cost dcontext dest_type disposition dst dstchannel duration end faxdata from_name from_number id lastapp lastdata organization pbxid src start tags timezone to_name to_number type userfield".split(
    " ",
  );

describe("call history", () => {
  it("has the documented defaults: newest first, a hundred rows", () =>
    withPbx({ now }, async (_pbx, client) => {
      const { records, total } = await client.historyPage({});
      const starts = records.map((record) => String(record["start"]));
      expect([records.length, starts]).toEqual([100, starts.toSorted().reverse()]);
      expect(total).toBeGreaterThan(100);
    }));
  it("filters by ranges, exact values and words, and sorts by any field", () =>
    withPbx({ now }, async (pbx, client) => {
      const all = pbx.pbx.history.rowsOf(day);
      const by = async (query: Parameters<typeof client.historyPage>[0]) =>
        (await client.historyPage({ count: 1000, filter: window, ...query })).records;
      expect(await by({})).toHaveLength(all.length);
      expect(await by({ filter: { ...window, disposition: "BUSY" } })).toHaveLength(
        all.filter((row) => row["disposition"] === "BUSY").length,
      );
      expect(await by({ filter: { ...window, billsec: { from: "100", to: "200" } } })).toHaveLength(
        all.filter((row) => Number(row["billsec"]) >= 100 && Number(row["billsec"]) <= 200).length,
      );
      expect((await by({ search: "krüger" })).length).toBeGreaterThan(0);
      const sorted = (await by({ sort: "to_number", dir: "ASC" })).map((row) => String(row["to_number"]));
      expect(sorted).toEqual(sorted.toSorted());
      const talked = (await by({ sort: "billsec", dir: "DESC" })).map((row) => Number(row["billsec"]));
      expect(talked).toEqual(talked.toSorted((a, b) => b - a));
      const ended = { end: { from: "20/11/2026 10:00", to: `${day} 11:00:00` } };
      expect(await by({ filter: { ...window, ...ended } })).toHaveLength(
        all.filter((row) => `${row["end"]}` >= `${day} 10:00:00` && `${row["end"]}` <= `${day} 11:00:00`)
          .length,
      );
      expect(await by({ search: String(all[0]?.["lastdata"]), searchFields: ["lastdata"] })).not.toEqual([]);
      expect(Object.keys((await by({ fields: ["id", "end"] }))[0] ?? {})).toEqual(["id", "end"]);
    }));
  it("gives one record by its id, and has every key that is known", () =>
    withPbx({ now }, async (pbx, client) => {
      const [row] = pbx.pbx.history.rowsOf(day);
      const { body } = await client.request("GET", `/api/v1/CallHistory/${row?.id}/`);
      expect(JSON.parse(body)).toEqual({ type: "result", result: row });
      expect(Object.keys(row ?? {}).toSorted()).toEqual(knownKeys);
      const objects = Object.entries(row ?? {}).filter(([, value]) => typeof value !== "string");
      expect(objects.map(([key]) => key)).toEqual(["attachments"]);
      expect(row?.["attachments"]).toMatchObject({
        vm: { url: "" },
        recordings: { url: "" },
        faxes: { url: "" },
      });
      expect(await client.request("GET", "/api/v1/CallHistory/999999999")).toMatchObject({ status: 404 });
    }));
  it("gives ids of calls and channels, or no channels, by a fault", () =>
    withPbx({ now, faults: ["call-ids", "channels-absent"] }, async (pbx, client) => {
      const { records } = await client.historyPage({ filter: window });
      for (const record of records)
        expect(record).toMatchObject({
          channel: "",
          dstchannel: "",
          linkedid: expect.stringMatching(/^\d+\.\d+$/),
        });
      await pbx.clearFaults();
      const { records: plain } = await client.historyPage({ filter: window });
      for (const record of plain) {
        expect(record["channel"]).not.toBe("");
        expect(record).not.toHaveProperty("linkedid");
      }
    }));
  it("takes days first as the vendor's article writes them", () =>
    withPbx({ now }, async (pbx, client) => {
      const { total } = await client.historyPage({
        filter: { start: { from: "20/11/2026 00:00", to: "20/11/2026 23:59" } },
      });
      expect(total).toBe(pbx.pbx.history.rowsOf(day).filter((row) => row.start <= `${day} 23:59:00`).length);
    }));
  it("has voicemail as it was measured, and fax", () =>
    withPbx({ now, calls: 2_000 }, async (pbx) => {
      const rows = pbx.pbx.history.rowsOf(day);
      expect(
        rows.some(
          (row) =>
            row["lastapp"] === "VoiceMail" && row["disposition"] === "ANSWERED" && row["answer"] === "",
        ),
      ).toBe(true);
      expect(rows.some((row) => row["type"] === "fax")).toBe(true);
    }));
  it.each([
    ["2026-03-29", 23],
    ["2026-10-25", 25],
    ["2026-11-20", 24],
  ])("%s has %i hours in Rome", (date, hours) =>
    expect(localDay("Europe/Rome", date).length).toBe(hours * 3600),
  );
});

describe("colleagues", () => {
  const list = async (
    query: WmsParams,
    path = "PBX/Colleagues/",
  ): Promise<{ total: number; records: object[] }> =>
    withPbx({}, async (_pbx, client) => {
      const { body } = await client.request("GET", `/api/v1/${path}`, { params: query });
      return (JSON.parse(body) as { result: { total: number; records: object[] } }).result;
    });
  it("are filtered, paged and cut down as every list is", async () => {
    const all = await list({});
    expect([all.total, all.records.length]).toEqual([16, 16]);
    expect(await list({}, "Colleagues")).toEqual(all);
    expect(await list({ start: 14, count: 5 })).toMatchObject({ total: 16, records: all.records.slice(14) });
    expect(await list({ filter: { email: ["zoe@example.com"] }, fields: "name,extension" })).toEqual({
      total: 1,
      records: [{ name: "Zoë Krüger", extension: "102" }],
    });
    expect(await list({ filter: { extension: "999" } })).toEqual({ total: 0, records: [] });
  });
});

describe("a call", () => {
  it("leaves a row for each leg, with the caller that was shown, its own times and the zone of today", () =>
    withPbx({ now: clock.now, ringMs: 20, talkMs: 1_500 }, async (pbx, client) => {
      await client.originate({
        channel: "Local/108@users",
        exten: "16144841500",
        callerid: '"Announcer" <16144841500>',
        account: "job-7",
      });
      const [call] = pbx.pbx.phones.calls;
      while (!call?.over) await systemClock.sleep(20);
      const [second, first] = pbx.pbx.history.latest(2);
      expect(first).toMatchObject({ from_name: "Announcer", from_number: "16144841500", to_number: "108" });
      expect(second).toMatchObject({ from_number: "108", to_number: "16144841500", dst: "16144841500" });
      for (const row of [first, second]) {
        expect(row).toMatchObject({ disposition: "ANSWERED", userfield: "job-7", faxdata: "", tags: "" });
        expect(Number(row?.["billsec"])).toBeGreaterThan(0);
        expect(row?.["answer"]).not.toBe("");
        const offset = offsetAt(simulatorDefaults.zone, Math.floor(clock.now() / 1000)) / 36;
        expect(row?.["timezone"]).toBe(`+${String(offset).padStart(4, "0")}`);
      }
    }));

  it("rings, is answered, dials, and is in the history when it is over", () => {
    const seen = Promise.withResolvers<void>();
    return withPbx({ sleep: () => seen.promise }, async (pbx, client) => {
      await client.originate({ channel: "Local/108@users", exten: "16144841500", context: "users" });
      const [call] = pbx.pbx.phones.calls;
      expect(call?.first.state).toBe("ringing");
      seen.resolve();
      while (!call?.over) await systemClock.sleep(2);
      expect(pbx.pbx.history.latest(2).map((row) => [row["to_number"], row["disposition"]])).toEqual([
        ["16144841500", "ANSWERED"],
        ["108", "ANSWERED"],
      ]);
    });
  });
  it.each([
    ["109", "102", "no answer", "ended", ["NO ANSWER"]],
    ["108", "5599", "ended", "busy", ["BUSY", "ANSWERED"]],
  ])("to %s and %s ends as %s, %s", (first, second, firstState, secondState, dispositions) =>
    withPbx({}, async (pbx, client) => {
      await client.originate({ channel: `Local/${first}@users`, exten: second });
      const [call] = pbx.pbx.phones.calls;
      while (!call?.over) await systemClock.sleep(2);
      expect([call.first.state, call.second.state]).toEqual([firstState, secondState]);
      expect(pbx.pbx.history.latest(dispositions.length).map((row) => row["disposition"])).toEqual(
        dispositions,
      );
    }),
  );
  it("without async the answer comes when the first phone is picked up, or not", () =>
    withPbx({}, async (_pbx, client) => {
      await expect(
        client.originate({ channel: "Local/108@users", exten: "102", async: false }),
      ).resolves.toBeUndefined();
      await expect(
        client.originate({ channel: "Local/109@users", exten: "102", async: false }),
      ).rejects.toMatchObject({ code: "WMS_REFUSED" });
    }));
  it("without parameters is a 500", () =>
    withPbx({}, async (_pbx, client) =>
      expect(await client.request("POST", "/api/v1/Originate/")).toMatchObject({ status: 500 }),
    ));
});

it("a sound is a real WAV file, longer for longer texts", () => {
  const [short, long] = [speak("Hi"), speak("Good morning everybody")];
  expect([
    short.toString("latin1", 0, 4),
    short.toString("latin1", 8, 16),
    short.readUInt32LE(4),
    short.readUInt32LE(40),
  ]).toEqual(["RIFF", "WAVEfmt ", short.length - 8, short.length - 44]);
  expect(long.length).toBeGreaterThan(short.length * 4);
});

describe("the page", () => {
  it("escapes names, runs no script but its own, and shows what happens", () =>
    withPbx({ calls: 2_000, faults: ["slow=1"] }, async (pbx, client) => {
      await client.originate({ channel: "Local/<b>x</b>@users", exten: "1" });
      await client.sounds.create({ filename: "a", text: "<script>alert(1)</script>", voice: "K" });
      const response = await fetch(`${pbx.url}/`);
      const html = await response.text();
      expect(html).not.toContain("<script>alert");
      expect(html).not.toContain("<b>x</b>");
      expect(html).toContain("&#60;script&#62;");
      expect(html).toContain("slow=1");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(escapeHtml(`<>&"'`)).toBe("&#60;&#62;&#38;&#34;&#39;");
    }));
  it("tells the truth about days and calls", () =>
    withPbx({}, async (pbx) => {
      expect(await (await fetch(`${pbx.url}/_sim/days`)).json()).toEqual(pbx.pbx.history.days());
      expect(await (await fetch(`${pbx.url}/_sim/calls`)).json()).toEqual([]);
      expect((await fetch(`${pbx.url}/_sim/none`)).status).toBe(404);
    }));
});

describe("faults", () => {
  it("are written as name, value, times and path", () => {
    expect(Faults.parse("slow=5*2@Sounds")).toEqual({ name: "slow", value: 5, times: 2, path: "Sounds" });
    expect(() => Faults.parse("banana")).toThrow('no fault is called "banana"');
    expect(() => Faults.parse("html=3")).toThrow("takes no value");
  });
  it("strike where and as often as they say", () =>
    withPbx({ faults: ["status=404@Sounds"] }, async (_pbx, client) => {
      expect((await client.request("GET", "/api/v1/Sounds/")).status).toBe(404);
      expect((await client.request("GET", "/api/v1/PBX/ping/")).status).toBe(200);
      expect(simulatorDefaults.ringMs).toBeGreaterThan(0);
    }));
});
