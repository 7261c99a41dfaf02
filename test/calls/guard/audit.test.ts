import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, describe, expect, it } from "vitest";
import { cloudWatchAudit } from "../../../lib/aws/audit-log.ts";
import { type AuditLine, type AuditLog, auditedPhone } from "../../../lib/calls/guard/audit.ts";
import { fileAudit } from "../../../lib/local/audit-file.ts";
import { callsWith, openSettings } from "../../support/calls.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** CloudWatch Logs' two calls over their real protocol, on loopback. */
const startLogs = async (answers: Readonly<Record<string, [number, object]>> = {}) => {
  const calls: { readonly action: string; readonly input: unknown }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      const seen = calls.filter((call) => call.action === action).length;
      calls.push({ action, input: JSON.parse(Buffer.concat(chunks).toString()) });
      const [status, body] = answers[`${action}${seen + 1}`] ?? answers[action] ?? [200, {}];
      response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new CloudWatchLogsClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  open.push(() => {
    client.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { calls, audit: cloudWatchAudit(client, "/wildix/audit", "2026/11/24/[$LATEST]1") };
};

const line: AuditLine = {
  at: "2026-11-24T09:00:00.000Z",
  decision: "refused",
  reason: "country",
  pbx: "milan",
  caller: "crm",
  request: "r1",
};

describe("the audit log", () => {
  it("on CloudWatch: its own group, a stream for the function, an event for a line", async () => {
    const { calls, audit } = await startLogs();
    await Promise.all([audit.write(line), audit.write({ ...line, decision: "allowed" })]);
    const where = { logGroupName: "/wildix/audit", logStreamName: "2026/11/24/[$LATEST]1" };
    expect(calls[0]).toEqual({ action: "CreateLogStream", input: where });
    expect(calls.slice(1)).toEqual(
      [line, { ...line, decision: "allowed" }].map((each) => ({
        action: "PutLogEvents",
        input: { ...where, logEvents: [{ timestamp: 1_795_510_800_000, message: JSON.stringify(each) }] },
      })),
    );
  });
  it("on CloudWatch: a stream that is there already is good", async () => {
    const { calls, audit } = await startLogs({
      CreateLogStream: [400, { __type: "ResourceAlreadyExistsException", message: "exists" }],
    });
    await audit.write(line);
    expect(calls.map(({ action }) => action)).toEqual(["CreateLogStream", "PutLogEvents"]);
  });
  it("on CloudWatch: a stream that could not be made is tried again with the next line", async () => {
    const { calls, audit } = await startLogs({
      CreateLogStream1: [400, { __type: "ResourceNotFoundException", message: "no group" }],
    });
    await expect(audit.write(line)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await audit.write(line);
    expect(calls.map(({ action }) => action)).toEqual(["CreateLogStream", "CreateLogStream", "PutLogEvents"]);
  });
  it.each<[string, [number, object]]>([
    ["refuses", [400, { __type: "AccessDeniedException", message: "no" }]],
    ["drops it", [200, { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 0 } }]],
  ])("on CloudWatch: a line that it %s is an error", async (_name, answer) => {
    const { audit } = await startLogs({ PutLogEvents: answer });
    await expect(audit.write(line)).rejects.toThrow();
  });
  it("in a file: a line for a line", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wildix-audit-"));
    open.push(() => rm(directory, { recursive: true }));
    const file = join(directory, "audit.ndjson");
    const audit: AuditLog = fileAudit(file);
    await audit.write(line);
    await audit.write({ ...line, to: "…00" });
    expect(
      (await readFile(file, "utf8"))
        .split("\n")
        .slice(0, -1)
        .map((text) => JSON.parse(text)),
    ).toEqual([line, { ...line, to: "…00" }]);
    // only its owner may read it
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(fileAudit(join(file, "x")).write(line)).rejects.toThrow();
  });
});

describe("the phone of an audit line", () => {
  it.each([
    ["108", "108"],
    ["1080", "…80"],
    ["0393331234567", "…67"],
    ["4841500", "…00"],
  ])("%s is %s", (extension, shown) => expect(auditedPhone(extension, openSettings)).toBe(shown));
  it("and the number, in swapped fields of a CRM, are both masked", async () => {
    const { place, audited } = callsWith();
    await expect(place({ extension: "6144841500", to: "108" })).rejects.toMatchObject({
      code: "CALL_FORBIDDEN",
    });
    expect(audited).toMatchObject([
      { decision: "refused", reason: "extension", extension: "…00", to: "108" },
    ]);
    expect(JSON.stringify(audited)).not.toContain("6144841");
  });
});
