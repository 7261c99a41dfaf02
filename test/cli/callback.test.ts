import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sendWebhookCommand } from "../../cli/commands/webhook.ts";
import type { Context } from "../../cli/context/context.ts";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { serveHttpApi } from "../../lib/local/http-api.ts";
import { sampleText } from "../callbacks/events/samples.ts";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";
import { laptopSettings as settings } from "../support/laptop.ts";
import { customer } from "../support/milan.ts";

/** A PBX with callbacks, and the command over its own directory. */
const setUp = async () => {
  const [{ env }, out] = [await startPbx(), await newDirectory()];
  const own = { ...env, WILDIX_SETTINGS: JSON.stringify(settings), HOME: out };
  const run = (...args: string[]) => wildix([...args, "--out", out], own);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, out: text, err } = await run(...args, "--json");
    expect([code, err]).toEqual([0, ""]);
    return JSON.parse(text);
  };
  return { run, json, env: own };
};

describe("wildix callback", () => {
  it("adds a callback, lists it, explains it in words and cancels it", async () => {
    const { run, json } = await setUp();
    const added = (await json("callback", "add", "--to", customer, "--queue", "Sales")) as { id: string };
    expect(added).toMatchObject({ to: "+39333…67", state: "waiting", target: "201" });
    expect(await json("callback", "list", "--state", "open")).toMatchObject([{ id: added.id }]);
    const table = await run("callback", "list");
    expect(table.out).toContain("+39333…67");
    const { out } = await run("callback", "list", added.id);
    expect(out).toMatch(/number +\+39333…67, of the queue Sales/);
    expect(out).toMatch(/state +waiting \(\w+\): .+/);
    expect(out).toMatch(/rings first +201/);
    expect(out).toMatch(/requested +\S+Z, not before \S+Z\n/);
    expect(out).not.toContain("missed calls");
    expect((await run("callback", "cancel", added.id)).out).toContain("closed and not dialled");
    expect(await json("callback", "list", "--state", "open")).toEqual([]);
    expect((await run("callback", "list", "--state", "open")).out).toBe("There is no open callback.");
  });
  it("shows the name of a queue without its control characters, which the terminal would obey", async () => {
    const { run } = await setUp();
    const { out } = await run(
      "callback",
      "add",
      "--to",
      customer,
      "--queue",
      "Sales\u001b[31m\nstate talked",
    );
    expect(out).toContain("of the queue Sales [31m state talked\n");
    expect(out).not.toContain("\u001b");
  });
  it("lists more callbacks than a page has, each once", async () => {
    const { run, json } = await setUp();
    const queues = Array.from({ length: 53 }, (_, at) => `queue ${at}`);
    for (const queue of queues) await run("callback", "add", "--to", customer, "--queue", queue);
    const listed = (await json("callback", "list")) as { queue: { name: string } }[];
    expect(listed.map(({ queue }) => queue.name).toSorted()).toEqual(queues.toSorted());
    const { out } = await run("callback", "list", "--state", "open");
    expect(out.split("\n").filter((line) => line.includes("+39333…67"))).toHaveLength(queues.length);
  });
  it("joins an open callback, and waits until a time", async () => {
    const { run, json } = await setUp();
    await run("callback", "add", "--to", "333 1234567");
    expect((await run("callback", "add", "--to", customer)).out).toContain("was added");
    expect(
      await json("callback", "add", "--to", "+393331234568", "--at", "2026-11-25T10:30:00+01:00"),
    ).toMatchObject({ due: "2026-11-25T09:30:00.000Z" });
  });
  it.each([
    [
      ["callback", "add", "--to", "+18765551234"],
      1,
      "`--to` must be a fixed-line, mobile or VoIP number in IT",
    ],
    [["callback", "add", "--to", "12x"], 2, "`--to` must be one phone number"],
    [["callback", "add", "--to", customer, "--at", "soon"], 2, "`--at` must be"],
    [["callback", "add", "--to", customer, "--at", "2099-01-01"], 2, "`--at` must be within 30 days"],
    [["callback", "add", "--to", customer, "--queue", ""], 2, "`--queue` must be at least 1 character"],
    [
      ["callback", "add", "--to", customer, "--name", "n".repeat(101)],
      2,
      "`--name` must be at most 100 characters",
    ],
    [["callback", "add", "--to", customer, "--pbx", "rome"], 2, "rome"],
    ...["list", "cancel"].map((name): [string[], number, string] => [
      ["callback", name, "x"],
      1,
      "There is no callback x of default. Closed callbacks are kept for 30 days. `wildix callback list` lists them. (NOT_FOUND)",
    ]),
    [["callback", "list", "--stage", "prod", "--pbxs", "x.json"], 2, "Give `--stage` or `--pbxs`, not both."],
  ])("%s: exit code %d, %s", async (args, code, says) => {
    const { run } = await setUp();
    const told = await run(...args);
    expect(told.code).toBe(code);
    expect(told.err).toContain(says);
  });
});

describe("wildix dnc", () => {
  it("lists numbers, refuses their callbacks, and takes them off", async () => {
    const { run, json } = await setUp();
    expect(await json("dnc", "add", customer, "+393331234568", "--note", "by phone")).toEqual({
      added: 2,
      known: 0,
    });
    expect(await json("dnc", "add", "333 1234567")).toEqual({ added: 0, known: 1 });
    expect(await run("dnc", "add", customer, "+393331234569", "--note", "by mail")).toMatchObject({
      code: 0,
      err: "! 1 number that was listed already keeps its note. To change a note, remove the number and add it again.",
    });
    expect(await json("dnc", "remove", "+393331234569")).toEqual({ removed: true });
    expect((await run("callback", "add", "--to", customer)).err).toContain(
      "must not be on the do-not-call list",
    );
    expect(await json("dnc", "list")).toMatchObject([
      { list: "default", shown: "+39333…67", by: "command", note: "by phone" },
      { list: "default", shown: "+39333…68" },
    ]);
    expect(await json("dnc", "remove", customer)).toEqual({ removed: true });
    expect((await run("dnc", "remove", customer)).out).toContain("was not on the list");
    expect((await run("callback", "add", "--to", customer)).code).toBe(0);
  });
  it("keeps a list for all PBXs", async () => {
    const { run, json } = await setUp();
    await run("dnc", "add", customer, "--all");
    expect(await json("dnc", "list")).toMatchObject([{ list: "all PBXs" }]);
    expect((await run("callback", "add", "--to", customer)).code).toBe(1);
    expect((await run("dnc", "add", customer, "--all", "--pbx", "default")).code).toBe(2);
  });
  it("keeps the list for all PBXs without a configured PBX, and the list of one PBX not", async () => {
    const out = await newDirectory();
    const run = (...args: string[]) => wildix(["dnc", ...args, "--out", out], {});
    expect(await run("add", customer, "--all")).toMatchObject({ code: 0, err: "" });
    expect((await run("remove", customer, "--all", "--json")).out).toBe('{"removed":true}');
    const { code, err } = await run("add", customer);
    expect([code, err]).toEqual([1, expect.stringContaining("`WILDIX_HOST` must be set")]);
  });
});

it("wildix callback list cuts the name of a queue to 30 characters", async () => {
  const { run } = await setUp();
  for (const [to, length] of [
    [customer, 30],
    ["+393337654321", 31],
  ] as const)
    await run("callback", "add", "--to", to, "--queue", "q".repeat(length));
  const { out } = await run("callback", "list");
  expect(out).toMatch(new RegExp(` ${"q".repeat(30)} `));
  expect(out).toMatch(new RegExp(` ${"q".repeat(29)}… `));
});

it.each([
  [["abc"], "`number` must be one phone number"],
  [["108"], "`number` must be a phone number; got an extension"],
  [[customer, "108"], "`number` 2 of 2 must be a phone number; got an extension"],
])("wildix dnc add %o says which number is wrong, and lists none of them", async (numbers, says) => {
  const { run, json } = await setUp();
  const { code, err } = await run("dnc", "add", ...numbers);
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  expect(await json("dnc", "list")).toEqual([]);
});
it("wildix dnc add refuses a note of more than 200 characters", async () => {
  const { run, json } = await setUp();
  expect(await run("dnc", "add", customer, "--note", "x".repeat(201))).toMatchObject({
    code: 2,
    err: expect.stringContaining("`--note` must have at most 200 characters; got 201. Shorten it."),
  });
  expect(await json("dnc", "add", customer, "--note", "x".repeat(200))).toEqual({ added: 1, known: 0 });
});

describe("wildix webhook send", () => {
  const received = async () => {
    const got: { headers: object; body: string | undefined; path: string }[] = [];
    const served = await serveHttpApi(
      [
        {
          method: "POST",
          path: "/webhooks/{pbx}",
          handler: async ({ headers, body, rawPath }) => {
            got.push({ headers, body, path: rawPath });
            return { statusCode: 202 };
          },
        },
      ],
      testClock,
    );
    return { got, served };
  };
  it("signs a file with the PBX's secret and sends its bytes", async () => {
    const { got, served } = await received();
    const { env } = await setUp();
    const file = join(await newDirectory(), "event.json");
    await writeFile(file, sampleText("call-missed"));
    const own = { ...env, WILDIX_WEBHOOK_SECRET: "s" };
    const told = await wildix(["webhook", "send", file, "--url", served.url], own);
    await served.close();
    expect(told.code).toBe(0);
    const body = sampleText("call-missed").trim();
    expect(got).toMatchObject([
      { path: "/webhooks/default", body, headers: { "x-signature": signWebhook(Buffer.from(body), "s") } },
    ]);
  });
  it("counts an empty variable as not set", async () => {
    const { env } = await setUp();
    const args = ["webhook", "send", "-", "--url", "http://127.0.0.1:9"];
    expect(await wildix(args, { ...env, WILDIX_WEBHOOK_SECRET: "" }, "{}")).toMatchObject({
      code: 2,
      err: expect.stringContaining("default has no `webhook_secrets`."),
    });
  });
  it("moves the times of an event with --now", async () => {
    const { got, served } = await received();
    const args = ["webhook", "send", "-", "--url", served.url, "--pbx", "milan", "--secret", "s", "--now"];
    const now = testClock.now();
    expect(await wildix(args, {}, sampleText("call-missed"))).toMatchObject({ code: 0, err: "" });
    await served.close();
    const sent = JSON.parse(got[0]?.body ?? "{}") as { time: number; data: { flows: { endTime: number }[] } };
    expect(sent.time - now).toBeLessThan(60_000);
    expect(sent.time - (sent.data.flows[0]?.endTime ?? 0)).toBe(360_000);
  });
  it.each([
    [
      "an old one",
      '{"id": "a", "type": "call:end", "time": 1000}',
      "`time` must be within the last 24 hours",
    ],
    ["one without a type", '{"id": "a", "time": 1000}', "it must be JSON with `id`, `type` and `time`"],
    ["text", "call:end", "it must be JSON with `id`, `type` and `time`"],
  ])("says that an event does nothing although it was accepted: %s", async (_name, event, says) => {
    const { served } = await received();
    const args = ["webhook", "send", "-", "--url", served.url, "--pbx", "milan", "--secret", "s"];
    const told = await wildix(args, {}, event);
    await served.close();
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining(`the event is ignored: ${says}`) });
  });
  it.each([
    [["no-such-file.json", "--pbx", "milan", "--secret", "s"], "must be a file that can be read"],
    [["-", "--pbx", "milan", "--secret", "s", "--url", "here"], "`--url` must be the address"],
    [
      ["-", "--pbx", "milan", "--secret", "s", "--url", "http://ada:pw@127.0.0.1:9"],
      "`--url` must not have a user or a password; got http://…@127.0.0.1:9. Remove them.",
    ],
    [
      ["-", "--pbx", "milan", "--secret", "s", "--url", "localhost:3000"],
      "`--url` must be the address of the HTTP API and begin with http:// or https://; got localhost:3000.",
    ],
    [
      ["-", "--pbx", "milan", "--secret", "s", "--url", "ftp://x"],
      "begin with http:// or https://; got ftp://x.",
    ],
    [["-", "--pbx", "milan", "--secret", "s", "--now"], "`--now` must be used with an event"],
    [["-", "--pbx", "milan", "--secret", ""], "`--secret` must not be empty"],
    [["-", "--pbx", "../x"], "`--pbx` must be 1 to 63 letters"],
    [["-", "--stage", "prod", "--pbxs", "x.json"], "Give `--stage` or `--pbxs`, not both."],
  ])("%j: %s", async (args, says) => {
    const told = await wildix(["webhook", "send", ...args], {}, "[]");
    expect([told.code, told.err.includes(says)]).toEqual([2, true]);
  });
  it("stops on Ctrl-C, and does not blame the address", async () => {
    const context: Context = {
      output: { out: () => {}, err: () => {}, colours: false, live: false },
      env: {},
      stdin: async () => sampleText("call-missed"),
      clock: testClock,
      signal: AbortSignal.abort(),
      inTypedNames: (error: unknown) => error,
    };
    const options = { url: "http://127.0.0.1:9", pbx: "milan", secret: "s" };
    await expect(sendWebhookCommand(context, "-", options)).rejects.toThrow("abort");
  });
});
