import { describe, expect, it } from "vitest";
import type { PutOptions } from "../../../cli/commands/secret.ts";
import type { EventKeyChange } from "../../../cli/secrets/event-keys.ts";
import { giveSecret } from "../../support/leaks.ts";
import { key, setUp, standing } from "../../support/secret-command.ts";

const [first, second, third] = [
  "webhook-first-0123456789abcdef",
  "webhook-second-0123456789ab",
  "webhook-third-0123456789abc",
].map(giveSecret) as [string, string, string];

/** What `secret put` stores of one kind of key, with this on standard input. */
const put = async (name: string, before: unknown, options: Partial<PutOptions>, stdin = "") => {
  const set = setUp({ milan: standing(before === undefined ? {} : { [name]: before }) }, stdin);
  expect(await set.put(options)).toBe(0);
  return { ...set, value: set.stored().secret[name] };
};

describe("wildix secret put --webhook-secret", () => {
  it.each<[string, EventKeyChange | true, unknown, string[]]>([
    ["is the first one", true, undefined, [second]],
    ["keeps the newest one valid beside it", true, [first], [first, second]],
    ["drops the third oldest", "add", [first, third], [third, second]],
    ["replaces all of them", "replace", [first, third], [second]],
    ["is not written twice", "add", [second, first], [first, second]],
  ])("%s", async (_, webhookSecret, before, after) =>
    expect((await put("webhook_secrets", before, { webhookSecret }, `${second}\n`)).value).toEqual(after),
  );
  it("drop-old keeps the newest one and asks for nothing", async () => {
    const { value, probed } = await put("webhook_secrets", [first, second], { webhookSecret: "drop-old" });
    expect([value, probed]).toEqual([[second], []]);
    expect((await put("webhook_secrets", undefined, { webhookSecret: "drop-old" })).value).toBeUndefined();
  });
  it("asks for nothing else, does not ask the PBX, and shows no secret", async () => {
    const { person, ...set } = setUp({ milan: standing({ webhook_secrets: [first] }) });
    await set.put({ webhookSecret: true }, person(second));
    expect(set.asked).toEqual(["Webhook secret, not shown while you type: ", "Write it?"]);
    expect(set.probed).toEqual([]);
    expect(set.out).toContain("~ webhook_secrets  (hidden) → (hidden)");
    expect(set.stored().secret).toMatchObject({ secret_key: key, webhook_secrets: [first, second] });
    await set.put({ webhookSecret: "replace", json: true, yes: true }, person(third));
    expect(JSON.parse(set.out.at(-1) ?? "")).toMatchObject({
      changes: [{ key: "webhook_secrets", before: "(hidden)", after: "(hidden)" }],
      written: true,
    });
  });
  it("refuses an empty secret, one with an invisible character, and more lines than secrets", async () => {
    const refusal = (stdin: string) =>
      expect(setUp({ milan: standing() }, stdin).put({ webhookSecret: true })).rejects;
    await refusal("\n").toThrow(
      "`--webhook-secret` needs the webhook secret. Type it, or write it to standard input.",
    );
    await refusal(`${first}\u200b${second}`).toThrow(
      "`webhook_secrets` must not contain the invisible character U+200B. Copy it again.",
    );
    await refusal(`${first}\n${second}\n`).toThrow(
      "Standard input must have one line: webhook secret. It has 2 lines.",
    );
  });
});

describe("wildix secret put --sqs-signing-key", () => {
  it.each<[string, EventKeyChange | true, unknown, unknown]>([
    ["is a text if it is the only one", true, undefined, second],
    ["keeps the old one valid beside it", "add", first, [first, second]],
    ["drops the oldest of three", "add", [third, first], [first, second]],
    ["replaces all of them", "replace", [third, first], second],
  ])("%s", async (_, sqsSigningKey, before, after) =>
    expect((await put("sqs_signing_key", before, { sqsSigningKey }, second)).value).toEqual(after),
  );
  it("drop-old keeps the newest one", async () =>
    expect((await put("sqs_signing_key", [first, second], { sqsSigningKey: "drop-old" })).value).toBe(
      second,
    ));
});

describe("the secrets of a new PBX", () => {
  const asNew = { host: "https://milan.example.com", appId: "A", appName: "N" };
  const both = { ...asNew, webhookSecret: true, sqsSigningKey: true } as const;
  it("are lines of standard input, in the order of the questions", async () => {
    const { put: register, stored } = setUp({}, `${key}\r\n${first}\r\n${second}\r\n`);
    expect(await register(both)).toBe(0);
    expect(stored().secret).toMatchObject({
      secret_key: key,
      webhook_secrets: [first],
      sqs_signing_key: second,
    });
  });
  it("are asked for one after the other", async () => {
    const { put: register, stored, asked, person } = setUp();
    await register(both, person([key, first, second]));
    expect(asked).toEqual([
      "Secret key, not shown while you type: ",
      "Webhook secret, not shown while you type: ",
      "SQS signing key, not shown while you type: ",
    ]);
    expect(stored().secret).toMatchObject({
      secret_key: key,
      webhook_secrets: [first],
      sqs_signing_key: second,
    });
  });
});

describe("the end of the credentials", () => {
  const ending = standing({ expires_at: "2026-12-31T00:00:00Z" });
  it("is removed with the old credentials, unless a new one is given", async () => {
    const replaced = setUp({ milan: ending }, second);
    await replaced.put({});
    expect(replaced.stored().secret).not.toHaveProperty("expires_at");
    expect(replaced.out).toContain("- expires_at  2026-12-31T00:00:00Z");
    const given = setUp({ milan: ending }, second);
    await given.put({ expiresAt: "2027-12-31T00:00:00Z" });
    expect(given.stored().secret.expires_at).toBe("2027-12-31T00:00:00Z");
  });
  it("stays if the credentials stay", async () => {
    const { put: change, stored } = setUp({ milan: ending }, key);
    await change({ appName: "M" });
    expect(stored().secret.expires_at).toBe("2026-12-31T00:00:00Z");
  });
});
