import { afterEach, describe, expect, it } from "vitest";
import { pbxSecrets } from "../../lib/aws/pbx-secrets.ts";
import { secretsManagerRegistry } from "../../lib/aws/secrets-manager.ts";
import { fakeClock } from "../support/scripted.ts";
import { type FakeSecret, startSecretsManager } from "../support/secrets-manager.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const close of cleanUp.splice(0)) close();
});

const draft = (host: string, tags: Record<string, string> = { "wildix:timezone": "Europe/Rome" }) => ({
  text: JSON.stringify({ host: `https://${host}.example.com`, token: "access_t" }),
  tags,
});
const prefix = "/wildix/dev/pbx/";
const setUp = async (secrets: FakeSecret[] = []) => {
  const stub = await startSecretsManager(secrets, 100);
  cleanUp.push(stub.close);
  const clock = fakeClock(Date.UTC(2026, 10, 28));
  return {
    stub,
    clock,
    secrets,
    own: pbxSecrets(stub.client, prefix, clock),
    registry: secretsManagerRegistry(stub.client, prefix, clock),
  };
};
const listIn = (secrets: readonly FakeSecret[], name: string) =>
  JSON.parse(secrets.find((secret) => secret.name === prefix + name)?.value ?? "null");

describe("PBXs in a secret that holds several", () => {
  it("are written together, and registered at the time of the first writing", async () => {
    const { own, registry, secrets } = await setUp();
    expect(
      await own.writeListed(
        new Map([
          ["milan", draft("milan")],
          ["rome", draft("rome")],
        ]),
      ),
    ).toEqual(["_1"]);
    expect(Object.keys(listIn(secrets, "_1").pbxs)).toEqual(["milan", "rome"]);
    expect(await registry.list()).toMatchObject([
      { id: "milan", timezone: "Europe/Rome", registeredAt: Date.UTC(2026, 10, 28) },
      { id: "rome" },
    ]);
    expect(await registry.readText("rome")).toBe(draft("rome").text);
    expect(await own.writeListed(new Map([["milan", draft("milan")]]))).toEqual([]);
  });
  it("that had separate secrets keep the time of their registration: missing days since then are exported", async () => {
    const { own, registry, secrets } = await setUp();
    await own.write("milan", draft("milan"));
    const before = await registry.list();
    await own.writeListed(
      new Map([
        ["milan", draft("milan")],
        ["rome", draft("rome")],
      ]),
    );
    expect(secrets.map(({ name }) => name)).toEqual([`${prefix}_1`]);
    const rome = { id: "rome", registeredAt: Date.UTC(2026, 10, 28) };
    expect(await registry.list()).toMatchObject([
      { id: "milan", registeredAt: before[0]?.registeredAt },
      rome,
    ]);
    expect(before[0]?.registeredAt).toBe(1_700_000_000_000);
    await own.writeListed(new Map([["milan", draft("other")]]));
    expect(await registry.list()).toMatchObject([{ registeredAt: 1_700_000_000_000 }, rome]);
  });
  it("change in their place, and are removed at once", async () => {
    const { own, registry, secrets } = await setUp();
    await own.writeListed(
      new Map([
        ["milan", draft("milan")],
        ["rome", draft("rome")],
      ]),
    );
    await own.write("milan", draft("new", { "wildix:timezone": "Europe/Rome", "wildix:export": "off" }));
    expect(listIn(secrets, "_1").pbxs.milan).toMatchObject({
      host: "https://new.example.com",
      export: "off",
      registered: "2026-11-28T00:00:00.000Z",
    });
    expect(await own.read("milan")).toEqual({
      ...draft("new", { "wildix:timezone": "Europe/Rome", "wildix:export": "off" }),
      list: "_1",
    });
    expect(await own.remove("milan")).toBe("now");
    expect(await own.read("milan")).toBeUndefined();
    await expect(registry.readText("milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
    expect(await registry.readText("rome")).toBe(draft("rome").text);
    expect(await own.remove("milan")).toBeUndefined();
  });
  it("are found again after they moved to another secret", async () => {
    const { own, registry, secrets, clock } = await setUp();
    await own.writeListed(new Map([["milan", draft("milan")]]));
    await registry.readText("milan");
    await clock.sleep(10_000);
    const moved = secrets.splice(0);
    secrets.push(
      { name: `${prefix}_1`, value: '{"pbxs":{}}' },
      { name: `${prefix}_2`, value: moved[0]?.value ?? "" },
    );
    expect(await registry.readText("milan")).toBe(draft("milan").text);
  });
  it("are not lost if two commands write at the same time: one is refused", async () => {
    const { own, secrets } = await setUp();
    await own.writeListed(new Map([["milan", draft("milan")]]));
    const results = await Promise.allSettled(
      ["rome", "oslo", "paris"].map((id) => own.writeListed(new Map([[id, draft(id)]]))),
    );
    const written = Object.keys(listIn(secrets, "_1").pbxs);
    expect(written).toHaveLength(1 + results.filter(({ status }) => status === "fulfilled").length);
    const refused = results.find((result) => result.status === "rejected");
    expect(refused).toMatchObject({
      reason: { code: "REGISTRY_UNAVAILABLE", message: expect.stringContaining("Run the command again.") },
    });
  });
  it("are read once for many who ask within ten seconds", async () => {
    const { own, registry, stub, clock } = await setUp();
    await own.writeListed(
      new Map([
        ["milan", draft("milan")],
        ["rome", draft("rome")],
      ]),
    );
    await registry.readText("milan");
    await clock.sleep(10_000);
    stub.calls.length = 0;
    await Promise.all(["milan", "rome", "milan"].map((id) => registry.readText(id)));
    await clock.sleep(9_999);
    await registry.readText("rome");
    expect(stub.calls).toEqual(["GetSecretValue"]);
    await clock.sleep(1);
    await registry.readText("rome");
    expect(stub.calls).toEqual(["GetSecretValue", "GetSecretValue"]);
  });
});

describe("a PBX with a secret of its own", () => {
  it("is read from it, whatever a list says", async () => {
    const { registry } = await setUp([
      {
        name: `${prefix}_1`,
        value: JSON.stringify({ pbxs: { milan: { host: "https://list.example.com" } } }),
      },
      { name: `${prefix}milan`, value: draft("own").text, tags: { "wildix:timezone": "Europe/Rome" } },
    ]);
    expect(await registry.readText("milan")).toBe(draft("own").text);
    expect(await registry.list()).toMatchObject([{ id: "milan", timezone: "Europe/Rome" }]);
  });
  it("is unknown from its removal on, although the secret can be restored for 30 days", async () => {
    const { own, registry } = await setUp();
    await own.write("milan", draft("milan"));
    expect(await own.remove("milan")).toBe(1_800_000_000_000);
    await expect(registry.readText("milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
    expect(await own.remove("milan")).toBeUndefined();
    await own.write("milan", draft("restored"));
    expect(await registry.readText("milan")).toBe(draft("restored").text);
  });
  it("is read from the secret of several PBXs, if it moved there: also by a function that starts after that", async () => {
    const { own, stub, clock } = await setUp();
    await own.write("milan", draft("own"));
    await own.writeListed(new Map([["milan", draft("list")]]));
    const registry = secretsManagerRegistry(stub.client, prefix, clock);
    expect(await registry.readText("milan")).toBe(draft("list").text);
    expect(await own.remove("milan")).toBe("now");
    await clock.sleep(10_000);
    await expect(registry.readText("milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
  });
  it.each(["another problem with the state of the secret", "the undeleteds are wrong"])(
    "cannot be read if Secrets Manager says: %s",
    async (message) => {
      const error = Object.assign(new Error(message), { name: "InvalidRequestException" });
      const send = () => Promise.reject(error);
      const { stub, clock } = await setUp();
      const registry = secretsManagerRegistry(Object.assign(stub.client, { send }), prefix, clock);
      await expect(registry.readText("milan")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    },
  );
});
