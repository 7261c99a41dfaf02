import { describe, expect, it } from "vitest";
import { memoryState } from "../../lib/local/memory-state.ts";
import type { PbxHealth, PbxProblem } from "../../lib/pbxs/check-pbxs.ts";
import { healthKey, notifyHealth } from "../../lib/pbxs/notify-health.ts";
import { fakeClock } from "../support/scripted.ts";

const hour = 3_600_000;

const well = (pbx: string): PbxHealth => ({ pbx, problem: undefined, daysLeft: undefined });
const broken = (
  pbx: string,
  check: PbxProblem["check"] = "connection",
  detail = "nothing answers",
): PbxHealth => ({
  ...well(pbx),
  problem: { check, detail, cure: "Check the port." },
});
const ending = (pbx: string, daysLeft: number, from: "secret" | "report" = "secret"): PbxHealth => ({
  ...well(pbx),
  daysLeft,
  ends: { day: "2027-05-01", from },
});

const world = () => {
  const clock = fakeClock(Date.parse("2026-11-24T09:00:00Z"));
  const state = memoryState(clock);
  const sent: (readonly [string, string])[] = [];
  const topic = { works: true };
  const ports = {
    state,
    clock,
    config: { stage: "prod" },
    alarms: {
      notify: async (subject: string, text: string) => {
        if (!topic.works) throw new Error("no topic");
        sent.push([subject, text]);
      },
    },
  };
  return {
    ports,
    topic,
    sent,
    subjects: () => sent.map(([subject]) => subject),
    /** The check of the next hour. */
    check: async (...healths: PbxHealth[]) => {
      const result = await notifyHealth(ports, healths);
      clock.at += hour;
      return result;
    },
  };
};

describe("the notification of the hourly check", () => {
  it("names a PBX that starts broken after the first check, with reason, fix and command, once", async () => {
    const { check, sent } = world();
    await check(broken("milan"), well("rome"));
    await check(broken("milan"), well("rome"));
    expect(sent).toEqual([
      [
        "prod: milan does not respond since 2026-11-24 09:00 UTC",
        [
          "milan does not respond since 2026-11-24 09:00 UTC:",
          "- milan: connection: nothing answers\nFix: Check the port.",
          "To check one PBX again, run `wildix doctor --stage prod --pbx milan`. To check all 2 PBXs, run `wildix doctor --stage prod --all`.",
        ].join("\n\n"),
      ],
    ]);
  });
  it("has one group for each kind of change, and one subject", async () => {
    const { check, sent, subjects } = world();
    await check(well("a"), broken("b"), well("c"), broken("d", "secret", "the secret is wrong"));
    expect(subjects()).toEqual([
      "prod: b does not respond since 2026-11-24 09:00 UTC; d refuses requests since 2026-11-24 09:00 UTC",
    ]);
    await check(broken("a"), well("b"), broken("c"), broken("d", "secret"), ending("e", 30), ending("f", 30));
    expect(subjects()[1]).toBe(
      "prod: 2 PBXs do not respond since 2026-11-24 10:00 UTC; 2 PBXs have credentials that end in 30 days (2027-05-01); b works again",
    );
    expect(sent[1]?.[1]).toContain('- b: "does not respond" was reported at 2026-11-24 09:00 UTC');
  });
  it("says that a PBX works and fails in turn, and when the next notification follows", async () => {
    const { check, sent } = world();
    for (const health of [broken("a"), well("a"), broken("a"), well("a")]) await check(health);
    expect(sent).toHaveLength(3);
    expect(sent[2]?.[1]).toContain(
      "- a: works and fails in turn, so the next notification follows after 6 hours without a failure: connection: nothing answers",
    );
  });
  it("cuts a long fix, and names no command for all PBXs if there is one", async () => {
    const { check, sent } = world();
    const problem = { check: "registration", detail: "wrong", cure: "x".repeat(30_000) } as const;
    await check({ ...well("a"), problem });
    expect(sent[0]?.[1]).toContain(`Fix: ${"x".repeat(600)}…\n`);
    expect(sent[0]?.[1]).not.toContain("--all");
  });
  it("sends nothing if nothing changed", async () => {
    const { check, sent } = world();
    expect(await check(well("a"))).toEqual({ notified: 0 });
    expect(sent).toEqual([]);
  });
  it("says that the end of S2S is reported for all PBXs, and when credentials have ended", async () => {
    const { check, subjects } = world();
    await check(ending("a", 7, "report"), ending("b", 7, "report"), ending("c", -1));
    expect(subjects()).toEqual([
      "prod: 2 PBXs have credentials that are reported to end in 7 days (2027-05-01); c has credentials that ended (2027-05-01)",
    ]);
  });
  it.each([
    ["secret", 1, "new credentials on each PBX", "`wildix secret put a --stage prod`."],
    ["secret", 2, "new credentials on each PBX", "`wildix secret put a --stage prod`, for each PBX."],
    ["report", 1, "a company API key on each PBX (WMS 7.09 or newer)", "`wildix secret put a --stage prod`."],
  ] as const)(
    "has complete commands for credentials that end: %s of %i PBXs",
    async (from, pbxs, what, put) => {
      const { check, sent, ports } = world();
      const healths = ["a", "b"].slice(0, pbxs).map((pbx) => ending(pbx, 7, from));
      await check(...healths);
      const list = "To list when all credentials end, run `wildix secret list --stage prod --ending`.";
      expect(sent[0]?.[1].split("\n").at(-1)).toBe(`Fix: Create ${what}, and write them with ${put} ${list}`);
      const laptop = world();
      await notifyHealth({ ...laptop.ports, config: { ...ports.config, stage: undefined } }, healths);
      expect(laptop.sent[0]?.[1].split("\n").at(-1)).toBe(
        `Fix: Create ${what}, and write them into the file of PBXs.`,
      );
    },
  );
  it("of a PBX whose secret can be read but whose tags cannot be used says when its credentials end", async () => {
    const { check, subjects } = world();
    const problem = { check: "registration", detail: "`timezone` is wrong", cure: "Set it." } as const;
    await check({ ...ending("a", 7), problem });
    expect(subjects()).toEqual([
      expect.stringMatching(
        /^prod: a has a secret or tag that cannot be used since .*; a has credentials that end in 7 days/,
      ),
    ]);
  });
  it("names thirty of a thousand PBXs", async () => {
    const { check, sent } = world();
    const all = Array.from({ length: 1_000 }, (_, at) => broken(`pbx-${at}`));
    await check(...all);
    await check(...all);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.[0]).toBe("prod: 1,000 PBXs do not respond since 2026-11-24 09:00 UTC");
    expect(sent[0]?.[1].match(/^- pbx-/gm)).toHaveLength(30);
    expect(sent[0]?.[1]).toContain("- and 970 more");
    expect(Buffer.byteLength(sent[0]?.[1] ?? "")).toBeLessThan(256 * 1024);
  });
  it("has one group for credentials with many different ends, the next end first", async () => {
    const { check, sent } = world();
    const ends = [9, 3, -2, 1].map((daysLeft, at) => ({
      ...ending(`pbx-${at}`, daysLeft),
      ends: { day: `2026-12-0${at + 1}`, from: "secret" as const },
    }));
    await check(...ends);
    expect(sent[0]?.[0]).toBe(
      "prod: 3 PBXs have credentials that end within 9 days; pbx-2 has credentials that ended (2026-12-03)",
    );
    expect(sent[0]?.[1]).toMatch(
      /^3 PBXs .*:\n\n- pbx-3: the day is 2026-12-04\n- pbx-1: the day is 2026-12-02\n- pbx-0: the day is 2026-12-01\nFix: /,
    );
    expect(sent[0]?.[1].match(/^Fix: /gm)).toHaveLength(2);
  });
  it("has less than 20 KB and whole lines, whatever a thousand PBXs say, and where the rest is", async () => {
    const checks = ["dns", "answers", "secret", "clock", "time zone", "registration"] as const;
    const healths = Array.from({ length: 1_000 }, (_, at) => ({
      ...broken(`${"x".repeat(58)}${at}`, checks[at % 6], `${at}: ${"é\n".repeat(30_000)}`),
      daysLeft: at % 30,
      ends: { day: `2026-12-${at % 30}`, from: "secret" as const },
    }));
    for (const [stage, command] of [
      ["prod", "wildix status --stage prod"],
      [undefined, "wildix doctor --all"],
    ] as const) {
      const { ports, sent } = world();
      await notifyHealth({ ...ports, config: { stage } }, healths);
      const [, text = ""] = sent[0] ?? [];
      expect(Buffer.byteLength(text)).toBeLessThan(21_000);
      expect(text).toContain(
        `The notification is too long. To list all PBXs with a problem, run \`${command}\`.`,
      );
      expect(text).toMatch(/…\n\nThe notification/);
      expect(text).toContain("To check one PBX again");
    }
  });
  it("of a laptop has no stage", async () => {
    const laptop = world();
    await notifyHealth({ ...laptop.ports, config: { stage: undefined } }, [broken("a")]);
    expect(laptop.sent[0]).toEqual([
      expect.stringMatching(/^a does not respond/),
      expect.stringContaining("run `wildix doctor --pbx a`"),
    ]);
  });
  it("has no whole phone number and no secret", async () => {
    const { check, sent } = world();
    await check(broken("a", "rights", "the PBX says +39 02 1234 5678 and wsk-v1-abcdef0123456789"));
    expect(sent[0]?.[1]).not.toMatch(/1234|abcdef/);
  });
});

describe("a notification that could not be sent", () => {
  it("is sent by the next run, before what changed since", async () => {
    const { check, topic, subjects } = world();
    topic.works = false;
    await expect(check(broken("a"))).rejects.toThrow("no topic");
    await expect(check(broken("a"))).rejects.toThrow("no topic");
    topic.works = true;
    expect(await check(well("a"))).toEqual({ notified: 2 });
    expect(subjects()).toEqual([expect.stringContaining("a does not respond"), "prod: a works again"]);
    expect(await check(well("a"))).toEqual({ notified: 0 });
  });
  it("is not sent twice if the one after it could not be sent", async () => {
    const { ports, check, topic, subjects } = world();
    topic.works = false;
    await check(broken("a")).catch(() => undefined);
    topic.works = true;
    const { notify } = ports.alarms;
    ports.alarms.notify = async (subject, text) => {
      topic.works = !subject.includes("works again");
      await notify(subject, text);
    };
    await expect(check(well("a"))).rejects.toThrow("no topic");
    ports.alarms.notify = notify;
    topic.works = true;
    expect(await check(well("a"))).toEqual({ notified: 1 });
    expect(subjects()).toEqual([expect.stringContaining("a does not respond"), "prod: a works again"]);
  });
  it("is kept with the newest nine", async () => {
    const { check, topic, sent } = world();
    topic.works = false;
    for (let at = 0; at < 12; at++) await check(broken(`pbx-${at}`)).catch(() => undefined);
    topic.works = true;
    await check(well("a"));
    expect(sent).toHaveLength(10);
  });
});

describe("two runs at the same time", () => {
  it("send one notification", async () => {
    const { ports, sent } = world();
    const runs = await Promise.all([1, 2, 3].map(() => notifyHealth(ports, [broken("a")])));
    expect(sent).toHaveLength(1);
    expect(runs.map(({ notified }) => notified).sort()).toEqual([0, 0, 1]);
  });
});

describe("what the operators know", () => {
  it("is one record that holds a thousand PBXs in less than DynamoDB's limit", async () => {
    const { ports, check } = world();
    await check(
      ...Array.from({ length: 1_000 }, (_, at) => ({
        ...ending(`pbx-${"x".repeat(58)}${at}`, 1),
        ...{ problem: broken("", "registration").problem },
      })),
    );
    const item = await ports.state.read(healthKey);
    expect(JSON.stringify(item?.value).length).toBeLessThan(200_000);
  });
});
