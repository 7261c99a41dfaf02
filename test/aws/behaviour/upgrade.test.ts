import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../../simulator/server.ts";
import { giveNumber, giveSecret } from "../../support/leaks.ts";
import { call as callStack, daysAgo, invoke, settings, stack, until, yesterday } from "../support/client.ts";
import { runWildix } from "../support/command.ts";
import { type Contents, contentsOf, isExported, lasting } from "../support/contents.ts";
import { blocksOf, runBlock } from "../support/page.ts";
import { previousRelease, unpackPreviousRelease } from "../support/previous-release.ts";
import { outputsIn, serverless } from "../support/stack.ts";
import { root } from "../support/venv.ts";

const stage = "upgraded";
const [dryRun = "", deploy = "", adopt = ""] = blocksOf(readFileSync("docs/upgrade.md", "utf8"));
const number = giveNumber("16144841577");
const parameters = { startDate: yesterday, rowsPerPart: 100 };
const stageFile = join(root, "stages", `${stage}.yml`);

const previous = await unpackPreviousRelease();
if (previous === undefined) {
  const need = `the upgrade needs the commit ${previousRelease}: clone with the whole history (git fetch --unshallow)`;
  if (process.env["CI"]) throw new Error(need);
  console.warn(`skipped: ${need}`);
}

let pbx: Simulator;
let before: Contents;
let outputs: Record<string, string>;
let key: string;

/** A block of the page, for this stage. */
const run = (block: string): Promise<string> =>
  runBlock(block.replaceAll(/(--stage) prod\b/g, `$1 ${stage}`), stack.env);

const call = (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
  callStack(method, path, body, { authorization: `Bearer ${key}`, ...headers }, apiOf(outputs));
const apiOf = ({ HttpApiId = "" }: Readonly<Record<string, string>>): string =>
  `${stack.endpoint}/_aws/execute-api/${HttpApiId}/$default`;

const order = { pbx: "kept", extension: "108", to: number };
const sound = { pbx: "kept", filename: "hello", text: "Good morning", voice: "Kimberly" };
const placed = { "idempotency-key": "order-1" };
const lost = { "idempotency-key": "order-2" };

const lastingContents = async (): Promise<Contents> => {
  const contents = await contentsOf(stage, outputs);
  return { ...contents, records: lasting(contents.records) };
};

/** Registers PBXs, makes a key, places calls, exports a day: all by the earlier release. */
const fill = async (folder: string): Promise<void> => {
  const wildix = async (args: readonly string[], stdin = ""): Promise<string> => {
    const { code, out, err } = await runWildix([...args, "--stage", stage], stack.env, stdin, folder);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${err}`);
    return out;
  };
  const { appId, appName, secret } = simulatorDefaults;
  const place = ["--host", pbx.url, "--app-id", appId, "--app-name", appName, "--timezone", stack.zone];
  for (const id of ["kept", "stopped"])
    await wildix(
      ["secret", "put", id, ...place, "--settings", JSON.stringify(settings), "--yes"],
      `${secret}\n`,
    );
  const scopes = ["calls:create", "calls:read", "queues:read", "sounds:write"].flatMap((scope) => [
    "--scope",
    scope,
  ]);
  const made = await wildix([
    ...["key", "create", "--label", "CRM", ...scopes, "--all-pbxs", "--all-extensions", "--json"],
  ]);
  ({ key } = JSON.parse(made));
  giveSecret(key);
  expect(await call("POST", "/calls", order, placed)).toMatchObject({ status: 201 });
  await pbx.setFault("reset-after-body");
  expect(await call("POST", "/calls", order, lost)).toMatchObject({ status: 202 });
  await pbx.clearFaults();
  expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 201 });
  expect(await invoke("plan-exports", {}, stage)).toMatchObject({ error: null, payload: { queued: 2 } });
  await until("both PBXs are exported", async () => {
    const contents = await contentsOf(stage, outputs);
    return ["kept", "stopped"].every((id) => isExported(contents, yesterday, id)) || undefined;
  });
  expect(await invoke("check-pbxs", {}, stage)).toMatchObject({ error: null });
  await wildix(["stop", "--pbx", "stopped"]);
};

describe.skipIf(previous === undefined)("the commands of docs/upgrade.md", () => {
  beforeAll(async () => {
    if (previous === undefined) return;
    pbx = await startSimulator({ zone: stack.zone, days: 4, ringMs: 5, talkMs: 5, calls: 200 });
    const params = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
    outputs = outputsIn(
      await serverless(["deploy", "--verbose", "--stage", stage, ...params], stack.env, previous),
    );
    await fill(previous);
    before = await lastingContents();
    await mkdir(join(root, "stages"), { recursive: true });
    const lines = Object.entries(parameters).map(([name, value]) => `${name}: ${value}\n`);
    await writeFile(stageFile, lines.join(""), { flag: "wx" });
  });
  afterAll(async () => {
    await pbx?.close();
    if (previous !== undefined) await rm(previous, { recursive: true, force: true });
    await rm(stageFile, { force: true });
    const folder = join(root, "stages");
    if (existsSync(folder) && (await readdir(folder)).length === 0) await rmdir(folder);
  });

  it("the earlier release has all that must stay", () => {
    expect(Object.keys(before.records).length).toBeGreaterThan(5);
    expect(Object.keys(before.objects).filter((name) => name.includes("manifest")).length).toBeGreaterThan(1);
    expect(Object.keys(before.objects).some((name) => name.startsWith("sounds/"))).toBe(true);
    expect(Object.keys(before.secrets)).toEqual(
      expect.arrayContaining([`/wildix/${stage}/keys`, `/wildix/${stage}/pbx/kept`]),
    );
    expect(before.auditLines.length).toBeGreaterThan(1);
    expect(Object.keys(before.schedules)).toHaveLength(3);
  });
  it("--dry-run removes neither bucket, table nor audit log, and changes nothing", async () => {
    const said = await run(dryRun);
    expect(said).toContain("The running stack is of a release that recorded no parameters");
    expect(said).toMatch(/\+ AWS::Events::EventBus EventBus/);
    expect(said).not.toMatch(/- AWS::\S+ (?:ExportBucket|StateTable|AuditLog)\b/);
    expect(await contentsOf(stage, outputs)).toMatchObject(before);
  });
  const otherFormat = " --param=exportFormat=parquet";
  it("a format that the exported days do not have is refused, and changes nothing", async () => {
    await expect(run(`${dryRun.trim()}${otherFormat}`)).rejects.toThrow(
      /has days in the format ndjson.*--force --format parquet .*--dry-run.*`--change-format`/,
    );
    expect(await contentsOf(stage, outputs)).toMatchObject(before);
  });
  it("the upgrade keeps every record, key, export and schedule", async () => {
    const said = await run(deploy);
    expect(said).toContain("Service deployed");
    const now = await contentsOf(stage, outputs);
    expect(now).toMatchObject(before);
    expect(Object.keys(now.schedules)).toHaveLength(4);
  });
  it("the new release continues with them", () => continues());
  it("remove keeps what it names, and prints the command that adopts it", async () => {
    before = await lastingContents();
    const said = await run("npm run remove -- --stage prod");
    const names = ["ExportBucket", "StateTable", "AuditLog"].map(
      (kind) => ` --adopt ${kind}=${outputs[`${kind}Name`]}`,
    );
    expect(said).toContain(`npm run deploy -- --stage ${stage}${names.join("")}`);
  });
  it("a name that does not exist is refused, and leaves no stack", async () => {
    const wrong = adopt.replace(/ExportBucket=\S+/, "ExportBucket=no-such-bucket");
    await expect(run(wrong)).rejects.toThrow(/cannot import the resources of `--adopt`: .*not found/i);
  });
  it("deploying over the kept resources continues with them too", async () => {
    const named = adopt.replaceAll(/(ExportBucket|StateTable|AuditLog)=\S+/g, (_, kind: string) => {
      return `${kind}=${outputs[`${kind}Name`]}`;
    });
    const kept = ["ExportBucketName", "StateTableName", "AuditLogName"].map((name) => outputs[name]);
    await expect(run(`${named.trim()}${otherFormat}`)).rejects.toThrow("`--change-format`");
    expect(await run(named)).toContain("Service deployed");
    const info = await serverless(["info", "--verbose", "--stage", stage], stack.env);
    outputs = outputsIn(info);
    expect(["ExportBucketName", "StateTableName", "AuditLogName"].map((name) => outputs[name])).toEqual(kept);
    expect(await contentsOf(stage, outputs)).toMatchObject(before);
    await continues();
    await expect(run(named)).rejects.toThrow("`--adopt` is for a stage without a stack");
  });
});

/** The deployment knows its calls, keys, exports, sounds, and its kill switch. */
const continues = async (): Promise<void> => {
  const wildix = (...args: readonly string[]) => runWildix([...args, "--stage", stage], stack.env);
  const rang = pbx.pbx.phones.calls.length;
  const again = await call("POST", "/calls", order, placed);
  expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
  expect(await call("GET", `/calls/${again.body["id"]}`)).toMatchObject({ body: { state: "PLACED" } });
  const unknown = await call("POST", "/calls", order, lost);
  expect(unknown.headers.get("idempotent-replayed")).toBe("true");
  expect(pbx.pbx.phones.calls).toHaveLength(rang);
  expect(await call("POST", "/calls", { ...order, pbx: "stopped" })).toMatchObject({
    status: 403,
    body: { code: "CALLS_STOPPED" },
  });
  expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 200, body: { made: false } });
  const keys = JSON.parse((await wildix("key", "list", "--json")).out);
  expect(keys).toMatchObject([{ label: "CRM" }]);
  expect(await invoke("reconcile-calls", {}, stage)).toMatchObject({ error: null });
  expect(await invoke("check-pbxs", {}, stage)).toMatchObject({ error: null, payload: { checked: 2 } });
  // the day is not due again before the next night
  expect(await invoke("plan-exports", {}, stage)).toMatchObject({ error: null, payload: { queued: 0 } });
  const verified = await runWildix(["verify", `s3://${outputs["ExportBucketName"]}`], stack.env);
  expect([verified.code, verified.err]).toEqual([0, ""]);
  const status = JSON.parse((await wildix("status", "--json", "--days", "1")).out);
  expect(status.days).toMatchObject([{ day: daysAgo(1), pbxs: 2, exported: 2 }]);
};
