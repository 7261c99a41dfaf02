import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { callEvent, startLaptop } from "../support/laptop.ts";
import { customer } from "../support/milan.ts";

describe("an event that is delivered 50 times over HTTP", () => {
  it("is answered 202 each time, passed on once, and opens one callback with one missed call", async () => {
    const { url, secret, now, all, directory } = await startLaptop();
    const sample = callEvent("call-missed", customer) as { time: number; data: { flows: object[] } };
    const time = now();
    const flows = sample.data.flows.map((flow) => ({
      ...flow,
      startTime: time - 30_000,
      endTime: time - 5_000,
    }));
    const body = JSON.stringify({ ...sample, time, data: { ...sample.data, time, flows } });
    const headers = {
      "Content-Type": "application/json",
      "X-Signature": signWebhook(Buffer.from(body), secret),
    };
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await fetch(`${url}/webhooks/default`, { method: "POST", headers, body });
        return answer.status;
      }),
    );
    expect(statuses).toEqual(statuses.map(() => 202));
    await expect.poll(all).toMatchObject([{ count: 1 }]);
    // another event is taken after all copies of the first
    const passedOn = async (): Promise<string[]> =>
      (await readFile(join(directory, ".wildix-events.ndjson"), "utf8")).trim().split("\n");
    const ofType = async (type: string): Promise<number> =>
      (await passedOn()).filter((line) => line.includes(type)).length;
    await expect.poll(() => ofType("wildix.callback.opened")).toBe(1);
    expect([await ofType("wildix.call.completed"), (await all()).length]).toEqual([1, 1]);
  });
});

describe("wildix callback rehearse", () => {
  const args = ["callback", "rehearse", "--extension", "201", "--to", customer];
  it("says what to do, shows the rows of each call and how they are read", async () => {
    const { say, phone } = await startLaptop();
    const { code, out } = await say(args, (line) => {
      phone("201", line.startsWith("1.") ? "no_answer" : "answer");
      phone(customer, line.startsWith("2.") ? "busy" : "answer");
    });
    const lines = out.split("\n");
    expect(lines.filter((line) => /^\d\./.test(line))).toEqual([
      "1. Do not pick up the extension. Extension 201 rings now.",
      "2. Pick up the extension, and reject the call on the other phone. Extension 201 rings now.",
      "3. Pick up both phones, talk for ten seconds, and hang up. Extension 201 rings now.",
    ]);
    expect(lines.filter((line) => line.startsWith("✓"))).toEqual([
      "✓ The product reads these legs as agent_missed.",
      "✓ The product reads these legs as busy.",
      "✓ The product reads these legs as talked.",
    ]);
    expect(out).toMatch(/id +│ start +│ answer +│ end +│ channel .*│ disposition +│ billsec +│ lastapp/);
    expect(out).toMatch(/Local\/201@users-\w+;2/);
    expect(code).toBe(0);
  });
  it("names the outcome that was expected, and exits with 1, if another is read", async () => {
    const { say } = await startLaptop();
    const { code, out } = await say(args);
    expect(out).toContain(
      '! The product reads these legs as talked; agent_missed was expected. See docs/callbacks.md, "A pilot in five steps".',
    );
    expect(code).toBe(1);
  });
  it("prints the rows and outcomes as JSON", async () => {
    const { say, phone } = await startLaptop();
    phone("201", "no_answer");
    const { code, out } = await say([...args, "--json"]);
    const results: { rows: object[]; outcome: string; expected: string }[] = JSON.parse(out);
    expect(results.map(({ outcome, expected, rows }) => [outcome, expected, rows.length > 0])).toEqual([
      ["agent_missed", "agent_missed", true],
      ["agent_missed", "busy", true],
      ["agent_missed", "talked", true],
    ]);
    expect(code).toBe(1);
  });
  it("stops on Ctrl-C while the PBX does not respond, and says that a phone may ring", async () => {
    const { say, setFault } = await startLaptop();
    const stop = new AbortController();
    await setFault("slow=60000@CallHistory");
    const { code, err } = await say(args, () => stop.abort(), stop.signal);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/The command was stopped.*\(STOPPED\)\n {2}Fix: A call may have been placed\./),
    ]);
  });
  it("names the PBX and its host if the PBX does not respond", async () => {
    const { say, setFault, host } = await startLaptop();
    await setFault("reset-in-answer@CallHistory");
    const { err } = await say(args);
    expect(err).toContain(`default (${host}): the connection was lost`);
  });
  it.each([
    [["--to", "+18765551234"], "CALL_FORBIDDEN"],
    [["--to", "12x"], "`--to` must be one phone number"],
    [["--extension", "99999"], "`--extension` must match the `extension_pattern`"],
  ])("refuses %j as a callback would, and asks nobody to pick up", async (change, says) => {
    const { say } = await startLaptop();
    const { code, out, err } = await say([...args, ...change]);
    expect([code === 0, out, err]).toEqual([false, "", expect.stringContaining(says)]);
  });
});
