import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";

describe("the kill switch of this user", () => {
  it.each(["HOME", "XDG_STATE_HOME"])(
    "is made in an empty %s, and holds in every directory",
    async (variable) => {
      const { env, pbx } = await startPbx();
      const home = { ...env, [variable]: join(await newDirectory(), "new") };
      const at = async () => ["--out", await newDirectory()];
      expect(await wildix(["stop", "--all", ...(await at())], home)).toMatchObject({ code: 0 });
      const call = ["originate", "--extension", "108", "--to", "109"];
      const refused = await wildix([...call, ...(await at())], home);
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("CALLS_STOPPED")]);
      expect(pbx.pbx.phones.calls).toEqual([]);
      expect(await wildix(["resume", "--all", ...(await at())], home)).toMatchObject({ code: 0 });
      expect((await wildix([...call, ...(await at())], home)).code).toBe(0);
      expect(pbx.pbx.phones.calls).toHaveLength(1);
    },
  );
});
