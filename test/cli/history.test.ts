import { describe, expect, it } from "vitest";
import { daysAgo, startPbx, wildix } from "../support/cli.ts";

const setUp = async () => {
  const { env } = await startPbx();
  const day = ["--from", daysAgo(3), "--to", daysAgo(3), "--limit", "999"];
  const history = (...more: string[]) => wildix(["history", ...day, ...more], env);
  const legs = async (...more: string[]): Promise<Record<string, unknown>[]> =>
    JSON.parse((await history(...more, "--json")).out);
  return { history, legs };
};

describe("wildix history", () => {
  it("gives the typed fields of the export", async () => {
    const { history, legs } = await setUp();
    expect((await legs())[0]).toMatchObject({
      start_utc: expect.stringMatching(/Z$/),
      talk_seconds: expect.any(Number),
      direction: expect.any(String),
      unanswered: expect.any(Boolean),
    });
    const { out } = await history("--fields", "start_utc, unanswered,talk_seconds");
    expect(out).toMatch(/│ start_utc +│ unanswered │ talk_seconds │/);
    expect(out).toMatch(/│ 2026-11-2\dT[\d:]+Z │ (?:true|false) +│ \d+ +│/);
  });
  it("filters by direction and extension", async () => {
    const { history, legs } = await setUp();
    const all = await legs();
    const inbound = await legs("--direction", "inbound");
    expect(inbound).toEqual(all.filter(({ direction }) => direction === "inbound"));
    expect(inbound.length).toBeGreaterThan(0);
    expect(inbound.length).toBeLessThan(all.length);
    const extension = String(inbound[0]?.["to_number"]);
    const own = await legs("--extension", extension);
    expect(own).toEqual(
      all.filter((leg) => leg["from_number"] === extension || leg["to_number"] === extension),
    );
    expect((await history("--extension", extension)).err).toBe(
      own.length === 1 ? "1 leg" : `${own.length} legs`,
    );
  });
  it.each([
    [["--fields", "id,dts"], '`--fields` must list columns of a leg; got "dts". Did you mean dst?'],
    [["--columns", "id,dts"], "Did you mean dst?"],
    [["--direction", "inwards"], "Allowed choices are inbound"],
    [["--extension", "1o8"], '`--extension` must be 1 to 10 digits, for example 108; got "1o8"'],
  ])("%j is wrong usage", async (args, words) => {
    const { history } = await setUp();
    const { code, err } = await history(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });
});
