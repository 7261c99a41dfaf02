import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { main } from "../../cli/main.ts";
import { environmentAt, testClock } from "../support/clocks.ts";
import { giveSecret, leaksIn } from "../support/leaks.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const setUp = async () => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-key-"));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "keys.json");
  const key = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await main(["key", ...args], {
      env: { WILDIX_KEYS: file },
      stdin: async () => "",
      clock: testClock,
      signal: new AbortController().signal,
      output: { out: (line) => out.push(line), err: (line) => err.push(line), colours: false, live: false },
    });
    return { code, out: out.join("\n"), err: err.join("\n") };
  };
  return { key, file, directory };
};

const create = [
  "create",
  "--label",
  "CRM",
  "--scope",
  "calls:create",
  "--pbx",
  "milan",
  "--extension",
  "108",
];
const made = (out: string): { id: string; key: string; kind: string } => JSON.parse(out);

describe("wildix key", () => {
  it("shows a key once, keeps its hash, and lists it without", async () => {
    const { key, file } = await setUp();
    const told = await key(...create, "--per-day", "200", "--per-minute", "3", "--expires", "2099-12-31");
    const shown = /wfk_\w+/.exec(told.out)?.[0] ?? "";
    expect([told.code, shown]).toEqual([0, expect.stringMatching(/^wfk_[a-z2-9]{12}_[0-9A-Za-z]{49}$/)]);
    const list = await key("list");
    expect(list.out).toMatch(/CRM.*calls:create.*milan.*2099-12-31.*good/);
    const columns = ["id,label,kind,scopes,pbxs", "extensions,caps,expires,state"];
    expect((await key("list", "--columns", columns.join(","))).out).toMatch(
      /CRM.*bearer.*calls:create.*milan.*108.*200 per_day, 3 per_minute.*2099-12-31.*good/,
    );
    const unknown = await key("list", "--columns", "id,labl");
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining("got labl. Did you mean label?"),
    ]);
    expect(leaksIn(list.out + (await readFile(file, "utf8")))).toEqual([]);
    expect(JSON.parse((await key("list", "--json")).out)).toMatchObject([
      { id: shown.slice(4, 16), state: "good", caps: { per_day: 200, per_minute: 3 } },
    ]);
  });
  it("makes one that signs, which has to be kept as it is", async () => {
    const { key, file } = await setUp();
    const { out } = await key(...create, "--hmac", "--json");
    expect(made(out)).toMatchObject({ kind: "hmac" });
    expect(await readFile(file, "utf8")).toContain(made(out).key);
    expect(leaksIn((await key("list")).out + (await key("list", "--json")).out)).toEqual([]);
    expect((await key(...create, "--hmac")).out).toContain("never send it");
  });
  it.each(["revoke", "rotate"])("%s shows no whole key that was given for its id", async (verb) => {
    const { key } = await setUp();
    const { id, key: whole } = made((await key(...create, "--json")).out);
    giveSecret(whole);
    for (const more of [[], ["--json"]]) {
      const { code, err } = await key(verb, whole, ...more);
      expect([code, err]).toEqual([
        1,
        expect.stringContaining(`The key must be given by its id; got a whole key. Give only its id, ${id}.`),
      ]);
      expect(leaksIn(err)).toEqual([]);
    }
  });
  it("rotates, and revokes", async () => {
    const { key } = await setUp();
    const first = made((await key(...create, "--json")).out);
    const second = made((await key("rotate", first.id, "--json")).out);
    expect([second.id, second.kind, second.key === first.key]).toEqual([first.id, "bearer", false]);
    expect(JSON.parse((await key("list", "--json")).out)).toMatchObject([
      { older_secret_until: expect.any(String) },
    ]);
    expect((await key("rotate", first.id, "--keep-hours", "2")).out).toContain("valid for 2 more hours");
    expect((await key("revoke", first.id)).out).toContain("within 60 s");
    expect(JSON.parse((await key("list", "--json")).out)).toMatchObject([
      { state: expect.stringContaining("was revoked at") },
    ]);
    const again = await key("revoke", first.id, "--json");
    expect([again.code, JSON.parse(again.err)]).toMatchObject([
      1,
      { error: { code: "NOT_FOUND", field: "id" } },
    ]);
    const third = made((await key(...create, "--json")).out);
    expect(JSON.parse((await key("revoke", third.id, "--json")).out)).toEqual({
      id: third.id,
      revoked: true,
      within_seconds: 60,
    });
  });
  it("says of a file that is named what is wrong with it", async () => {
    const { key, directory } = await setUp();
    const none = join(directory, "none.json");
    const list = await key("list", "--keys", none);
    expect(list).toMatchObject({
      code: 2,
      err: `✗ \`--keys\` must be a file that exists; got ${none}. Check the path. (USAGE)`,
    });
    for (const name of ["rotate", "revoke"]) expect(await key(name, "x", "--keys", none)).toEqual(list);
    const pbxs = join(directory, "pbxs.json");
    await writeFile(pbxs, '{"pbxs":{}}', { mode: 0o600 });
    expect(await key("list", "--keys", pbxs)).toMatchObject({
      code: 1,
      err: `✗ \`${pbxs}\` must have an object "keys", as \`wildix key\` writes it. Check that it is for API keys. (KEYS_INVALID)`,
    });
    const away = join(directory, "away", "keys.json");
    expect((await key(...create, "--keys", away)).err).toContain(
      `${away} must be in a directory that exists; got ${join(directory, "away")} (ENOENT). Create it, or check the path.`,
    );
  });
  it("is not made with a mapping that it cannot use", async () => {
    const { key, directory } = await setUp();
    const mapping = join(directory, "crm.json");
    await writeFile(mapping, '{"pointers":{"to":"/phone"},"values":{"extension":"108"}}');
    const scope = ["--label", "x", "--scope", "queues:read", "--all-pbxs"];
    expect(await key("create", ...scope, "--mapping", mapping)).toMatchObject({
      code: 2,
      err: "✗ `--mapping` must be used with `--scope calls:create`; got queues:read. Add the scope, or leave out the mapping. (USAGE)",
    });
  });
  it("names each of several extensions that is wrong", async () => {
    const { key } = await setUp();
    expect((await key(...create, "--extension", "1o9")).err).toContain(
      "`--extension` must be 1 to 10 digits, for example 108; got 1o9.",
    );
  });
  it("takes a mapping from a file, and says what is wrong with one", async () => {
    const { key, file, directory } = await setUp();
    const mapping = join(directory, "crm.json");
    await writeFile(mapping, '{"pointers":{"to":"/phone"},"values":{"extension":"108"}}');
    expect((await key(...create, "--mapping", mapping)).code).toBe(0);
    expect(await readFile(file, "utf8")).toContain('"pointers":{"to":"/phone"}');
    await writeFile(mapping, '{"pointers":{"to":"phone"},"values":{"extension":"108"}}');
    const wrong = await key(...create, "--mapping", mapping, "--json");
    expect([wrong.code, JSON.parse(wrong.err)]).toMatchObject([
      1,
      {
        error: {
          code: "INPUT_INVALID",
          field: "/pointers/to",
          message: expect.stringContaining(`\`/pointers/to\` in ${mapping} must be a JSON pointer`),
        },
      },
    ]);
  });
  it("refuses a PBX or a key that does not exist, with a near one", async () => {
    const { key, directory } = await setUp();
    const pbxs = join(directory, "pbxs.json");
    await writeFile(pbxs, '{"pbxs":{"milan":{},"rome":{}}}');
    const wrong = await key(...create.with(create.indexOf("milan"), "milna"), "--pbxs", pbxs);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining(
        "✗ `--pbx` must be the id of a registered PBX; got milna. Did you mean milan? (PBX_UNKNOWN)",
      ),
    ]);
    const { id } = made((await key(...create, "--pbxs", pbxs, "--json")).out);
    // no id contains an o
    for (const command of ["rotate", "revoke"])
      expect(await key(command, `${id.slice(0, -1)}o`)).toMatchObject({
        code: 1,
        err: expect.stringContaining(`Did you mean ${id} (CRM)?`),
      });
  });
  it("lets two people change the keys at once", async () => {
    const { key } = await setUp();
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        key("create", "--label", `k${n}`, "--scope", "queues:read", "--all-pbxs"),
      ),
    );
    expect(JSON.parse((await key("list", "--json")).out)).toHaveLength(8);
  });
  it.each<[string, string[], string]>([
    ["no label", ["create", "--scope", "calls:create"], "--label"],
    ["no scope", ["create", "--label", "x"], "--scope"],
    [
      "an unknown scope",
      ["create", "--label", "x", "--scope", "calls"],
      "`--scope` must be one of calls:create",
    ],
    ["nothing said of PBXs", ["create", "--label", "x", "--scope", "queues:read"], "--all-pbxs"],
    [
      "nothing said of extensions",
      ["create", "--label", "x", "--scope", "calls:create", "--all-pbxs"],
      "--all-extensions",
    ],
    ["both said", [...create, "--all-pbxs"], "not both"],
    ["a cap of nothing", [...create, "--per-day", "0"], "--per-day"],
    ["an end in the past", [...create, "--expires", "2020-01-01"], "`--expires` must be in the future"],
    [
      "an end that does not exist",
      [...create, "--expires", "2027-02-30"],
      "a day of the calendar; got 2027-02-30.",
    ],
    [
      "an end that no calendar has",
      [...create, "--expires", "2099-02-31T00:00:00Zx"],
      "`--expires` must be a day",
    ],
    ["a stage and a file", ["list", "--stage", "dev", "--keys", "x"], "not both"],
    ["a stage that is none", ["list", "--stage", "../x"], "`--stage` must be"],
    ["hours that are none", ["rotate", "aaaaaaaaaaaa", "--keep-hours", "x"], "--keep-hours"],
    ["no id", ["revoke"], "id"],
  ])("%s is wrong usage", async (_name, args, says) => {
    const { key } = await setUp();
    const told = await key(...args);
    expect([told.code, told.err]).toEqual([2, expect.stringContaining(says)]);
  });
  it("has examples for each of its commands", async () => {
    const { key } = await setUp();
    for (const name of ["create", "list", "rotate", "revoke"])
      expect((await key(name, "--help")).out).toContain(`$ wildix key ${name}`);
  });
});

describe("wildix key on AWS", () => {
  const cli = new URL("../../cli/bin.mjs", import.meta.url).pathname;
  it("keeps the keys in the stage's secret", async () => {
    const stub = await startSecretsManager([{ name: "/wildix/dev/pbx/milan", value: "{}" }]);
    open.push(stub.close);
    const run = async (...args: string[]): Promise<string> => {
      const child = spawn(process.execPath, [cli, "key", ...args, "--json"], {
        env: {
          ...process.env,
          ...environmentAt(testClock),
          AWS_ENDPOINT_URL_SECRETS_MANAGER: stub.url,
          AWS_REGION: "eu-central-1",
          AWS_ACCESS_KEY_ID: "test",
          AWS_SECRET_ACCESS_KEY: "test",
        },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
      return out;
    };
    const key = made(await run(...create, "--stage", "dev"));
    giveSecret(key.key);
    const listed = await run("list", "--stage", "dev");
    expect(JSON.parse(listed)).toMatchObject([{ id: key.id, label: "CRM" }]);
    expect(leaksIn(listed)).toEqual([]);
    // a busy machine may let a read be sent again
    const different = stub.calls.filter((name, at) => name !== stub.calls[at - 1]);
    expect(different).toEqual([
      "ListSecrets",
      "GetSecretValue",
      "ListSecrets",
      "GetSecretValue",
      "CreateSecret",
      "GetSecretValue",
    ]);
  });
});
