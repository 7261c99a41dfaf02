import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { messageOf } from "../../lib/history/planning/fleet-report.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { notifyHealth } from "../../lib/pbxs/notify-health.ts";
import { simulatorDefaults } from "../../simulator/server.ts";
import { startPbx, wildix } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";
import { startCloudFormation } from "../support/cloudformation.ts";
import { startDynamo } from "../support/dynamo.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = before;
});

const at = ["--stage", "prod", "--region", "eu-central-1"];

/** A deployment with the PBX milan, and one whose credentials are wrong. */
beforeEach(async () => {
  const { pbx } = await startPbx();
  const { appId: app_id, appName: app_name, secret: secret_key, zone } = simulatorDefaults;
  const milan = { host: pbx.url, app_id, app_name, secret_key };
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
      expect((await wildix([name, ...at, "--pbx", "milna"])).err).toContain("PBX_UNKNOWN");
    },
  );
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
