import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { errorObject } from "../../../cli/terminal/output.ts";
import { inTypedNames } from "../../../cli/typed/typed-names.ts";
import { ProductError } from "../../../lib/errors.ts";

const named = (
  error: unknown,
  env: Record<string, string> = {},
  name = "originate",
  args: readonly string[] = [],
) => {
  const command = new Command(name)
    .option("--ring-seconds <n>")
    .option("--app-id <id>")
    .option("--idempotency-key <key>")
    .option("--pbx <id>")
    .option("--to <number>")
    .parse(args, { from: "user" });
  return errorObject(inTypedNames(error, command, env));
};
const refused = (field: string, detail: string): ProductError =>
  new ProductError("INPUT_INVALID", { field, detail });

describe("an error in the words of the command", () => {
  it.each([
    ["ring_seconds", "`ring_seconds` must be from 5 to 60.", "`--ring-seconds` must be from 5 to 60."],
    ["to", "`to` must not be beside `ring_seconds`.", "`--to` must not be beside `--ring-seconds`."],
    [
      "idempotency-key",
      "`idempotency-key` must be visible characters.",
      "`--idempotency-key` must be visible characters.",
    ],
  ])("%s: %s", (field, detail, message) => {
    const args = ["--ring-seconds", "1", "--to", "1", "--idempotency-key", ""];
    expect(named(refused(field, detail), {}, "originate", args).message).toBe(message);
  });
  it("names an option that was not typed only if it is missing", () => {
    const unknown = new ProductError("PBX_UNKNOWN", { field: "pbx", detail: "`pbx` must be registered." });
    expect(named(unknown)).toMatchObject({ field: "pbx", message: "`pbx` must be registered." });
    expect(named(unknown, {}, "originate", ["--pbx", "x"])).toMatchObject({
      field: "--pbx",
      message: "`--pbx` must be registered.",
    });
    expect(named(refused("to", "`to` is missing."))).toMatchObject({ message: "`--to` is missing." });
  });
  it("keeps a field that is not an option", () =>
    expect(named(refused("id", "There is no key x."))).toMatchObject({
      message: "There is no key x.",
      field: "id",
    }));
  it("names the variable only of the PBX that variables describe", () => {
    const env = { WILDIX_HOST: "https://pbx.example.com" };
    const secret = (pbx: string): ProductError =>
      new ProductError("PBX_SECRET_INVALID", {
        field: "app_id",
        detail: `the secret of ${pbx}: \`app_id\` must not be empty.`,
      });
    expect(named(secret("default"), env)).toMatchObject({
      message: "`WILDIX_APP_ID` must not be empty.",
      field: "WILDIX_APP_ID",
    });
    expect(named(secret("milan"), env, "put", ["--app-id", ""])).toMatchObject({
      message: "the secret of milan: `--app-id` must not be empty.",
      field: "--app-id",
    });
  });
});

describe("after Ctrl-C", () => {
  const stop = new DOMException("stopped", "AbortError");
  it("originate says that a call may have been placed", () =>
    expect(named(stop)).toMatchObject({
      code: "STOPPED",
      cure: expect.stringContaining("call may have been placed"),
    }));
  it.each(["export", "history", "backfill"])("%s says nothing of calls", (name) => {
    const { code, cure } = named(stop, {}, name);
    expect([code, cure]).toEqual([
      "STOPPED",
      expect.stringMatching(/^Run the same command again(?!.*\bcalls?\b)/),
    ]);
  });
});
