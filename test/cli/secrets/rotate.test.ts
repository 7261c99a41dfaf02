import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { type RotateSecretsOptions, rotateSecrets } from "../../../cli/commands/rotate-secrets.ts";
import type { DeployedSecrets } from "../../../cli/secrets/open-secrets.ts";
import { pbxSecrets, type StoredSecret } from "../../../lib/aws/pbx-secrets.ts";
import { secretsManagerRegistry } from "../../../lib/aws/secrets-manager.ts";
import { ProductError } from "../../../lib/errors.ts";
import type { Check } from "../../../lib/wms/diagnose.ts";
import { newDirectory } from "../../support/cli.ts";
import { testClock } from "../../support/clocks.ts";
import { giveSecret, leaksIn } from "../../support/leaks.ts";
import { key, setUp, standing } from "../../support/secret-command.ts";
import { startSecretsManager } from "../../support/secrets-manager.ts";

const newKeys = [
  "rotate-key-a-0123456789abcdef",
  "rotate-key-b-0123456789abcdef",
  "rotate-key-c-0123456789abcdef",
].map(giveSecret);
const [keyA = "", keyB = "", keyC = ""] = newKeys;
const refusing: Check = {
  name: "secret",
  ok: false,
  detail: "the PBX refuses the secret",
  cure: "Copy it again.",
};

const fileOf = async (content: string): Promise<string> => {
  const file = join(await newDirectory(), "new.csv");
  await writeFile(file, content);
  return file;
};

const rotate = async (
  content: string,
  secrets: Record<string, StoredSecret>,
  options: Partial<RotateSecretsOptions> = {},
  change: (opened: DeployedSecrets) => DeployedSecrets = (opened) => opened,
) => {
  const set = setUp(secrets);
  const file = await fileOf(content);
  const again = (opened = set.opened) =>
    rotateSecrets(set.context, opened, [file], { stage: "prod", ...options }, set.nobody);
  const code = await again(change(set.opened));
  expect(leaksIn(set.out.join("\n"))).toEqual([]);
  return { ...set, code, again };
};
const three = { milan: standing(), rome: standing(), oslo: standing() };
const table = `pbx,app_id,app_name,secret_key\nmilan,A2,N2,${keyA}\nrome,A2,N2,${keyB}\noslo,A2,N2,${keyC}\n`;

describe("wildix secret rotate", () => {
  it("asks each PBX with its new secret, writes it, and reports the keys without values", async () => {
    const { code, out, stored, probed } = await rotate(table, { ...three });
    expect(code).toBe(0);
    expect(out).toEqual([
      "✓ milan: app_id, app_name, secret_key",
      "✓ rome: app_id, app_name, secret_key",
      "✓ oslo: app_id, app_name, secret_key",
      "3 rotated, 0 unchanged",
    ]);
    expect(probed).toHaveLength(3);
    expect(stored("rome").secret).toMatchObject({
      app_id: "A2",
      secret_key: keyB,
      settings: { country: "IT" },
    });
    expect(stored("rome").tags).toEqual({ "wildix:timezone": "Europe/Rome" });
  });
  it("keeps the old secret of a PBX that refuses the new one, and rotates it when it runs again", async () => {
    const { code, out, stored, written, again } = await rotate(table, { ...three }, {}, (opened) => ({
      ...opened,
      probe: async ({ auth }) => (auth.kind === "s2s" && auth.secret_key === keyB ? [refusing] : []),
    }));
    expect(code).toBe(1);
    expect(out).toEqual([
      "✓ milan: app_id, app_name, secret_key",
      "✗ rome: secret: the PBX refuses the secret",
      "  Fix: Copy it again.",
      "✓ oslo: app_id, app_name, secret_key",
      "2 rotated, 0 unchanged, 1 failed",
      "1 not written, because a test request to the PBX failed. `--no-probe` writes without test requests.",
    ]);
    expect(stored("rome").secret.secret_key).toBe(key);
    expect(await again()).toBe(0);
    expect(written).toEqual(["milan", "oslo", "rome"]);
    expect(out.slice(-2)).toEqual(["✓ rome: app_id, app_name, secret_key", "1 rotated, 2 unchanged"]);
  });
  it("goes on after a PBX that cannot be written, and says which in JSON", async () => {
    const { code, out } = await rotate(table, { ...three }, { json: true }, (opened) => ({
      ...opened,
      secrets: {
        ...opened.secrets,
        write: async (id, secret) => {
          if (id === "milan")
            throw new ProductError("REGISTRY_UNAVAILABLE", { detail: "Secrets Manager did not respond: x" });
          await opened.secrets.write(id, secret);
        },
      },
    }));
    expect(code).toBe(1);
    expect(JSON.parse(out.join(""))).toEqual({
      rotated: ["rome", "oslo"],
      unchanged: [],
      failed: [],
      not_written: [{ pbx: "milan", reason: "Secrets Manager did not respond: x" }],
      refused: [],
      left: [],
    });
  });
  it("stops at Ctrl-C, reports what is rotated, and continues when it runs again", async () => {
    const set = setUp({ ...three });
    const stop = new AbortController();
    const file = await fileOf(table);
    const opened = {
      ...set.opened,
      secrets: {
        ...set.opened.secrets,
        write: async (...args: Parameters<DeployedSecrets["secrets"]["write"]>) => {
          stop.abort();
          await set.opened.secrets.write(...args);
        },
      },
    };
    await expect(
      rotateSecrets({ ...set.context, signal: stop.signal }, opened, [file], { stage: "prod" }, set.nobody),
    ).rejects.toMatchObject({ next: "Run the same command again: it skips the PBXs that are rotated." });
    expect(set.out).toEqual([
      "✓ milan: app_id, app_name, secret_key",
      "~ rome: app_id, app_name, secret_key",
      "~ oslo: app_id, app_name, secret_key",
      "1 rotated, 0 unchanged, 2 not rotated",
    ]);
    await rotateSecrets(set.context, set.opened, [file], { stage: "prod" }, set.nobody);
    expect(set.out.at(-1)).toBe("2 rotated, 1 unchanged");
  });
  it("adds the keys of events beside the newest ones", async () => {
    const before = { milan: standing({ webhook_secrets: ["oldest", "old"], sqs_signing_key: "oldKey" }) };
    const { stored, probed, again } = await rotate(
      `pbx,webhook_secrets,sqs_signing_key\nmilan,${keyA},${keyB}\n`,
      before,
    );
    const both = { webhook_secrets: ["old", keyA], sqs_signing_key: ["oldKey", keyB], secret_key: key };
    expect([stored("milan").secret, probed]).toMatchObject([both, []]);
    await again();
    expect(stored("milan").secret).toMatchObject(both);
  });
  it.each<[string, string, Record<string, StoredSecret>, string]>([
    ["a PBX that is not registered", `pbx,secret_key\nturin,${keyA}`, {}, "There is no PBX with this id."],
    ["other keys", `pbx,host\nmilan,https://x.example.com`, { ...three }, "`host` cannot be rotated."],
    ["a row without a secret", "pbx,secret_key\nmilan,", { ...three }, "The row must have a new secret"],
    [
      "borrowed credentials",
      `pbx,secret_key\nmilan,${keyA}`,
      { milan: { ...standing(), text: '{"host":"https://m.example.com","credentials_from":"rome"}' } },
      "The PBX uses the credentials of rome. Rotate the credentials of that PBX.",
    ],
  ])("refuses %s, and writes nothing", async (_, content, secrets, says) => {
    const { out, code, written } = await rotate(`${content}\n`, secrets);
    expect([code, written]).toEqual([1, []]);
    expect(out[0]).toContain(`line 2 of `);
    expect(out[0]).toContain(says);
  });
  it("shows on a dry run what it would write", async () => {
    const { out, written, probed } = await rotate(table, { ...three }, { dryRun: true });
    expect([written, probed]).toEqual([[], []]);
    expect(out.at(-1)).toBe("0 rotated, 0 unchanged, 3 would be rotated");
  });
  it("asks a person once, and writes nothing without consent", async () => {
    const set = setUp({ ...three });
    const file = await fileOf(table);
    expect(
      await rotateSecrets(set.context, set.opened, [file], { stage: "prod" }, set.person("", false)),
    ).toBe(0);
    expect([set.asked, set.written]).toEqual([["Write new secrets of 3 PBXs?"], []]);
    expect(set.out.at(-1)).toBe("0 rotated, 0 unchanged, 3 not rotated");
  });
  it("asks the PBXs that borrow the credentials too", async () => {
    const lender = { milan: standing() };
    const borrowing = (opened: DeployedSecrets): DeployedSecrets => ({
      ...opened,
      registry: {
        list: async () =>
          ["milan", "bari"].map((id) => ({
            id,
            timezone: undefined,
            exported: false,
            registeredAt: undefined,
          })),
        readText: async (id) =>
          id === "bari"
            ? '{"host":"https://bari.example.com","credentials_from":"milan"}'
            : (lender.milan.text ?? ""),
      },
      probe: async ({ host }) => (host.includes("bari") ? [refusing] : []),
    });
    const { out, written } = await rotate(`pbx,secret_key\nmilan,${keyA}\n`, lender, {}, borrowing);
    expect(written).toEqual([]);
    expect(out[0]).toBe("✗ milan: secret: bari, which uses these credentials: the PBX refuses the secret");
  });
});

describe("wildix secret rotate in Secrets Manager", () => {
  const prefix = "/wildix/prod/pbx/";
  const open = async (secrets: Parameters<typeof startSecretsManager>[0]) => {
    const stub = await startSecretsManager(secrets, 100);
    const opened: DeployedSecrets = {
      prefix,
      secrets: pbxSecrets(stub.client, prefix, testClock),
      registry: secretsManagerRegistry(stub.client, prefix, testClock),
      probe: async () => [],
      stages: undefined,
    };
    return { ...stub, opened, puts: () => stub.calls.filter((call) => call === "PutSecretValue").length };
  };
  it("puts one new value into each secret, so that the old one is its previous version", async () => {
    const own = [..."ab"].map((id) => ({
      name: `${prefix}${id}`,
      value: standing().text,
      tags: { "wildix:timezone": "Europe/Rome" },
    }));
    const { text } = standing();
    const listed = {
      name: `${prefix}_1`,
      value: JSON.stringify({ pbxs: { c: JSON.parse(text), d: JSON.parse(text) } }),
    };
    const stored = [...own, listed];
    const stub = await open(stored);
    const { context, nobody } = setUp();
    const rows = [..."abcd"].map((id) => `${id},${keyA}`).join("\n");
    const file = await fileOf(`pbx,secret_key\n${rows}\n`);
    expect(await rotateSecrets(context, stub.opened, [file], { stage: "prod" }, nobody)).toBe(0);
    // two of their own, and one for the two that share a secret
    expect(stub.puts()).toBe(3);
    expect(stored.every(({ value }) => !value.includes(key))).toBe(true);
    expect(await rotateSecrets(context, stub.opened, [file], { stage: "prod" }, nobody)).toBe(0);
    expect(stub.puts()).toBe(3);
    const previous = await Promise.all(
      ["a", "_1"].map((id) =>
        stub.client.send(new GetSecretValueCommand({ SecretId: prefix + id, VersionStage: "AWSPREVIOUS" })),
      ),
    );
    expect(previous.map(({ SecretString }) => SecretString)).toEqual([standing().text, listed.value]);
    stub.close();
  });
});
