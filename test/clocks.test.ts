import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { zoneAt } from "./support/zone-at.ts";

const root = new URL("..", import.meta.url).pathname;

/** The machine's clock as a date; its sleep is no date, and a copy may have another `now`. */
const systemDate = /\bsystemClock\b(?!\.sleep|, now:)|\bDate\.now\(\)|\bnew Date\(\)/;
const fixedDate = /["'`]20\d\d-\d\d-\d\d/;
const otherParty = /\b(?:startSimulator|withPbx|startPbx|spawn|spawnSync|fork|execFile)\(/;

/** Why a test would fail on another day, or undefined. */
const mixedClocks = (text: string): string | undefined => {
  const code = text.replace(/^import [^;]*;$/gm, "").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  if (!otherParty.test(code) || !fixedDate.test(code)) return undefined;
  const found = systemDate.exec(code)?.[0];
  return found === undefined ? undefined : `${found} beside a fixed date: give both parties one clock`;
};

/** A process that a test starts must take its clock from an argument. */
const ownClock = (text: string): string | undefined => {
  const found = /\bDate\.now\(\)|\bnew Date\(\)|\bsystemClock\b/.exec(
    text.replace(/^import [^;]*;$/gm, ""),
  )?.[0];
  return found === undefined ? undefined : `${found}: take the clock as an argument`;
};

/** The tests against the emulator share the zone and the date of the run (`stack`), which no midnight changes. */
const ownDay = (text: string): string | undefined => {
  const found = /\bdayAt\(|\bzone\b.*\bsimulatorDefaults\b/.exec(text)?.[0];
  return found === undefined ? undefined : `${found}: take zone and date from the stack`;
};

const findings = (pattern: string, rule: (text: string) => string | undefined): string[] =>
  globSync(pattern, { cwd: root, exclude: ["test/clocks.test.ts"] }).flatMap((file) => {
    const finding = rule(readFileSync(`${root}/${file}`, "utf8"));
    return finding === undefined ? [] : `${file}: ${finding}`;
  });

describe("no test depends on the day it runs", () => {
  it("no fixed date stands beside the system clock where one party talks to another", () =>
    expect(findings("test/**/*.ts", mixedClocks)).toEqual([]));
  it("a child process takes its clock as an argument", () =>
    expect(findings("test/support/*-child.ts", ownClock)).toEqual([]));
  it("a test against the emulator takes zone and date from the run", () =>
    expect(findings("test/aws/**/*.test.ts", ownDay)).toEqual([]));
  it.each([
    ['await withPbx({ now: () => Date.parse("2026-11-24") }, run(systemClock))', "systemClock beside"],
    ['const day = "2026-11-23"; spawn(node, [String(Date.now())])', "Date.now() beside"],
  ])("%s is refused", (text, finding) => expect(mixedClocks(text)).toContain(finding));
  it.each([
    ['withPbx({ now: () => Date.parse("2026-11-24") }, () => systemClock.sleep(1))'],
    ['expect(new Date().toISOString() > "2026-01-01")'],
    ["withPbx({}, run(systemClock))"],
  ])("%s is not", (text) => expect(mixedClocks(text)).toBeUndefined());
  it("a child process with a clock of its own is refused", () =>
    expect(ownClock("const now = Date.now();")).toContain("take the clock"));
  it("a test against the emulator with a date of its own is refused", () => {
    expect(ownDay("const yesterday = dayAt(zone, Date.now(), -1);")).toContain("take zone and date");
    expect(ownDay("const { zone } = simulatorDefaults;")).toContain("take zone and date");
  });
  it("at any hour there is a zone in which it is two o'clock", () => {
    for (let hour = 0; hour < 24; hour++) {
      const now = Date.UTC(2026, 10, 28, hour, 59);
      const options = {
        timeZone: zoneAt(2, now),
        hour: "numeric",
        minute: "numeric",
        hourCycle: "h23",
      } as const;
      expect(new Intl.DateTimeFormat("en-GB", options).format(now)).toBe("02:59");
    }
  });
});
