import { describe, expect, it } from "vitest";
import { clientOf } from "../../support/operations.ts";
import { ok } from "../../support/scripted.ts";

describe("the version of a PBX", () => {
  it.each([["6.1"], [{ version: "6.1" }]])("from %j is 6.1", async (result) =>
    expect(await clientOf(ok(result)).version()).toBe("6.1"),
  );
  it.each([[7], [{ version: 7 }], [[]]])("%j is not one", async (result) =>
    expect(clientOf(ok(result)).version()).rejects.toMatchObject({ code: "WMS_ANSWER_UNEXPECTED" }),
  );
});
