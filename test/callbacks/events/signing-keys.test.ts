import { describe, expect, it } from "vitest";
import { readSigningKeys, signingKeys } from "../../../lib/callbacks/events/signing-keys.ts";
import { ProductError } from "../../../lib/errors.ts";
import { fakeClock } from "../../support/scripted.ts";

const secretOf = (settings: object): string =>
  JSON.stringify({ host: "https://pbx.example.com", token: "t", ...settings });
const setUp = () => {
  const clock = fakeClock(1_772_100_000_000);
  const secrets = new Map([
    ["milan", secretOf({ webhook_secrets: ["old", "new"], sqs_signing_key: "sqs" })],
    ["rome", secretOf({})],
    ["broken", "{"],
  ]);
  const read: string[] = [];
  const fails: { with?: Error } = {};
  const registry = {
    readText: async (id: string) => {
      read.push(id);
      if (fails.with) throw fails.with;
      return secrets.get(id) ?? Promise.reject(new ProductError("PBX_UNKNOWN", { detail: "x" }));
    },
  };
  const isByPbx = signingKeys({ registry, clock });
  /** Whether a webhook with this secret is accepted, and which secrets it was compared with, one list for each comparison. */
  const check = async (secret: string) => {
    const compared: (readonly string[])[] = [];
    const accepted = await isByPbx("milan", ({ webhook }) => {
      compared.push(webhook);
      return webhook.includes(secret);
    });
    return { accepted, compared };
  };
  return { clock, secrets, registry, read, fails, check };
};
const changeSecret = (secrets: Map<string, string>, secret: string): void =>
  void secrets.set("milan", secretOf({ webhook_secrets: [secret] }));

describe("the signing keys of a PBX", () => {
  it.each([
    ["milan", { webhook: ["old", "new"], sqs: ["sqs"] }],
    ["rome", { webhook: [], sqs: [] }],
    ["broken", { webhook: [], sqs: [] }],
    ["unknown", { webhook: [], sqs: [] }],
  ])("are read from its secret, and are none if it cannot be used: %s", async (pbx, keys) =>
    expect(await readSigningKeys(setUp().registry, pbx)).toEqual(keys),
  );
  it("are not none if the registry does not answer", async () => {
    const { registry, fails } = setUp();
    fails.with = new ProductError("REGISTRY_UNAVAILABLE", { detail: "down" });
    await expect(readSigningKeys(registry, "milan")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });
});

describe("whether a PBX signed something", () => {
  it("is asked of keys that are read once in five minutes", async () => {
    const { clock, read, check } = setUp();
    expect(await check("new")).toEqual({ accepted: true, compared: [["old", "new"]] });
    clock.at += 299_999;
    expect(await check("new")).toMatchObject({ accepted: true });
    expect(read).toHaveLength(1);
    clock.at += 1;
    expect(await check("new")).toMatchObject({ accepted: true });
    expect(read).toHaveLength(2);
  });
  it("is no with a secret that was removed five minutes ago", async () => {
    const { clock, secrets, check } = setUp();
    await check("old");
    changeSecret(secrets, "newest");
    clock.at += 299_999;
    expect(await check("old")).toMatchObject({ accepted: true });
    clock.at += 1;
    expect(await check("old")).toMatchObject({ accepted: false });
  });
  it("is yes with a secret that was added 30 seconds ago; until then, wrong signatures cost one reading", async () => {
    const { clock, secrets, read, check } = setUp();
    await check("new");
    changeSecret(secrets, "newest");
    clock.at += 29_999;
    expect(await check("newest")).toEqual({ accepted: false, compared: [["old", "new"]] });
    expect(read).toHaveLength(1);
    clock.at += 1;
    expect(await check("newest")).toEqual({ accepted: true, compared: [["old", "new"], ["newest"]] });
    expect(read).toHaveLength(2);
  });
  it("is no if neither the known nor the current keys made the signature, with one reading in 30 seconds", async () => {
    const { clock, read, check } = setUp();
    await check("wrong");
    clock.at += 30_000;
    for (let n = 0; n < 3; n++) expect(await check("wrong")).toMatchObject({ accepted: false });
    expect(read).toHaveLength(2);
  });
  it("is not kept if the registry did not answer", async () => {
    const { fails, check } = setUp();
    fails.with = new ProductError("REGISTRY_UNAVAILABLE", { detail: "down" });
    await expect(check("new")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    delete fails.with;
    expect(await check("new")).toMatchObject({ accepted: true });
  });
});
