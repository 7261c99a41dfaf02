import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { hashOf, newKey } from "../../lib/callers/key-text.ts";
import { keyringDefaults } from "../../lib/callers/keyring.ts";
import { editKeys, revokeKey, rotateKey } from "../../lib/callers/keys.ts";
import { bearer, callerApi, type MadeKey, signed, signedEvent } from "../support/caller-api.ts";
import { type Asked, httpEvent } from "../support/events.ts";
import { fc } from "../support/fast-check.ts";
import { leaksIn } from "../support/leaks.ts";

const compared: number[] = [];
vi.mock("node:crypto", async (original) => {
  const module = await original<typeof import("node:crypto")>();
  const timingSafeEqual: typeof module.timingSafeEqual = (a, b) => {
    compared.push(a.byteLength, b.byteLength);
    return module.timingSafeEqual(a, b);
  };
  return { ...module, timingSafeEqual };
});
beforeEach(() => {
  compared.length = 0;
});

const day = 86_400_000;
const withKeys = async () => {
  const api = callerApi();
  return { ...api, good: await api.add(), signer: await api.add({ signs: true }) };
};
type Api = Awaited<ReturnType<typeof withKeys>>;

const rotated = (api: Api, id: string): Promise<MadeKey> =>
  editKeys(api.keys, api.clock.now(), (keys) => rotateKey(keys, id, api.clock.now() + day, randomBytes));
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("a good key is let in", () => {
  it.each<[string, (api: Api) => Record<string, string>]>([
    ["as bearer", ({ good }) => bearer(good)],
    ["whatever the case of the scheme", ({ good }) => ({ authorization: `bearer ${good.text}` })],
    ["as the password of Basic", ({ good }) => ({ authorization: basic("pipedrive", good.text) })],
    ["as the password of Basic without a user", ({ good }) => ({ authorization: basic("", good.text) })],
  ])("%s", async (_name, headersOf) => {
    const api = await withKeys();
    const told = await api.ask(httpEvent({ headers: headersOf(api) }));
    expect([told.statusCode, JSON.parse(told.body ?? "")]).toEqual([
      200,
      { caller: api.good.id, signed: false },
    ]);
  });
  it("by its signature, over the raw body, also when API Gateway encodes that", async () => {
    const { ask, clock, signer } = await withKeys();
    const asked: Asked = {
      method: "POST",
      path: "/calls",
      query: "pbx=milan&x=%20y",
      body: '{ "to":\t"Zoë" }',
      headers: { "idempotency-key": "k1" },
    };
    for (const base64 of [false, true])
      expect(await ask(signedEvent(signer, clock.now(), { ...asked, base64 }))).toMatchObject({
        statusCode: 200,
      });
  });
});

/** Everything that is wrong in its own way, and what the log says of it. */
const wrong: [string, (api: Api) => Asked | Promise<Asked>, string][] = [
  ["no credentials", () => ({}), "no credentials"],
  ["another scheme", ({ good }) => ({ headers: { authorization: `Digest ${good.text}` } }), "are not a key"],
  ["a key alone", ({ good }) => ({ headers: { authorization: good.text } }), "are not a key"],
  [
    "a key cut off",
    ({ good }) => ({ headers: { authorization: `Bearer ${good.text.slice(0, -1)}` } }),
    "is incomplete",
  ],
  [
    "two keys",
    ({ good }) => ({ headers: { authorization: `Bearer ${good.text},${good.text}` } }),
    "are not a key",
  ],
  ["Basic with another password", () => ({ headers: { authorization: basic("a", "b") } }), "are not a key"],
  ["an unknown id", () => ({ headers: bearer(newKey(randomBytes)) }), "no key has the id"],
  ["a wrong secret", ({ good }) => ({ headers: bearer(newKey(randomBytes, good.id)) }), "wrong secret"],
  [
    "an expired key",
    async (api) => {
      const headers = bearer(await api.add({ expires: api.clock.now() + 1_000 }));
      await api.clock.sleep(1_000);
      return { headers };
    },
    "expired at",
  ],
  [
    "a revoked key",
    async (api) => {
      await editKeys(api.keys, api.clock.now(), (keys) => revokeKey(keys, api.good.id, api.clock.now()));
      return { headers: bearer(api.good) };
    },
    "was revoked",
  ],
  ["a key in the query", ({ good }) => ({ query: `key=${good.text}` }), "revoke "],
  [
    "a key in the query beside a good one",
    ({ good }) => ({ query: `key=${good.text}`, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a key in the query, escaped",
    ({ good }) => ({ query: `key=%77${good.text.slice(1)}`, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a key in the path, escaped",
    ({ good }) => ({ path: `/call-queues/wfk%5F${good.text.slice(4)}`, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a key in the query, escaped twice",
    ({ good }) => ({ query: `key=wfk%255F${good.text.slice(4)}`, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a key as the name of a parameter",
    ({ good }) => ({ query: good.text, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a key in the path",
    ({ good }) => ({ path: `/call-queues/${good.text}`, headers: bearer(good) }),
    "the URL contains a key",
  ],
  [
    "a part of a key in the URL",
    ({ good }) => ({ query: "x=wfk_1", headers: bearer(good) }),
    "revoke the key",
  ],
  ["a key that signs, sent as bearer", ({ signer }) => ({ headers: bearer(signer) }), "rotate it"],
  [
    "a key that is sent, used to sign",
    ({ good, clock }) => ({ headers: signed(good, clock.now()) }),
    "is not a key for signing",
  ],
  [
    "two kinds of credentials",
    ({ good, signer, clock }) => ({ headers: { ...bearer(good), ...signed(signer, clock.now()) } }),
    "two kinds",
  ],
  [
    "a signature by another key",
    ({ signer, clock }) => ({ headers: signed(newKey(randomBytes, signer.id), clock.now()) }),
    "wrong signature",
  ],
  [
    "a signature by an unknown key",
    ({ clock }) => ({ headers: signed(newKey(randomBytes), clock.now()) }),
    "no key has the id",
  ],
  [
    "a signature by nobody's secret",
    ({ signer, clock }) => ({ headers: signed({ id: signer.id, text: "0".repeat(64) }, clock.now()) }),
    "wrong signature",
  ],
  [
    "nobody's secret for an unknown key",
    ({ clock }) => ({ headers: signed({ id: "aaaaaaaaaaaa", text: "0".repeat(64) }, clock.now()) }),
    "no key has the id",
  ],
  [
    "no id beside a signature",
    ({ signer, clock }) => ({ headers: { ...signed(signer, clock.now()), "x-wildix-key": "" } }),
    "X-Wildix-Key",
  ],
  [
    "no time beside a signature",
    ({ signer, clock }) => ({ headers: { ...signed(signer, clock.now()), "x-wildix-timestamp": "" } }),
    "X-Wildix-Timestamp",
  ],
  [
    "a time with a sign",
    ({ signer, clock }) => ({ headers: { ...signed(signer, clock.now()), "x-wildix-timestamp": "-1" } }),
    "X-Wildix-Timestamp",
  ],
  [
    "a signature of another version",
    ({ signer, clock }) => ({ headers: { ...signed(signer, clock.now()), "x-wildix-signature": "v0=00" } }),
    "X-Wildix-Signature",
  ],
  [
    "a signature that is too old",
    ({ signer, clock }) => ({ headers: signed(signer, clock.now() - 301_000) }),
    "301 s ago",
  ],
  [
    "a signature of the future",
    ({ signer, clock }) => ({ headers: signed(signer, clock.now() + 301_000) }),
    "301 s ahead",
  ],
];

describe("whatever is wrong, the caller sees the same", () => {
  it("byte for byte, headers too, and the log says what it was without a secret", async () => {
    const seen = new Map<string, string>();
    for (const [name, make, because] of wrong) {
      const api = await withKeys();
      const told = await api.ask(httpEvent(await make(api)));
      expect(told.statusCode, name).toBe(401);
      seen.set(name, JSON.stringify(told));
      expect(api.lines, name).toMatchObject([
        { status: 401, code: "UNAUTHORIZED", because: expect.stringContaining(because) },
      ]);
      expect(api.counts, name).toEqual([{ requests_unauthorized: 1 }]);
      expect(leaksIn(JSON.stringify([told, api.lines])), name).toEqual([]);
    }
    expect(new Set(seen.values()).size).toBe(1);
    expect(JSON.parse([...seen.values()][0] ?? "")).toMatchObject({
      headers: { "Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer" },
    });
  });
  it("but for the request's id", async () => {
    const { ask } = await withKeys();
    const [one, other] = [
      await ask(httpEvent({ requestId: "r1" })),
      await ask(httpEvent({ requestId: "r2" })),
    ];
    expect(other.body).toBe(one.body?.replace('"r1"', '"r2"'));
  });
  it("no text of the header is anything else", async () => {
    const { ask } = await withKeys();
    const header = fc.oneof(
      fc.string(),
      fc.string().map((text) => `Bearer ${text}`),
      fc.base64String().map((text) => `Basic ${text}`),
    );
    await fc.assert(
      fc.asyncProperty(header, fc.string(), async (authorization, signature) => {
        expect((await ask(httpEvent({ headers: { authorization } }))).statusCode).toBe(401);
        const headers = { "x-wildix-signature": signature, "x-wildix-key": authorization };
        expect((await ask(httpEvent({ headers }))).statusCode).toBe(401);
      }),
    );
  });
});

describe("comparisons", () => {
  it.each<[string, (api: Api) => Asked | Promise<Asked>]>([
    ["a right key", ({ good }) => ({ headers: bearer(good) })],
    ["a wrong secret", ({ good }) => ({ headers: bearer(newKey(randomBytes, good.id)) })],
    ["an unknown id", () => ({ headers: bearer(newKey(randomBytes)) })],
    ["a key of the other kind", ({ signer }) => ({ headers: bearer(signer) })],
    ["a key with two secrets", async (api) => ({ headers: bearer(await rotated(api, api.good.id)) })],
    ["a right signature", ({ signer, clock }) => ({ headers: signed(signer, clock.now()) })],
    [
      "a wrong signature",
      ({ signer, clock }) => ({ headers: signed(signer, clock.now(), {}, { body: "x" }) }),
    ],
    ["a signature by an unknown id", ({ clock }) => ({ headers: signed(newKey(randomBytes), clock.now()) })],
    ["a signature out of time", ({ signer, clock }) => ({ headers: signed(signer, 0 * clock.now()) })],
  ])("are two of 32 bytes in constant time: %s", async (_name, make) => {
    const api = await withKeys();
    await api.ask(httpEvent(await make(api)));
    expect(compared).toEqual([32, 32, 32, 32]);
  });
});

describe("a signature", () => {
  const asked: Asked = {
    method: "POST",
    path: "/calls",
    query: "pbx=milan",
    body: '{"to":"109"}',
    headers: { "idempotency-key": "k1" },
  };
  it.each([
    [-301, 401],
    [-300, 200],
    [-299, 200],
    [0, 200],
    [299, 200],
    [300, 200],
    [301, 401],
  ])("made %i s from now: %i", async (seconds, status) => {
    const { ask, signer, clock } = await withKeys();
    expect(await ask(signedEvent(signer, clock.now() + seconds * 1000, asked))).toMatchObject({
      statusCode: status,
    });
  });
  it.each([
    ["method", { method: "GET" }],
    ["path", { target: "/sounds?pbx=milan" }],
    ["query", { target: "/calls?pbx=rome" }],
    ["idempotency key", { idempotencyKey: "k2" }],
    ["body", { body: '{"to":"110"}' }],
    ["body's bytes", { body: '{"to": "109"}' }],
  ])("is for one %s", async (_name, change) => {
    const { ask, signer, clock } = await withKeys();
    expect(await ask(signedEvent(signer, clock.now(), asked, change))).toMatchObject({ statusCode: 401 });
  });
  it("cannot move text from one part to the next", async () => {
    const { ask, signer, clock } = await withKeys();
    const [sent, meant] = [
      { method: "POST", path: "/calls", headers: { "idempotency-key": "k" }, body: "a\nb" },
      { target: "/calls", idempotencyKey: "k\na", body: "b" },
    ];
    // the texts are the same on purpose: a header cannot have a line break, so that only one of the two can travel
    expect(await ask(signedEvent(signer, clock.now(), sent, meant))).toMatchObject({ statusCode: 200 });
    expect(() => new Headers({ "idempotency-key": meant.idempotencyKey ?? "" })).toThrow(TypeError);
  });
});

describe("a stored hash", () => {
  it("signs nothing, also where a key has been given secrets of both kinds by hand", async () => {
    const { ask, keys, good, signer, clock } = await withKeys();
    const sha256 = hashOf(good.text).toString("hex");
    await editKeys(keys, clock.now(), (standing) => {
      const [bearers, signers] = [standing[good.id]?.proofs ?? [], standing[signer.id]];
      if (signers === undefined) throw new Error("the key is missing");
      const both = { ...signers, proofs: [...bearers, ...signers.proofs] };
      return { keys: { ...standing, [signer.id]: both }, result: undefined };
    });
    const byHash = { id: signer.id, text: sha256 };
    expect((await ask(signedEvent(signer, clock.now()))).statusCode).toBe(200);
    expect((await ask(signedEvent(byHash, clock.now()))).statusCode).toBe(401);
  });
});

describe("while one secret replaces another", () => {
  it.each<[string, (key: MadeKey, api: Api) => Record<string, string>, "good" | "signer"]>([
    ["as bearer", bearer, "good"],
    ["by signature", (key, api) => signed(key, api.clock.now()), "signer"],
  ])("both are good, then the new one alone: %s", async (_name, headersOf, which) => {
    const api = await withKeys();
    const older = api[which];
    const newer = await rotated(api, older.id);
    const statuses = async (): Promise<unknown[]> => [
      (await api.ask(httpEvent({ headers: headersOf(older, api) }))).statusCode,
      (await api.ask(httpEvent({ headers: headersOf(newer, api) }))).statusCode,
    ];
    expect(await statuses()).toEqual([200, 200]);
    await api.clock.sleep(day - 1);
    expect(await statuses()).toEqual([200, 200]);
    await api.clock.sleep(1);
    expect(await statuses()).toEqual([401, 200]);
  });
});

describe("a key that was just rotated", () => {
  it("is accepted at once with its new secret", async () => {
    const api = await withKeys();
    const status = async (key: MadeKey) => (await api.ask(httpEvent({ headers: bearer(key) }))).statusCode;
    expect(await status(api.good)).toBe(200);
    expect(await status(await rotated(api, api.good.id))).toBe(200);
  });
});

describe("a key that was revoked", () => {
  it("is refused when the keys' time is over, at the latest", async () => {
    const api = await withKeys();
    const status = async () => (await api.ask(httpEvent({ headers: bearer(api.good) }))).statusCode;
    expect(await status()).toBe(200);
    await editKeys(api.keys, api.clock.now(), (keys) => revokeKey(keys, api.good.id, api.clock.now()));
    await api.clock.sleep(keyringDefaults.ttlMs);
    expect(await status()).toBe(401);
  });
  it("keys that cannot be read are no 401: nobody is to change a key for that", async () => {
    const api = await withKeys();
    await api.keys.write("{", (await api.keys.read())?.version);
    expect(await api.ask(httpEvent({ headers: bearer(api.good) }))).toMatchObject({
      statusCode: 500,
      body: expect.stringContaining("KEYS_INVALID"),
    });
  });
});

describe("the example in docs/http-api.md", () => {
  it("signs a request that is accepted, and never passes the key as an argument", async () => {
    const page = readFileSync(new URL("../../docs/http-api.md", import.meta.url), "utf8");
    const [, script = ""] = /```sh\n(export KEY=.*?)```/s.exec(page) ?? [];
    const api = callerApi(async () => ({ status: 200, body: {} }), { POST: "calls:create" });
    const key = await api.add({ scopes: ["calls:create"], signs: true });
    const shown = script
      .replace("$(cat ~/.wildix-key)", key.text)
      .replace("$(date +%s)", String(Math.floor(api.clock.now() / 1000)))
      .replace(
        /^curl.*\n.*$/m,
        'printf "%s|%s|%s|%s" "$BODY" "$(echo "$KEY" | cut -c5-16)" "$AT" "v1=$SIGNATURE"',
      );
    const { stdout } = await promisify(execFile)("bash", ["-c", shown]);
    const [body = "", id, timestamp, signature] = stdout.split("|");
    const headers = {
      "content-type": "application/json",
      "idempotency-key": "order-7",
      "x-wildix-key": String(id),
      "x-wildix-timestamp": String(timestamp),
      "x-wildix-signature": String(signature),
    };
    const event = httpEvent({ method: "POST", path: "/calls", headers, body });
    expect((await api.ask(event)).statusCode).toBe(200);
    expect(script).not.toMatch(/(?:-hmac|-macopt|\$KEY)/);
  });
});
