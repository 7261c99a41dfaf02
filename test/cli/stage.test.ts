import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { severalPbxs } from "../../cli/context/context.ts";
import { main } from "../../cli/main.ts";
import { messageOf } from "../../lib/history/planning/fleet-report.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { notifyHealth } from "../../lib/pbxs/notify-health.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { startPbx, wildix } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";
import { startCloudFormation } from "../support/cloudformation.ts";
import { startDynamo } from "../support/dynamo.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = before;
});

let milanText = "";
const at = ["--stage", "prod", "--region", "eu-central-1"];

/** A deployment with the PBX milan, and one whose credentials are wrong. */
beforeEach(async () => {
  const { pbx } = await startPbx();
  const { appId: app_id, appName: app_name, secret: secret_key, zone } = simulatorDefaults;
  const milan = { host: pbx.url, app_id, app_name, secret_key };
  milanText = JSON.stringify(milan);
  const tags = { "wildix:timezone": zone };
  const secrets = await startSecretsManager([
    { name: "/own/prefix/milan", value: JSON.stringify(milan), tags },
    { name: "/own/prefix/rome", value: JSON.stringify({ ...milan, app_id: "another" }), tags },
  ]);
  const dynamo = await startDynamo("the-table");
  const stack = await startCloudFormation({
    StateTableName: "the-table",
    PlannerSettings: JSON.stringify({ WILDIX_SECRET_PREFIX: "/own/prefix/" }),
  });
  for (const { close } of [secrets, dynamo, stack]) onTestFinished(close);
  process.env = {
    ...before,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stack.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
});

describe("with --stage, a command reads the secrets of a deployment", () => {
  it("wildix doctor", async () => {
    const { code, out } = await wildix(["doctor", "--pbx", "milan", ...at]);
    expect([code, out]).toEqual([0, expect.stringContaining("Every check passed.")]);
    const all = await wildix(["doctor", "--all", ...at]);
    expect([all.code, all.out]).toEqual([1, expect.stringMatching(/✓ milan.*\n✗ rome: app id: /)]);
  });
  it("wildix doctor, which names a time zone that the planner cannot use", async () => {
    const tags = { "wildix:timezone": "Moon/Base" };
    const { close, url } = await startSecretsManager([{ name: "/own/prefix/moon", value: milanText, tags }]);
    onTestFinished(close);
    process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = url;
    const one = await wildix(["doctor", "--pbx", "moon", ...at]);
    expect([one.code, one.out]).toEqual([
      1,
      expect.stringMatching(/✗ registration `timezone` must be .*\n +Fix: Set `timezone` of moon/),
    ]);
    expect(one.out.split("\n").at(-1)).toBe("Fix the failed checks, then run the same command again.");
    const all = await wildix(["doctor", "--all", ...at]);
    expect([all.code, all.out]).toEqual([1, expect.stringContaining("✗ moon: registration: `timezone`")]);
  });
  it("wildix history", async () => {
    const asked = ["history", "--from", "-7d", "--to", "yesterday", "--limit", "3", "--json"];
    const { code, out } = await wildix([...asked, "--pbx", "milan", ...at]);
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ length: 3 })]);
  });
  it("wildix queues", async () => {
    expect((await wildix(["queues", "--pbx", "milan", "--json", ...at])).code).toBe(0);
  });
  it("wildix request, and its kill switch stops a call", async () => {
    const get = ["request", "GET", "/api/v1/PBX/version/", "--pbx", "milan", ...at];
    expect((await wildix(get)).code).toBe(0);
    expect((await wildix(["stop", "--all", ...at])).code).toBe(0);
    const call = ["request", "POST", "/api/v1/originate/", "--pbx", "milan", ...at];
    expect((await wildix(call)).err).toContain("CALLS_STOPPED");
  });
  it.each(["doctor", "queues"])(
    "wildix %s refuses a file beside it, and a PBX that is unknown",
    async (name) => {
      const both = await wildix([name, ...at, "--pbxs", "pbxs.json"]);
      expect([both.code, both.err]).toEqual([2, expect.stringContaining("`--stage` or `--pbxs`, not both")]);
      expect((await wildix([name, ...at, "--pbx", "milna"])).err).toMatch(
        /got milna\. Did you mean milan\? \(PBX_UNKNOWN\)/,
      );
      expect((await wildix([name, ...at, "--pbx", "a b"])).err).toContain("must be 1 to 63 letters");
    },
  );
});

it("wildix status --watch goes on after an error of AWS, and ends without an error at Ctrl-C", async () => {
  const stack = await startCloudFormation({
    PlannerSettings: JSON.stringify({ WILDIX_SECRET_PREFIX: "/own/prefix/" }),
    ExportBucketName: "bucket",
    StateTableName: "the-table",
    ExportQueueUrl: "http://127.0.0.1:9/queue",
    ExportDeadLettersUrl: "http://127.0.0.1:9/dead",
  });
  onTestFinished(stack.close);
  // S3 works for the first look only
  let looks = 0;
  const s3 = createServer(({ url = "" }, response) => {
    const isList = url.includes("list-type=2");
    response.statusCode = looks > 0 ? 403 : isList ? 200 : 404;
    const error = (code: string): string => `<Error><Code>${code}</Code><Message>m</Message></Error>`;
    const empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    response.end(looks > 0 ? error("AccessDenied") : isList ? empty : error("NoSuchKey"));
  });
  await new Promise<void>((resolve) => s3.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    s3.close();
    s3.closeAllConnections();
  });
  const { port } = s3.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_CLOUDFORMATION: stack.url,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
  });
  const [out, err]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const watch = () =>
    main(["status", ...at, "--watch"], {
      env: {},
      stdin: async () => "",
      clock: {
        now: testClock.now,
        sleep: async () => {
          looks++;
          if (looks < 4) return;
          stop.abort();
          throw new DOMException("", "AbortError");
        },
      },
      signal: stop.signal,
      output: { out: (text) => out.push(text), err: (text) => err.push(text), colours: false, live: false },
    });
  expect([await watch(), looks, err.length > 0]).toEqual([0, 4, true]);
  expect(err.filter((line) => line.includes("(STORE_UNAVAILABLE)"))).toHaveLength(3);
  expect(err.join()).not.toContain("STOPPED");
  // and if nobody reads its output any more
  looks = 0;
  const closed = {
    out: () => undefined,
    err: () => undefined,
    colours: false,
    live: false,
    isClosed: () => true,
  };
  const ofHead = main(["status", ...at, "--watch"], {
    env: {},
    stdin: async () => "",
    clock: { now: testClock.now, sleep: async () => undefined },
    output: closed,
  });
  expect(await ofHead).toBe(0);
});

it("wildix key list names the stage that has no key", async () => {
  const { code, out } = await wildix(["key", "list", ...at]);
  expect([code, out]).toEqual([0, "There is no API key of the stage prod in eu-central-1."]);
  expect((await wildix(["key", "list", ...at, "--json"])).out).toBe("[]");
});

it("wildix secret list names the region that it asked", async () => {
  const { out } = await wildix(["secret", "list", ...at]);
  expect(out).toBe("There is no PBX under /wildix/prod/pbx/ in eu-central-1.");
});

it("a command for one PBX names ten of many PBXs", () => {
  const ids = Array.from({ length: 1_200 }, (_, at) => `p${at}`);
  const begin = "Name one with `--pbx`: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9";
  expect(severalPbxs(ids).message).toBe(`There are 1,200 PBXs. ${begin} and 1,190 more`);
  expect(severalPbxs(ids.slice(0, 10)).message).toBe(`There are 10 PBXs. ${begin}`);
  expect(severalPbxs([]).message).toBe("No PBX is registered.");
});

describe("the commands of a notification", () => {
  it("work as they are printed", async () => {
    const texts: string[] = [];
    await notifyHealth(
      {
        state: memoryState(testClock),
        clock: testClock,
        config: { stage: "prod" },
        alarms: { notify: async (_subject, text) => void texts.push(text) },
      },
      [
        {
          pbx: "rome",
          daysLeft: undefined,
          problem: { check: "app id", detail: "unknown", cure: "Copy it." },
        },
        { pbx: "oslo", daysLeft: undefined, problem: undefined },
      ],
    );
    const report = {
      version: 1,
      day: "2026-11-23",
      pbxs: 2,
      exported: 1,
      rows: 1,
      missing: [{ pbx: "rome", code: "WMS_UNAUTHORIZED", reason: "refused", deaths: 1 }],
      slowest: [],
      written_at: "",
      told: false,
    } as const;
    texts.push(messageOf({ ...report, missing: [...report.missing], slowest: [] }, "prod")[1]);
    const commands = texts.flatMap((text) =>
      [...text.matchAll(/`wildix ([^`]+)`/g)].map(([, line = ""]) => line),
    );
    expect(commands).toEqual([
      "doctor --stage prod --pbx rome",
      "doctor --stage prod --all",
      "doctor --stage prod --pbx rome",
      "redrive --stage prod --pbx rome",
    ]);
    for (const command of commands.filter((line) => line.startsWith("doctor"))) {
      const { code, out } = await wildix(command.split(" "), { AWS_REGION: "eu-central-1" });
      expect([code, out]).toEqual([1, expect.stringContaining("app id")]);
    }
  });
});
