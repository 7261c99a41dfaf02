import { writeFile } from "node:fs/promises";
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

describe("a state that cannot be used", () => {
  it("of the kill switch gets the disk's reason and the variable that names another directory", async () => {
    const file = join(await newDirectory(), "file");
    await writeFile(file, "");
    const { code, err } = await wildix(["stop", "--all", "--out", await newDirectory()], { HOME: file });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /^✗ the state in \S+kill-switch\.sqlite cannot be read or written: ENOTDIR: .* Set `XDG_STATE_HOME` to a directory that this user may write to\. \(STATE_UNAVAILABLE\)$/,
      ),
    ]);
  });
  it("of a variable gets its name", async () => {
    const file = join(await newDirectory(), "state");
    await writeFile(file, "this is no database, but a text that is long enough to be looked at".repeat(20));
    const out = ["--out", await newDirectory()];
    const { code, err } = await wildix(["dnc", "list", "--all", ...out], { WILDIX_STATE: file });
    expect([code, err]).toEqual([
      1,
      `✗ the state in ${file} cannot be read or written: file is not a database. Set \`WILDIX_STATE\` to a file of the state, or to a new file. (STATE_UNAVAILABLE)`,
    ]);
  });
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
