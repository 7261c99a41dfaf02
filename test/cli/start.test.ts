import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory } from "../support/cli.ts";
import { environmentAt, testClock } from "../support/clocks.ts";

const script = new URL("../../cli/start.ts", import.meta.url).pathname;

const npmStart = async (args: readonly string[]) => {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: await newDirectory(),
    env: { PATH: process.env["PATH"] ?? "", ...environmentAt(testClock), XDG_STATE_HOME: "/nowhere" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
};

const textUntil = async (stream: NodeJS.ReadableStream, end: string): Promise<string> => {
  let text = "";
  for await (const piece of stream) {
    text += String(piece);
    if (text.includes(end)) break;
  }
  return text;
};

describe("npm start", () => {
  it("names the key once, for lines that use it, and serves the API's description", async () => {
    const child = await npmStart(["--port", "0", "--pbx-port", "0", "slow=1"]);
    const said = await textUntil(child.stdout, "Ctrl-C");
    const key = /export KEY=(wfk_\S+)/.exec(said)?.[1] ?? "";
    expect(said.split(key)).toHaveLength(2);
    const api = /The HTTP API\s+(http:\S+),/.exec(said)?.[1] ?? "";
    const queues = await fetch(`${api}/call-queues`, { headers: { authorization: `Bearer ${key}` } });
    expect(queues.status).toBe(200);
    const described = (await (await fetch(`${api}/openapi.json`)).json()) as Record<string, unknown>;
    expect(described).toMatchObject({ openapi: "3.1.0", servers: [{ url: api }] });
    expect(said).toContain(
      `wildix webhook send test/fixtures/events/call-missed.json --now --url ${api} --pbx default`,
    );
    const lines = said.split("\n").filter((line) => line.includes("curl "));
    const answers = lines.map(async (line) => {
      const [url = ""] = /http:[^ ']+/.exec(line) ?? [];
      const [, body] = / -d '(.+)'/.exec(line) ?? [];
      const headers = [...line.matchAll(/-H ['"](\S+): ([^'"]+)['"]/g)].map(
        ([, name = "", value = ""]): [string, string] => [name, value.replace("$KEY", key)],
      );
      const { status } = await fetch(
        url,
        body === undefined ? { headers } : { method: "POST", headers, body },
      );
      return [new URL(url).pathname, status];
    });
    expect(await Promise.all(answers)).toEqual([
      ["/call-queues", 200],
      ["/call-history", 200],
      ["/sounds", 201],
      ["/callbacks", 201],
      ["/calls", 201],
    ]);
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
  });
  it.each([
    [["--port", "seventy"], "`--port` must be a port from 0 to 65535; got seventy."],
    [["--pbx-port", "70000"], "`--pbx-port` must be a port from 0 to 65535; got 70000."],
    [["--prot", "1"], "Unknown option '--prot'. Did you mean --port? For example: npm start"],
    [["--port"], "Option '--port <value>' argument missing. For example: npm start"],
    [["slowly"], 'no fault is called "slowly"'],
  ])("refuses %o", async (args, says) => {
    const child = await npmStart(args);
    const [said] = await Promise.all([textUntil(child.stderr, "never"), once(child, "close")]);
    expect([child.exitCode, said]).toEqual([2, expect.stringContaining(says)]);
  });
  it.each(["--port", "--pbx-port"])("says that the port of %s is in use", async (option) => {
    const other = createServer();
    onTestFinished(() => void other.close());
    await once(other.listen(0, "127.0.0.1"), "listening");
    const address = other.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const rest = option === "--port" ? ["--pbx-port", "0"] : ["--port", "0"];
    const child = await npmStart([option, port, ...rest]);
    const [said] = await Promise.all([textUntil(child.stderr, "never"), once(child, "close")]);
    expect([child.exitCode, said]).toEqual([
      2,
      expect.stringContaining(`Port ${port} is in use. Choose another with \`${option}\`.`),
    ]);
  });
});
