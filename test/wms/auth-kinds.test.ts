import { describe, expect, it } from "vitest";
import { changesOf } from "../../cli/secrets/draft.ts";
import { environmentRegistry } from "../../lib/local/pbx-file.ts";
import { maskFields } from "../../lib/mask.ts";
import { readPbx } from "../../lib/pbxs/registry.ts";
import { authChoices, authFields, authKindNames, authKinds, readAuth } from "../../lib/wms/auth-kinds.ts";
import { sign } from "../../lib/wms/signing/sign.ts";
import { giveSecret } from "../support/leaks.ts";

const host = "https://pbx.example.com";
const value = giveSecret("auth-kinds-test-0123456789abcdef");

describe.each(authKindNames)("credentials of the kind %s", (kind) => {
  const { fields, secret } = authKinds[kind];
  const given = Object.fromEntries(fields.map((field) => [field, field === secret ? value : "x"]));

  it("are read from a secret's fields and sign a request", async () => {
    const read = readAuth(given);
    expect(read).toEqual({ found: "one", auth: { kind, ...given } });
    if (read.found !== "one") return;
    const { headers } = await sign(
      { host, auth: read.auth },
      { method: "GET", path: "/api/v1/PBX/ping/" },
      0,
    );
    expect(headers.map(([name]) => name)).toContain("Authorization");
  });
  it("are read from the environment", async () => {
    const variables = Object.entries({ host, ...given }).map(([field, text]) => [
      `WILDIX_${field.toUpperCase()}`,
      text,
    ]);
    const { connection } = await readPbx(environmentRegistry(Object.fromEntries(variables)), "default");
    expect(connection).toEqual({ host, auth: { kind, ...given } });
  });
  it("are hidden in a log and in the difference of two secrets", () => {
    expect(maskFields({ [secret]: value })).toEqual({ [secret]: "…" });
    const draft = { secret: given, timezone: undefined, exported: true };
    expect(changesOf(undefined, draft)).toContainEqual({ key: secret, before: undefined, after: "(hidden)" });
  });
  it("lack each field that is removed", () => {
    for (const field of fields) {
      const { [field]: _removed, ...rest } = given;
      expect(readAuth(rest)).toEqual(
        fields.length === 1
          ? { found: "none" }
          : { found: "part", given: Object.keys(rest), missing: [field] },
      );
    }
  });
});

describe("the kinds of credentials", () => {
  it("share no field", () => expect(new Set(authFields).size).toBe(authFields.length));
  it("are named in messages", () =>
    expect(authChoices()).toBe("app_id, app_name and secret_key, or api_key, or token"));
  it("are not mixed", () =>
    expect(readAuth({ app_id: "c", api_key: "a", token: "b" })).toEqual({
      found: "several",
      given: [["app_id"], ["api_key"], ["token"]],
    }));
});
