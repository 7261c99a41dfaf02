import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { faultDocs } from "../../simulator/faults.ts";
import { bin, spawnWildix, wildix } from "../support/cli.ts";
import { environmentAt, testClock } from "../support/clocks.ts";

const firstLine = async (stream: NodeJS.ReadableStream): Promise<string> =>
  String(((await once(stream, "data")) as [Buffer])[0]);
const urlIn = (text: string): string => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/`).then(
    (response) => response.ok,
    () => false,
  );
const until = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 50));
};

describe("wildix pbx", () => {
  it("serves until it is stopped", async () => {
    const child = spawnWildix(["pbx", "--port", "0", "--calls", "5"]);
    const url = urlIn(await firstLine(child.stdout));
    expect(await (await fetch(`${url}/`)).text()).toContain("PBX simulator");
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
  });
  it("says in JSON where it is and how it is used", async () => {
    const child = spawnWildix(["pbx", "--port", "0", "--calls", "5", "--fault", "total-text", "--json"]);
    const told = JSON.parse(await firstLine(child.stdout)) as { url: string; env: Record<string, string> };
    expect(told).toMatchObject({ faults: ["total-text"], env: { WILDIX_HOST: told.url } });
    expect(await wildix(["doctor"], told.env)).toMatchObject({ code: 0 });
  });
  it.each([
    ["goes on without the shell that began it", {}, true],
    ["ends with npm, which would leave it behind", { npm_command: "exec" }, false],
  ])("%s", async (_name, env, goesOn) => {
    const shell = spawn(
      "sh",
      ["-c", '"$0" "$1" pbx --port 0 --calls 5 & echo $!; wait', process.execPath, bin],
      {
        env: { ...clean(process.env), ...environmentAt(testClock), ...env },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let text = "";
    shell.stdout.on("data", (chunk) => {
      text += String(chunk);
    });
    await until(async () => text.includes("Stop it"));
    const pid = Number.parseInt(text, 10);
    onTestFinished(() => {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended, as it should
      }
    });
    const url = urlIn(text);
    shell.kill("SIGKILL");
    await once(shell, "exit");
    if (goesOn) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await answers(url)).toBe(true);
    } else await until(async () => !(await answers(url)));
  });
  it("plays the calls of a seed, without phones that rang for nothing", async () => {
    const truthOf = async (...args: string[]): Promise<[unknown, number]> => {
      const child = spawnWildix(["pbx", "--port", "0", "--calls", "100", "--json", ...args]);
      const { url } = JSON.parse(await firstLine(child.stdout)) as { url: string };
      const days = (await (await fetch(`${url}/_sim/days`)).json()) as { day: string; rows: number }[];
      const { day, rows } = days.at(-9) ?? { day: "", rows: 0 };
      const truth = (await (await fetch(`${url}/simulator/truth?day=${day}`)).json()) as { calls: object[] };
      return [truth.calls.map((call) => ({ ...call, leg_ids: [] })), rows];
    };
    const [calls, rows] = await truthOf("--seed", "7");
    const [sameCalls, fewerRows] = await truthOf("--seed", "7", "--no-unanswered");
    expect(sameCalls).toEqual(calls);
    expect(fewerRows).toBeLessThan(rows);
    expect((await truthOf("--seed", "8"))[0]).not.toEqual(calls);
  });
  it.each([
    ["--calls", "many", "a whole number from 0 to 400000; got many."],
    ["--calls", "-1", "a whole number from 0 to 400000; got -1."],
    ["--calls", "99999999", "a whole number from 0 to 400000; got …99."],
    ["--seed", "1.5", "a whole number of up to 9 digits; got 1.5."],
  ])("names %s and what was given, %s, if it is no whole number", async (option, given, says) =>
    expect(await wildix(["pbx", option, given])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`\`${option}\` must be ${says}`),
    }),
  );
  it.each([
    [["--fault", "slow=abc"], '`--fault slow=abc`: the fault "slow" takes a whole number from 0'],
    [["--fault", "slwo"], '`--fault slwo`: no fault is called "slwo"; known: slow,'],
    [["--fault", "slwo"], "Did you mean slow?"],
    [["--secret", ""], "`--secret` must not be empty."],
    [["--app-id", " "], "`--app-id` must not be empty."],
  ])("refuses %j before it serves", async (args, says) =>
    expect(await wildix(["pbx", "--port", "0", ...args])).toMatchObject({
      code: 2,
      err: expect.stringContaining(says),
    }),
  );
  it("lists its faults, with how sure each is", async () => {
    const { code, out } = await wildix(["pbx", "--list-faults"]);
    expect(code).toBe(0);
    for (const name of Object.keys(faultDocs)) expect(out).toContain(name);
    expect(JSON.parse((await wildix(["pbx", "--list-faults", "--json"])).out)).toEqual(faultDocs);
  });
  it("says that its port is taken", async () => {
    const child = spawnWildix(["pbx", "--port", "0", "--calls", "5"]);
    const port = new URL(urlIn(await firstLine(child.stdout))).port;
    expect(await wildix(["pbx", "--port", port, "--calls", "5"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("is in use. Choose another with `--port`."),
    });
  });
});

/** Without what npm told this test run of itself. */
const clean = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { npm_command: _command, ...rest } = env;
  return rest;
};
