import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { available } from "../../lib/aws/registry-errors.ts";
import { secretsManagerRegistry } from "../../lib/aws/secrets-manager.ts";
import { fileRegistry } from "../../lib/local/pbx-file.ts";
import { createPbxs } from "../../lib/pbxs/pbxs.ts";
import { type PbxRegistry, readPbx, unknownPbx } from "../../lib/pbxs/registry.ts";
import type { TransportResult } from "../../lib/wms/sending/transport.ts";
import { giveSecret } from "../support/leaks.ts";
import { answer, fakeClock, ok, refused, type Sent, scripted } from "../support/scripted.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";
import { contractPbxs, registryContract, tagsOf } from "./registry-contract.ts";

const secretKey = giveSecret("pbxs-test-secret-0123456789abcdef");
// what bad-secrets.json has for secret keys, in full and in part
giveSecret("0123456789abcdef");
const secret = { host: "https://pbx.example.com", app_id: "app-1", app_name: "crm", secret_key: secretKey };

describe("a pseudonym", () => {
  const pseudonym = async (id: string, key: string, text: string): Promise<string> => {
    const registry: PbxRegistry = {
      list: async () => [],
      readText: async () => JSON.stringify({ ...secret, secret_key: key }),
    };
    const pbxs = createPbxs({
      registry,
      transport: scripted([]).transport,
      clock: fakeClock(),
      random: () => 0,
    });
    return (await pbxs.get(id)).pseudonym(text);
  };
  it("is the same for the same text, and another for another PBX or other credentials", async () => {
    const other = giveSecret("another-secret-0123456789abcdef");
    const texts = [
      await pseudonym("milan", secretKey, "+16144841500"),
      await pseudonym("milan", secretKey, "+16144841501"),
      await pseudonym("rome", secretKey, "+16144841500"),
      await pseudonym("milan", other, "+16144841500"),
    ];
    expect(new Set(texts).size).toBe(4);
    expect(await pseudonym("milan", secretKey, "+16144841500")).toBe(texts[0]);
    expect(texts[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const act of cleanUp) await act();
});
const newPath = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-pbxs-"));
  cleanUp.push(() => rm(directory, { recursive: true }));
  return join(directory, "pbxs.json");
};

registryContract("a file", async () => {
  const path = await newPath();
  const pbxs = contractPbxs.map(({ id, secret: own, ...where }) => [id, { ...own, ...where }]);
  await writeFile(path, JSON.stringify({ pbxs: Object.fromEntries(pbxs) }));
  return fileRegistry(path);
});
registryContract("Secrets Manager", async () => {
  const stub = await startSecretsManager(
    contractPbxs.map((pbx) => ({
      name: `/wildix/dev/pbx/${pbx.id}`,
      value: JSON.stringify(pbx.secret),
      tags: tagsOf(pbx),
    })),
  );
  cleanUp.push(stub.close);
  return secretsManagerRegistry(stub.client, "/wildix/dev/pbx/", fakeClock());
});
registryContract("secrets that hold several PBXs", async () => {
  const listed = contractPbxs.map(({ id, secret: own, ...where }) => [id, { ...own, ...where }] as const);
  const secretOf = (name: string, pbxs: typeof listed) => ({
    name: `/wildix/dev/pbx/${name}`,
    value: JSON.stringify({ pbxs: Object.fromEntries(pbxs) }),
  });
  const stub = await startSecretsManager([
    secretOf("_1", listed.slice(0, 2)),
    secretOf("_2", listed.slice(2)),
  ]);
  cleanUp.push(stub.close);
  return secretsManagerRegistry(stub.client, "/wildix/dev/pbx/", fakeClock());
});

describe("registries that do not answer", () => {
  it.each([
    ["no file", undefined, "cannot be read"],
    ["no JSON", "{,}", "must be JSON"],
    ["no pbxs", "{}", 'must have an object "pbxs"'],
    ["a PBX that is text", '{"pbxs":{"a":"b"}}', 'the PBX "a"'],
  ])("%s", async (_name, text, words) => {
    const path = await newPath();
    if (text !== undefined) await writeFile(path, text);
    await expect(fileRegistry(path).list()).rejects.toMatchObject({
      code: "REGISTRY_UNAVAILABLE",
      message: expect.stringContaining(words),
    });
  });
  it("Secrets Manager that refuses", async () => {
    const stub = await startSecretsManager([{ name: "p/x", value: "denied" }]);
    cleanUp.push(stub.close);
    await expect(secretsManagerRegistry(stub.client, "p/", fakeClock()).readText("x")).rejects.toMatchObject({
      code: "REGISTRY_UNAVAILABLE",
      message: "Secrets Manager did not respond: AccessDeniedException",
    });
  });
  it.each([
    [Object.assign(new Error(), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    [Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    [Object.assign(new Error(), { name: "ThrottlingException", code: "x" }), "ThrottlingException"],
    [new Error("x"), "Error"],
    ["x", "an error"],
  ])("Secrets Manager that cannot be reached: %s", async (cause, says) => {
    const failing = available(async () => {
      throw cause;
    });
    await expect(failing).rejects.toThrow(`Secrets Manager did not respond: ${says}`);
  });
  it("credentials that are borrowed twice", async () => {
    const texts: Record<string, string> = {
      a: '{"host":"https://a.example.com","credentials_from":"b"}',
      b: '{"host":"https://b.example.com","credentials_from":"c"}',
    };
    const registry: PbxRegistry = { list: async () => [], readText: async (id) => texts[id] ?? "" };
    await expect(readPbx(registry, "a")).rejects.toMatchObject({
      code: "PBX_SECRET_INVALID",
      field: "credentials_from",
    });
  });
  it("credentials of a PBX that is not registered", async () => {
    const registry: PbxRegistry = {
      list: async () => [],
      readText: async (id) => {
        if (id !== "a") throw unknownPbx(id, ["a", "bari"]);
        return '{"host":"https://a.example.com","credentials_from":"bary"}';
      },
    };
    await expect(readPbx(registry, "a")).rejects.toMatchObject({
      code: "PBX_SECRET_INVALID",
      field: "credentials_from",
      message:
        "the secret of a: `credentials_from` must be the id of a registered PBX; got bary. Did you mean bari?",
    });
  });
  it("credentials that are borrowed end when the lender's do", async () => {
    const texts: Record<string, string> = {
      a: '{"host":"https://a.example.com","credentials_from":"b"}',
      b: '{"host":"https://b.example.com","token":"t","expires_at":"2027-01-01T00:00:00Z"}',
    };
    const registry: PbxRegistry = { list: async () => [], readText: async (id) => texts[id] ?? "" };
    expect(await readPbx(registry, "a")).toMatchObject({ expiresAt: "2027-01-01T00:00:00Z" });
  });
});

describe("credentials that change", () => {
  /** A PBX that accepts one app id, and a registry whose secret somebody rotates. */
  const setUp = () => {
    const state = { stored: "old", accepted: "old", reads: 0 };
    const clock = fakeClock();
    const registry: PbxRegistry = {
      list: async () => [],
      readText: async () => {
        state.reads++;
        return JSON.stringify({ ...secret, app_id: state.stored });
      },
    };
    const judge = ({ headers }: Sent): TransportResult =>
      headers.some(([name, value]) => name === "X-APP-ID" && value === state.accepted)
        ? ok({ version: "7.08" })
        : refused();
    const { transport, sent } = scripted(Array.from({ length: 500 }, () => judge));
    return {
      state,
      clock,
      sent,
      pbxs: createPbxs({ registry, transport, clock, random: () => 0, requestsPerSecond: () => 1000 }),
    };
  };

  it("under 20 parallel calls: one refresh, no storm", async () => {
    const { state, clock, sent, pbxs } = setUp();
    const { client } = await pbxs.get("milan");
    await client.version();
    clock.at += 60_000;
    Object.assign(state, { stored: "new", accepted: "new" });
    await Promise.all(Array.from({ length: 20 }, () => client.version()));
    expect(state.reads).toBe(2);
    expect(sent).toHaveLength(1 + 40);
  });

  it("20 who ask a cold function at once share one reading and one client", async () => {
    const { state, pbxs } = setUp();
    const got = await Promise.all(Array.from({ length: 20 }, () => pbxs.get("milan")));
    expect(state.reads).toBe(1);
    expect(new Set(got.map(({ client }) => client)).size).toBe(1);
  });

  it("20 who ask when the time is over share one reading", async () => {
    const { state, clock, pbxs } = setUp();
    await pbxs.get("milan");
    clock.at += 301_000;
    await Promise.all(Array.from({ length: 20 }, () => pbxs.get("milan")));
    expect(state.reads).toBe(2);
  });

  it("a PBX that could not be read is asked for again", async () => {
    const { state, pbxs } = setUp();
    state.stored = "";
    await expect(pbxs.get("milan")).rejects.toMatchObject({ code: "PBX_SECRET_INVALID", field: "app_id" });
    state.stored = "old";
    expect((await pbxs.get("milan")).id).toBe("milan");
  });

  it("a wrong secret is not read again and again", async () => {
    const { state, pbxs } = setUp();
    state.accepted = "another";
    const { client } = await pbxs.get("milan");
    for (let n = 0; n < 10; n++)
      await expect(client.version()).rejects.toMatchObject({ code: "WMS_UNAUTHORIZED" });
    expect(state.reads).toBe(1);
  });

  it("are believed for five minutes", async () => {
    const { state, clock, pbxs } = setUp();
    for (const wait of [0, 299_000, 2_000]) {
      clock.at += wait;
      await pbxs.get("milan");
    }
    expect(state.reads).toBe(2);
  });

  it("an answer that is no 401 reads nothing", async () => {
    const { state, pbxs } = setUp();
    expect(answer(403, {}).kind).toBe("response");
    await (await pbxs.get("milan")).client.version();
    expect(state.reads).toBe(1);
  });
});
