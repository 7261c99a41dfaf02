import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withKillSwitch } from "../../lib/local/kill-switch.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";
import { fakeClock } from "../support/scripted.ts";

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

describe("the state beside the kill switch", () => {
  it("is listed between two ids", async () => {
    const clock = fakeClock();
    const state = withKillSwitch(memoryState(clock), { HOME: await newDirectory() }, clock);
    for (const id of ["a", "b", "c"]) await state.write({ partition: "p", id }, id, { absent: true });
    const listed: string[] = [];
    for await (const { id } of state.list("p", "a", "c")) listed.push(id);
    expect(listed).toEqual(["b"]);
  });
});
