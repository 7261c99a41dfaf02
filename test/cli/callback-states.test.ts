import { describe, expect, it } from "vitest";
import type { CallbackRecord } from "../../lib/callbacks/record.ts";
import { callEvent, laptopSettings, startLaptop } from "../support/laptop.ts";
import { customer } from "../support/milan.ts";

type Reason = CallbackRecord["reason"];

/** The states of the picture in docs/callbacks.md, with their reasons. */
const states: Readonly<Record<Reason, CallbackRecord["state"]>> = {
  delay: "waiting",
  retry: "waiting",
  hours: "waiting",
  agent: "waiting",
  target_busy: "waiting",
  capped: "waiting",
  stopped: "waiting",
  observed: "waiting",
  ringing: "ringing",
  talked: "closed",
  got_through: "closed",
  called_back: "closed",
  cancelled: "closed",
  attempts: "closed",
  failed: "closed",
  no_agent: "closed",
  expired: "closed",
  do_not_call: "closed",
  forbidden: "closed",
  hours_never: "closed",
  moved: "closed",
  outcome_unknown: "closed",
};
/** What `callback list ID` said of each. */
const said = new Map<Reason, string>();

const minute = 60_000;
const hour = 60 * minute;
const another = "+393337654321";

/** A laptop, and its callbacks until they are in a state. */
const laptop = async (change: object = {}) => {
  const started = await startLaptop(change);
  const { all, sweep, run } = started;
  return {
    ...started,
    /** Sweeps until the callback is in a state, and reads what the command says of it. */
    reaches: async (reason: Reason, number = customer): Promise<void> => {
      const own = async () => (await all()).filter(({ to }) => to.endsWith(number.slice(-2)));
      await expect
        .poll(async () => {
          await sweep();
          return (await own()).map((callback) => callback.reason);
        })
        .toContain(reason);
      const id = (await own()).find((callback) => callback.reason === reason)?.id ?? "";
      const out = await run("callback", "list", id);
      const [, state, sentence = ""] = /^ +state +(\w+ \(\w+\)): ([A-Z`].{15,}\.)$/m.exec(out) ?? [];
      expect(state).toBe(`${states[reason]} (${reason})`);
      said.set(reason, sentence.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, ""));
    },
  };
};

const missed = (number = customer): object => callEvent("call-missed", number);
const answered = {
  connectTime: 4_000,
  talkTime: 16_000,
  waitTime: 0,
  callStatus: "COMPLETED",
  callee: { type: "LOCAL", phone: "203", userExtension: "203", userDevice: "COLLABORATION_WEB" },
};

describe("a laptop that gets a PBX's events, and wildix callback list ID", () => {
  it("delay, agent, retry and attempts: nobody picks up, then the number is busy three times", async () => {
    const { send, reaches, phone, skip, run } = await laptop();
    await send(missed());
    await reaches("delay");
    expect(await run("callback", "list")).toMatch(/delay\b(?!.*(?:agent_missed|busy))/);
    phone("201", "no_answer");
    await skip(3 * minute);
    await reaches("ringing");
    await skip(minute);
    await reaches("agent");
    phone("201", "answer");
    phone(customer, "busy");
    for (const after of ["retry", "retry", "attempts"] as const) {
      await skip(6 * minute);
      await reaches("ringing");
      await skip(minute);
      await reaches(after);
    }
    // the last of several outcomes
    expect(await run("callback", "list")).toMatch(/ last ring\b[\s\S]*\battempts .* busy\b/);
  });
  it("talked, got_through, called_back, cancelled and do_not_call", async () => {
    const { send, reaches, skip, run, find } = await laptop();
    const missedAgain = async (): Promise<void> => {
      await skip(10 * minute);
      await send(missed());
      await reaches("delay");
      await skip(minute);
    };
    await send(missed());
    await reaches("delay");
    await skip(3 * minute);
    await reaches("ringing");
    // the simulator's phones are picked up within one second: the PBX's own event would decide, and is not waited for any longer
    await skip(6 * minute);
    await reaches("talked");
    await missedAgain();
    await send(callEvent("call-missed", customer, answered));
    await reaches("got_through");
    await missedAgain();
    await send(callEvent("call-completed", customer));
    await reaches("called_back");
    await missedAgain();
    await run("callback", "cancel", (await find())?.id ?? "");
    await reaches("cancelled");
    await missedAgain();
    await run("dnc", "add", customer);
    await reaches("do_not_call");
  });
  it("target_busy and stopped: the phone rings for another caller, then calls are stopped", async () => {
    const { send, reaches, skip, run } = await laptop();
    await send(missed());
    await send(missed(another));
    await reaches("delay");
    await reaches("delay", another);
    await skip(3 * minute);
    await reaches("ringing");
    await reaches("target_busy", another);
    await run("stop", "--all");
    await skip(6 * minute);
    await reaches("talked");
    await reaches("stopped", another);
  });
  it("moved: call:completed names the queue that a live event did not know", async () => {
    const { send, reaches } = await laptop();
    await send({ ...callEvent("call-missed", customer, { queueName: null }), type: "call:live:completed" });
    await reaches("delay");
    await send(callEvent("call-missed", customer, { queueName: "Sales" }));
    await reaches("moved");
    await reaches("delay");
  });
  it("failed: a number cannot be reached twice", async () => {
    const { send, reaches, phone, skip } = await laptop();
    phone(customer, "failed");
    await send(missed());
    await reaches("delay");
    for (const after of ["retry", "failed"] as const) {
      await skip(31 * minute);
      await reaches("ringing");
      await skip(minute);
      await reaches(after);
    }
  });
  it("no_agent: nobody picks up, six times", async () => {
    const { send, reaches, phone, skip } = await laptop();
    phone("201", "no_answer");
    await send(missed());
    await reaches("delay");
    for (const minutes of [3, 6, 11, 21, 41]) {
      await skip(minutes * minute);
      await reaches("ringing");
      await skip(minute);
      await reaches("agent");
    }
    await skip(61 * minute);
    await reaches("ringing");
    await skip(minute);
    await reaches("no_agent");
  });
  it("outcome_unknown: call history does not answer for two hours", async () => {
    const { send, reaches, skip, setFault } = await laptop();
    await send(missed());
    await reaches("delay");
    await skip(3 * minute);
    await reaches("ringing");
    await setFault("status=500@CallHistory");
    await skip(2 * hour);
    await reaches("outcome_unknown");
  });
  it("hours: the next day", async () => {
    const { send, reaches, skip } = await laptop();
    await send(missed());
    await reaches("delay");
    await skip(9 * hour);
    await reaches("hours");
  });
  it("observed and expired: the mode is observe", async () => {
    const { send, reaches, skip } = await laptop({ callbacks: { mode: "observe", targets: { "*": "201" } } });
    await send(missed());
    await reaches("delay");
    await skip(3 * minute);
    await reaches("observed");
    await skip(73 * hour);
    await reaches("expired");
  });
  it.each<[Reason, object]>([
    ["capped", { caps: { per_day: 0 } }],
    ["forbidden", { allowed_countries: [] }],
    ["hours_never", { callbacks: { ...laptopSettings.callbacks, holidays: everyDay() } }],
  ])("%s", async (reason, change) => {
    const { send, reaches, skip } = await laptop(change);
    await send(missed());
    if (reason !== "hours_never") {
      await reaches("delay");
      await skip(3 * minute);
    }
    await reaches(reason);
  });
  it("reaches every state of the picture, and explains each by a sentence of its own", () => {
    expect([...said.keys()].toSorted()).toEqual(Object.keys(states).toSorted());
    expect(new Set(said.values()).size).toBe(said.size);
  });
});

/** `01-01` to `12-31`. */
function everyDay(): string[] {
  return Array.from({ length: 366 }, (_, day) =>
    new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(5, 10),
  );
}
