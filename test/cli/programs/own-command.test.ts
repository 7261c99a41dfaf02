import { describe, expect, it } from "vitest";
import { wildix } from "../../support/cli.ts";

describe("an error of the command line", () => {
  it.each([[[]], [["--json"]]])("shows no whole number, and says that it needs quotes (%j)", async (more) => {
    const { code, err } = await wildix(["dnc", "remove", "+39", "333", "1234567", ...more]);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(
        "too many arguments for 'remove'. Expected 1 argument but got 3: …67. In a shell, put a value with spaces in quotes: 'A B'.",
      ),
    ]);
  });
  it("shows no key", async () => {
    const { err } = await wildix(["key", "revoke", "x", "wfk_u8xrjay28fv8_secret"]);
    expect(err).toContain("got 2: x, …");
  });
  it.each<[string[], string]>([
    [
      ["history", "--form", "yesterday", "--to", "yesterday"],
      "unknown option '--form'\n(Did you mean --from?)",
    ],
    [["history", "--form=yesterday", "--to", "today"], "unknown option '--form'\n(Did you mean --from?)"],
    [
      ["key", "create", "--label", "x", "--scpoe", "calls:create"],
      "option '--scpoe'\n(Did you mean --scope?)",
    ],
    [["history", "--zzz", "--to", "yesterday"], "error: unknown option '--zzz'\n(see"],
    [["history", "--to", "yesterday"], "required option '--from <day>' not specified"],
  ])("names a misspelt option before the one that is missing: %j", async (args, words) => {
    expect(await wildix(args)).toMatchObject({ code: 2, err: expect.stringContaining(words) });
  });
});
