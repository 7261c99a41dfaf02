import { readFileSync } from "node:fs";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../../lib/aws/s3-store.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { type Simulator, startSimulator } from "../../../simulator/server.ts";
import { giveSecret } from "../../support/leaks.ts";
import { clientSettings, stack } from "../support/client.ts";
import { blocksOf, runBlock } from "../support/page.ts";

/** The commands of the page, a block each. */
const blocks = blocksOf(readFileSync("docs/deploy.md", "utf8"));
const secret = giveSecret("deploy-page-secret-0123456789abcdef");
/** What stands on the page, and what the reader of this test has in its place. */
const own = new Map<string, string>();

let pbx: Simulator;
beforeAll(async () => {
  pbx = await startSimulator({
    zone: stack.zone,
    days: 4,
    ringMs: 5,
    talkMs: 5,
    appId: "s2s-crm-0001",
    appName: "crm",
    secret,
  });
  own.set("https://milan.wildixin.com", pbx.url);
  own.set("Europe/Rome", stack.zone);
});
afterAll(() => pbx.close());

/** Runs a block of the page, and answers the question for the key. */
const run = (block: string): Promise<string> => {
  const commands = [...own].reduce(
    (told, [placeholder, value]) => told.replaceAll(placeholder, value),
    block,
  );
  return runBlock(commands, stack.env, { stdin: block.includes("secret put") ? `${secret}\n` : "" });
};

const found = (said: string, pattern: RegExp): string => {
  const value = pattern.exec(said)?.[1];
  if (value === undefined) throw new Error(`nothing like ${pattern} in:\n${said}`);
  return value;
};

describe("the commands of docs/deploy.md, from top to bottom", () => {
  const [deploy = "", register = "", key = "", call = "", exported = "", verify = "", remove = ""] = blocks;
  it("are seven blocks", () => expect(blocks).toHaveLength(7));
  it("deploy", async () => {
    const id = found(await run(deploy), /https:\/\/(\w+)\.execute-api\.eu-central-1\.amazonaws\.com\/calls/);
    own.set(
      "https://abc123.execute-api.eu-central-1.amazonaws.com",
      `${stack.endpoint}/_aws/execute-api/${id}/\\$default`,
    );
  });
  it("register a PBX, and hide its key", async () => {
    const said = await run(register);
    expect(said).toMatch(/\+ secret_key +\(hidden\)/);
    expect(said.split("\n").find((line) => /milan .* on/.test(line))).toContain(` ${stack.zone} `);
    expect(said).not.toContain(secret);
  });
  it("make a key, and place the first call", async () => {
    own.set("wfk_…", giveSecret(found(await run(key), /(wfk_\w+)/)));
    expect(await run(call)).toContain('"state":"PLACED"');
    expect(pbx.pbx.phones.calls).toMatchObject([{ first: { number: "108" }, second: { number: "109" } }]);
  });
  it("export yesterday, and prove it complete", async () => {
    expect(JSON.parse(await run(exported))).toMatchObject({ exported: [{ pbx: "milan", skipped: false }] });
    // the name is among what this very block prints first
    const info = await run(verify.split("\n")[0] ?? "");
    own.set("wildix-functions-prod-exportbucket-abc123", found(info, /ExportBucketName: (\S+)/));
    expect(await run(verify)).toMatch(/✓ 1 day, \d+ parts, \d+ rows: all match the manifests/);
  });
  it("remove, and keep the data", async () => {
    const bucket = own.get("wildix-functions-prod-exportbucket-abc123") ?? "";
    expect(await run(remove)).toContain(`Kept: the exports, in the bucket ${bucket}`);
    const left = await verifyExport(
      s3Store(new S3Client({ ...clientSettings, forcePathStyle: true }), bucket),
    );
    expect(left).toMatchObject({ days: 1, findings: [] });
  });
});
