import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnyManifest, manifestKey, parseManifest } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { openCustomers } from "../../../lib/store/customers.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { giveNumber, leaksIn } from "../../support/leaks.ts";
import { owner } from "../support/ask.ts";
import {
  bucket,
  call,
  clientSettings,
  exportStore,
  invoke,
  stack,
  startPbx,
  until,
  wildix,
  yesterday,
} from "../support/client.ts";
import { contentsOf, isExported, lasting } from "../support/contents.ts";
import { enableCallbacks } from "../support/missed-calls.ts";
import { signedFetch } from "../support/signed.ts";

const number = giveNumber("+393339998877");
const pbxs = { "of-acme": "acme", "of-globex": "globex", "of-none": undefined };
const prefixOf = { "of-acme": "customers/acme/", "of-globex": "customers/globex/", "of-none": "" };
const part = (pbx: keyof typeof pbxs, dataset = "legs"): string =>
  `${prefixOf[pbx]}${dataset}/dt=${yesterday}/pbx=${pbx}/part-00001.ndjson.gz`;
const eventKey = `customers/acme/events/dt=${yesterday}/pbx=of-acme/1-event.json`;

/** Other test files leave exports of other PBXs. */
const verified = async () =>
  verifyExport(await openCustomers(exportStore), undefined, { pbxs: Object.keys(pbxs) });

const objects = async (): Promise<string[]> =>
  Object.keys((await contentsOf(stack.stage, stack.outputs)).objects);

beforeAll(async () => {
  for (const [id, customer] of Object.entries(pbxs)) {
    const pbx = await startPbx(id, { exported: true, calls: 20, ...(customer && { customer }) });
    pbx.pbx.history.insert({
      ...{ start: `${yesterday} 12:00:00`, end: `${yesterday} 12:01:00` },
      ...{ from_number: number, src: number, from_name: "Anna" },
    });
  }
  // Italian numbers
  await enableCallbacks("of-acme");
  expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 3 } });
  await until("the PBXs are exported", async () => {
    const contents = await contentsOf(stack.stage, stack.outputs);
    return Object.keys(pbxs).every((id) => isExported(contents, yesterday, id)) || undefined;
  });
});

afterAll(async () => {
  const own = (key: string): boolean => /^customers[./]/.test(key) || key.includes("of-none");
  for (const key of (await objects()).filter(own)) {
    const found = await exportStore.head(key);
    if (found !== undefined) await exportStore.remove(key, found.etag);
  }
});

describe("the exports of customers", () => {
  it("are each under the prefix of its own, and the command reads them all", async () => {
    const keys = await objects();
    for (const id of ["of-acme", "of-globex", "of-none"] as const)
      expect(keys).toEqual(expect.arrayContaining([part(id), part(id, "calls")]));
    const withId = keys.filter((key) => key.includes("of-acme"));
    expect(withId.filter((key) => !key.startsWith("customers/acme/"))).toEqual([]);
    expect(await verified()).toMatchObject({ findings: [], days: 3 });
  });

  describe("for a reader with the policy of docs/history.md", () => {
    let reader: S3Client;
    beforeAll(async () => {
      reader = await readerOf("acme");
    });
    type Action = "read" | "list" | "write" | "remove";
    const attempt = (action: Action, Key: string) => {
      const place = { Bucket: bucket, Key };
      switch (action) {
        case "read":
          return reader.send(new GetObjectCommand(place));
        case "list":
          return reader.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: Key }));
        case "write":
          return reader.send(new PutObjectCommand({ ...place, Body: "x" }));
        case "remove":
          return reader.send(new DeleteObjectCommand(place));
      }
    };
    const outcome = async (action: Action, key: string): Promise<string> => {
      try {
        const answer = await attempt(action, key);
        const listed = "Contents" in answer ? answer.Contents : undefined;
        const ofOthers = listed?.filter(({ Key }) => !Key?.startsWith("customers/acme/"));
        return ofOthers?.length ? "lists others" : "allowed";
      } catch (error) {
        return (error as Error).name;
      }
    };
    const manifests = [
      `customers/acme/${manifestKey(yesterday, "of-acme")}`,
      `customers/globex/${manifestKey(yesterday, "of-globex")}`,
    ] as const;
    it.each<[Action, string]>([
      ["read", part("of-acme")],
      ["read", manifests[0]],
      ["list", "customers/acme/"],
      ["list", "customers/acme/legs/"],
    ])("may %s %s", async (action, key) => {
      expect(await outcome(action, key)).toBe("allowed");
    });
    it.each<[Action, string]>([
      ["read", part("of-globex")],
      ["read", manifests[1]],
      ["read", part("of-none")],
      ["read", "customers.json"],
      ["list", "customers/globex/"],
      ["list", "customers/"],
      ["list", "legs/"],
      ["list", ""],
      ["write", "customers/acme/legs/x"],
      ["remove", part("of-acme")],
    ])("may not %s %j", async (action, key) => {
      expect(await outcome(action, key)).toBe("AccessDenied");
    });
  });
});

/** A client with the keys of a user with this policy only. */
const readerOf = async (customer: string): Promise<S3Client> => {
  const [, policy = ""] =
    /```json\n(\{\n {2}"Version": "2012-10-17"[\s\S]*?)```/.exec(readFileSync("docs/history.md", "utf8")) ??
    [];
  const UserName = `reader-${randomUUID()}`;
  const PolicyDocument = policy.replaceAll("BUCKET", bucket).replaceAll("acme", customer);
  await askIam("CreateUser", { UserName });
  await askIam("PutUserPolicy", { UserName, PolicyName: "reader", PolicyDocument });
  const made = await askIam("CreateAccessKey", { UserName });
  const [, accessKeyId = ""] = /<AccessKeyId>(.+?)</.exec(made) ?? [];
  const [, secretAccessKey = ""] = /<SecretAccessKey>(.+?)</.exec(made) ?? [];
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ ...clientSettings, credentials, forcePathStyle: true });
};

const askIam = async (Action: string, input: Readonly<Record<string, string>>): Promise<string> => {
  const answer = await signedFetch(owner, "iam", `${stack.endpoint}/`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ Action, Version: "2010-05-08", ...input }).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${Action} answered ${answer.status}: ${text}`);
  return text;
};

describe("wildix erase at a deployment", () => {
  const all = ["of-acme", "of-globex", "of-none"] as const;
  const erase = (...args: readonly string[]) =>
    wildix(["erase", "--stage", stack.stage, "--json", ...args], `${number}\n`);
  const rowsOf = async (pbx: (typeof all)[number], dataset: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await exportStore.read(part(pbx, dataset))) ?? []) chunks.push(chunk);
    return gunzipSync(Buffer.concat(chunks)).toString();
  };
  const manifestOf = async (pbx: (typeof all)[number]): Promise<AnyManifest> => {
    const key = prefixOf[pbx] + manifestKey(yesterday, pbx);
    return parseManifest((await readText(exportStore, key)) ?? "", key);
  };
  const found = all.map((pbx) => ({ kind: "erased", pbx, day: yesterday, legs: 1, calls: 1 }));

  beforeAll(async () => {
    const opened = await call("POST", "/callbacks", { pbx: "of-acme", to: number });
    expect(opened.status).toBe(201);
    await writeText(exportStore, eventKey, JSON.stringify({ phone: number }), { absent: true });
  });

  it("counts without --yes, and changes neither an object nor a record", async () => {
    const before = await contentsOf(stack.stage, stack.outputs);
    const { code, out, err } = await erase();
    expect([code, err, leaksIn(out)]).toEqual([0, "", []]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ changed: found, failed: [], events: 1 },
      ...{ callbacks: { removed: 1, ringing: 0 }, erased: false },
    });
    const { objects, records } = await contentsOf(stack.stage, stack.outputs);
    expect([objects, lasting(records)]).toEqual([before.objects, lasting(before.records)]);
    expect(await rowsOf("of-acme", "legs")).toContain(number);
  });
  it("erases with --yes: rows, manifests, the archived event and the callback; verify finds no difference", async () => {
    const before = await manifestOf("of-acme");
    const { code, out, err } = await erase("--yes");
    expect([code, err, leaksIn(out)]).toEqual([0, "", []]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ changed: found, events: 1, callbacks: { removed: 1, ringing: 0 } },
      ...{ erased: true, listed: true },
    });
    for (const pbx of all) {
      for (const dataset of ["legs", "calls"])
        expect(await rowsOf(pbx, dataset)).not.toMatch(/3339998877|Anna/);
      expect((await manifestOf(pbx)).erased).toMatchObject([{ legs: 1, calls: 1 }]);
    }
    expect((await manifestOf("of-acme")).rows).toBe(before.rows);
    expect(await objects()).not.toContain(eventKey);
    expect((await call("GET", "/callbacks?pbx=of-acme")).body).toMatchObject({ callbacks: [] });
    expect(await wildix(["verify", `s3://${bucket}`])).toMatchObject({ code: 0, err: "" });
  });
  it("a later export by the function does not write the number, for its role reads the list", async () => {
    const before = await rowsOf("of-acme", "legs");
    expect(await invoke("export-history", { pbx: "of-acme", force: true })).toMatchObject({ error: null });
    expect(await rowsOf("of-acme", "legs")).toBe(before);
    expect(await verified()).toMatchObject({ findings: [], days: 3 });
  });
});
