import { describe, expect, it } from "vitest";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";

describe("the four jobs", () => {
  it("queues, sound, originate, history", async () => {
    const { pbx, env } = await startPbx();
    expect((await wildix(["queues"], env)).out).toContain("Büro & Empfang");
    expect((await wildix(["queues", "2", "--json"], env)).out).toContain('"Sales"');
    expect((await wildix(["queues", "2"], env)).out).toMatch(/│ name +│ Sales +│/);
    expect((await wildix(["queues", "77"], env)).code).toBe(1);
    const out = await newDirectory();
    const sound = [
      "sound",
      "--filename",
      "testfromAPI",
      "--text",
      "this is a test from Sounds API",
      "--voice",
      "Kimberly",
      "--out",
      out,
    ];
    expect((await wildix(sound, env)).out).toContain("was made");
    expect((await wildix(sound, env)).out).toContain("exists already");
    const other = sound.map((word) => (word === "Kimberly" ? "Joey" : word));
    const { code, err } = await wildix(other, env);
    expect([code, err]).toEqual([
      1,
      "✗ `--filename` must be a new name; got testfromAPI, which was made from another text or voice. Choose another name, or give `--replace` to overwrite the sound. (SOUND_EXISTS)",
    ]);
    expect(
      (
        await wildix(
          ["originate", "--extension", "108", "--to", "16144841500", "--dry-run", "--out", out],
          env,
        )
      ).out,
    ).toContain("Local/108@users");
    expect(pbx.pbx.phones.calls).toHaveLength(0);
    expect(
      (
        await wildix(
          [
            "originate",
            "--channel",
            "Local/108@users",
            "--context",
            "users",
            "--exten",
            "16144841500",
            "--callerid",
            '"Announcer" <16144841500>',
            "--out",
            out,
          ],
          env,
        )
      ).code,
    ).toBe(0);
    expect(pbx.pbx.phones.calls).toHaveLength(1);
    const history = await wildix(
      ["history", "--from", daysAgo(3), "--to", daysAgo(2), "--limit", "5", "--json"],
      env,
    );
    expect(JSON.parse(history.out)).toHaveLength(5);
    expect(
      (await wildix(["history", "--from", daysAgo(3), "--to", daysAgo(3), "--fields", "id,start"], env)).out,
    ).toContain("start");
    expect((await wildix(["invoke", "call-queues", "--out", out], env)).out).toContain("Support");
  });
});
