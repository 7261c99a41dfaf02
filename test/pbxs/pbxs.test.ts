import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secretsManagerRegistry } from "../../lib/aws/secrets-manager.ts";
import { environmentRegistry, fileRegistry } from "../../lib/local/pbx-file.ts";
import { createPbxs } from "../../lib/pbxs/pbxs.ts";
import { type PbxRegistry, readPbx } from "../../lib/pbxs/registry.ts";
import { parseSecret } from "../../lib/pbxs/secret.ts";
import type { TransportResult } from "../../lib/wms/sending/transport.ts";
import badSecrets from "../fixtures/bad-secrets.json" with { type: "json" };
import { giveSecret } from "../support/leaks.ts";
import { answer, fakeClock, ok, refused, type Sent, scripted } from "../support/scripted.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";
import { contractPbxs, registryContract, tagsOf } from "./registry-contract.ts";

const secretKey = giveSecret("pbxs-test-secret-0123456789abcdef");
// what bad-secrets.json has for secret keys, in full and in part
giveSecret("0123456789abcdef");
const secret = { host: "https://pbx.example.com", app_id: "app-1", app_name: "crm", secret_key: secretKey };

describe("configurations that are refused, each by name", () => {
  it("are 30 and more", () => expect(badSecrets.length).toBeGreaterThanOrEqual(30));
  it.each(badSecrets)("$name", ({ secret: text, field, says }) => {
    expect(() => parseSecret("milan", text)).toThrowError(
      expect.objectContaining({
        code: "PBX_SECRET_INVALID",
        field: field ?? undefined,
        message: expect.stringContaining(says),
      }),
    );
    expect(() => parseSecret("milan", text)).toThrowError(/^the secret of milan: /);
  });
});

describe("a secret that is right", () => {
  it.each([
    ["S2S", {}, { kind: "s2s", app_id: "app-1", app_name: "crm", secret_key: secretKey }],
    [
      "an API key",
      { app_id: undefined, app_name: undefined, secret_key: undefined, api_key: "wsk-v1-x" },
      { kind: "api_key", api_key: "wsk-v1-x" },
    ],
    [
      "a token",
      { app_id: undefined, app_name: undefined, secret_key: undefined, token: "access_x" },
      { kind: "token", token: "access_x" },
    ],
  ])("by %s", (_name, change, auth) => {
    const text = JSON.stringify({ ...secret, ...change });
    const expected = { connection: { host: secret.host, auth }, settings: {} };
    expect(parseSecret("milan", text)).toMatchObject(expected);
    expect(parseSecret("milan", `\uFEFF${text}`)).toMatchObject(expected);
  });
  it("with every setting", () => {
    const settings = {
      country: "IT",
      contexts: ["users"],
      dial_format: "00",
      extension_pattern: "[1-9]\\d{2}",
      own_numbers: ["0401"],
      date_format: "dmy",
      requests_per_second: 5,
      allowed_countries: ["IT", "CH"],
      allowed_number_types: ["mobile", "premium"],
      short_numbers: ["4242"],
      outside_prefix: "0",
      call_variables: ["CRM_ID"],
      call_marker: "variable",
      timezone: "Europe/Rome",
      calling_hours: { mon: ["09:00-12:30", "14:00-24:00"], sun: [] },
      caps: { per_minute: 0, per_caller: 5, per_destination: 2, per_day: 1_000_000 },
    };
    expect(
      parseSecret(
        "milan",
        JSON.stringify({
          ...secret,
          expires_at: "2027-05-01T00:00:00Z",
          webhook_secrets: ["a"],
          sqs_signing_key: "b",
          settings,
        }),
      ),
    ).toMatchObject({ settings });
  });
});

describe("the setting timezone", () => {
  const read = (timezone: string) =>
    parseSecret("milan", JSON.stringify({ ...secret, settings: { timezone } }));
  it.each(["Europe/Rome", "america/new_york", "Etc/GMT-3", "America/Argentina/Buenos_Aires", "UTC"])(
    "can be %s",
    (zone) => expect(read(zone).settings.timezone).toBe(zone),
  );
  it.each(["+01:00", "EST", "GMT", "EST5EDT", "Z", "Europe/Rome ", "Etc/GMT-99", "Europe/Romee", ""])(
    "cannot be %j",
    (zone) => expect(() => read(zone)).toThrow("`settings.timezone` must be an IANA zone"),
  );
});

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
  return secretsManagerRegistry(stub.client, "/wildix/dev/pbx/");
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
  return secretsManagerRegistry(stub.client, "/wildix/dev/pbx/");
});

describe("the PBX of the environment", () => {
  it("is called default", async () => {
    const registry = environmentRegistry({
      WILDIX_HOST: secret.host,
      WILDIX_API_KEY: "wsk-v1-x",
      WILDIX_TIMEZONE: "Europe/Rome",
    });
    expect(await registry.list()).toEqual([
      { id: "default", timezone: "Europe/Rome", exported: true, registeredAt: undefined },
    ]);
    expect((await readPbx(registry, "default")).connection).toEqual({
      host: secret.host,
      auth: { kind: "api_key", api_key: "wsk-v1-x" },
    });
    await expect(readPbx(registry, "milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
  });
  it.each<[Record<string, string>, string]>([
    [{}, "WILDIX_HOST"],
    [{ WILDIX_TOKEN: "access_x" }, "WILDIX_HOST"],
    [{ WILDIX_HOST: "https://pbx.example.com" }, "WILDIX_APP_ID"],
    [{ WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_NAME: "a" }, "WILDIX_APP_ID"],
    [
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_ID: "a", WILDIX_SECRET_KEY: "s" },
      "WILDIX_APP_NAME",
    ],
  ])("%j: says which variable is missing", async (env, field) => {
    await expect(readPbx(environmentRegistry(env), "default")).rejects.toMatchObject({
      code: "CONFIG_MISSING",
      field,
      message: expect.stringContaining(field),
    });
  });
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
    await expect(secretsManagerRegistry(stub.client, "p/").readText("x")).rejects.toMatchObject({
      code: "REGISTRY_UNAVAILABLE",
      message: "Secrets Manager did not answer: AccessDeniedException",
    });
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
