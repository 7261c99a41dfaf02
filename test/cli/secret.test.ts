import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { importSecrets } from "../../cli/commands/import-secrets.ts";
import { listSecrets } from "../../cli/commands/list-secrets.ts";
import { type PutOptions, putSecret, removeSecret } from "../../cli/commands/secret.ts";
import { main } from "../../cli/main.ts";
import type { DeployedSecrets } from "../../cli/secrets/open-secrets.ts";
import { UsageError } from "../../cli/terminal/output.ts";
import { terminalPrompt } from "../../cli/terminal/prompt.ts";
import type { Check } from "../../lib/wms/diagnose.ts";
import { testClock } from "../support/clocks.ts";
import { giveSecret } from "../support/leaks.ts";
import { key, setUp, standing } from "../support/secret-command.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const asNew = { host: "https://milan.example.com", appId: "A", appName: "N", timezone: "Europe/Rome" };

describe("wildix secret put", () => {
  it("registers a PBX, with the key from standard input, and shows all but the key", async () => {
    const { put, out, stored } = setUp({}, `${key}\n`);
    expect(await put(asNew)).toBe(0);
    expect(stored()).toMatchObject({
      secret: { host: asNew.host, app_id: "A", app_name: "N", secret_key: key },
      tags: { "wildix:timezone": "Europe/Rome" },
    });
    expect(out.join("\n")).toMatchInlineSnapshot(`
      "/wildix/prod/pbx/milan is new
      + host          https://milan.example.com
      + app_id        A
      + app_name      N
      + secret_key    (hidden)
      + tag timezone  Europe/Rome
      ✓ written; functions use it within 5 minutes
      The export begins with 2026-10-20, within an hour after this day ends. To begin with another day, set the parameter \`startDate\`."
    `);
  });
  it.each([
    [["prod", "dev"], undefined],
    [[], undefined],
    [["prd", "dev"], "! `--stage` prod has no secret yet. Did you mean prd?"],
    [["dev", "test"], "! `--stage` prod has no secret yet. Stages with secrets: dev, test."],
  ])("warns of a stage without secrets if others have some: %j", async (stages, warning) => {
    const { put, err, stored, asked, person, written } = setUp({}, `${key}\n`, undefined, stages);
    await put(asNew, person(key, false));
    expect(asked).toEqual([expect.stringMatching(/^Secret key/), ...(warning ? ["Write it?"] : [])]);
    expect(written).toEqual(warning ? [] : ["milan"]);
    await put(asNew);
    expect(stored().secret.secret_key).toBe(key);
    // not of a PBX that is registered
    await put({ keepKey: true, appName: "M" });
    expect(err).toEqual(warning === undefined ? [] : [warning, warning]);
  });
  it("does not compare stages if a prefix is typed, or if they cannot be listed", async () => {
    const { put, opened, err } = setUp({}, `${key}\n`);
    Object.assign(opened, { stages: async () => Promise.reject(new Error("no right")) });
    expect(await put({ ...asNew, dryRun: true })).toBe(0);
    Object.assign(opened, { stages: undefined });
    expect(await put({ ...asNew, dryRun: true })).toBe(0);
    expect(err).toEqual([]);
  });
  it("sets, keeps and takes away the customer of its exports", async () => {
    const { put, out, stored } = setUp({ milan: standing() });
    await put({ keepKey: true, customer: "acme" });
    expect(out).toContain("+ tag customer  acme");
    expect(stored().tags).toEqual({ "wildix:timezone": "Europe/Rome", "wildix:customer": "acme" });
    await put({ keepKey: true, appName: "M" });
    expect(stored().tags).toMatchObject({ "wildix:customer": "acme" });
    await put({ keepKey: true, customer: "" });
    expect(stored().tags).toEqual({ "wildix:timezone": "Europe/Rome" });
    await expect(put({ keepKey: true, customer: "Acme Ltd" })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      field: "customer",
    });
  });
  it("asks a person for the key, and for a change whether it is meant", async () => {
    const { put, asked, person, written, out } = setUp({ milan: standing() });
    expect(await put({ appName: "M" }, person("", false))).toBe(0);
    expect(asked).toEqual([
      "Secret key, not shown while you type (press Enter to keep the current one): ",
      "Write it?",
    ]);
    expect(written).toEqual([]);
    expect(out).toContain("~ app_name  N → M");
    await put({ appName: "M" }, person(""));
    expect(written).toEqual(["milan"]);
  });
  it("says that a key changes, and not into what", async () => {
    const { put, out, person, stored } = setUp({ milan: standing() });
    const other = giveSecret("another-secret-0123456789abcdef");
    await put({}, person(other));
    expect(out).toContain("~ secret_key  (hidden) → (hidden)");
    expect(stored().secret.secret_key).toBe(other);
  });
  it("writes nothing where nothing changes, nor on a dry run", async () => {
    const { put, written, out } = setUp({ milan: standing() });
    await put({ keepKey: true });
    await put({ keepKey: true, timezone: "Europe/Oslo", dryRun: true });
    expect(written).toEqual([]);
    expect(out).toContain("/wildix/prod/pbx/milan is unchanged");
    expect(out).toContain("~ tag timezone  Europe/Rome → Europe/Oslo");
  });
  it("merges settings, and takes away what is null", async () => {
    const { put, stored, out } = setUp({ milan: standing() });
    await put({ keepKey: true, settings: '{"country":null,"date_format":"dmy"}' });
    expect(stored().secret.settings).toEqual({ date_format: "dmy" });
    expect(out).toContain("- settings.country      IT");
    await put({ keepKey: true, settings: '{"date_format":null}' });
    expect(stored().secret).not.toHaveProperty("settings");
  });
  it("pauses the export, goes on with it, ends it", async () => {
    const { put, stored } = setUp({ milan: standing() });
    await put({ keepKey: true, export: "off" });
    expect(stored().tags).toEqual({ "wildix:timezone": "Europe/Rome", "wildix:export": "off" });
    await put({ keepKey: true, export: "on", timezone: "" });
    expect(stored().tags).toEqual({});
  });
  it("another kind of credentials takes the place of those that stand", async () => {
    const { put, stored, nobody } = setUp({ milan: standing() }, "wsk-v1-0123456789");
    await put({ auth: "api_key" });
    expect(stored().secret).toEqual({
      host: "https://milan.example.com",
      api_key: "wsk-v1-0123456789",
      settings: { country: "IT" },
    });
    await put({ credentialsFrom: "rome" }, nobody);
    expect(stored().secret).toMatchObject({ credentials_from: "rome" });
    expect(stored().secret).not.toHaveProperty("api_key");
    await put({ auth: "token" });
    expect(stored().secret).toMatchObject({ token: "wsk-v1-0123456789" });
    expect(stored().secret).not.toHaveProperty("credentials_from");
  });
  it("prints JSON for programs", async () => {
    const { put, out } = setUp({ milan: standing() });
    await put({ keepKey: true, appName: "M", json: true });
    expect(JSON.parse(out.join(""))).toEqual({
      name: "/wildix/prod/pbx/milan",
      changes: [{ key: "app_name", before: "N", after: "M" }],
      written: true,
    });
  });
  it.each<[string, Partial<PutOptions>, string]>([
    ["no key", asNew, "The PBX needs the secret key. Type it, or write it to standard input."],
    ["no token", { host: asNew.host, auth: "token" }, "The PBX needs the token."],
    [
      "no key to keep",
      { ...asNew, keepKey: true },
      "`--keep-key` must not be set, because the PBX has no current secret key. Leave it out",
    ],
    [
      "the id of an application with a token",
      { host: asNew.host, appId: "A", auth: "token" },
      "`--app-id` must not be set together with `--auth token`, because it is for S2S credentials.",
    ],
    [
      "own credentials and those of another PBX",
      { host: asNew.host, appName: "N", credentialsFrom: "rome" },
      "`--app-name` must not be set together with `--credentials-from`",
    ],
    [
      "a kind of credentials with those of another PBX",
      { host: asNew.host, auth: "token", credentialsFrom: "rome" },
      "`--auth` must not be set together with `--credentials-from`",
    ],
    ["a host without https", { host: "http://milan.example.com", credentialsFrom: "rome" }, "host"],
    [
      "a zone that does not exist",
      { ...asNew, timezone: "Europe/Romee" },
      "`timezone` must be an IANA time zone",
    ],
    ["a new PBX without a host", { keepKey: true }, "`--host` must be set, because there is no PBX milan"],
    [
      "an export without a zone",
      { host: "https://milan.example.com", export: "on" },
      "`--timezone` must be set if `--export` is on",
    ],
    ["a setting that does not exist", { ...asNew, settings: '{"countri":"IT"}' }, "countri"],
    ["settings that are no object", { ...asNew, settings: '"IT"' }, "`--settings` must be a JSON object"],
    [
      "settings that are not JSON",
      { ...asNew, settings: "IT" },
      "`--settings` must be JSON; got a mistake in line 1, column 1.",
    ],
    [
      "a setting twice",
      { ...asNew, settings: '{"country":"IT","country":"DE"}' },
      "`--settings` must have each field once; got `/country` twice in line 1.",
    ],
  ])("refuses %s before it writes", async (_name, options, says) => {
    const { put, written } = setUp({}, says.includes(" needs ") ? "" : key);
    await expect(put(options)).rejects.toThrow(says);
    expect(written).toEqual([]);
  });
  const withoutS2s = { app_id: undefined, app_name: undefined, secret_key: undefined };
  it.each<[string, object, Partial<PutOptions>, string]>([
    ["a token", { ...withoutS2s, token: key }, { appName: "M" }, "`--app-name` must be set together"],
    [
      "those of rome",
      { ...withoutS2s, credentials_from: "rome" },
      { appId: "B" },
      "`--app-id` must be set together with `--auth s2s`, because the current credentials are of another kind.",
    ],
    [
      "S2S",
      {},
      { keepKey: true, auth: "token" },
      "`--keep-key` must not be set, because the PBX has no current token.",
    ],
  ])("refuses options that contradict current credentials, %s", async (_, current, options, says) => {
    const { put, written } = setUp({ milan: standing(current) }, key);
    await expect(put(options)).rejects.toThrow(says);
    expect(written).toEqual([]);
  });
  it("changes a PBX that uses the credentials of another one", async () => {
    const { put, written } = setUp({ milan: standing({ ...withoutS2s, credentials_from: "rome" }) });
    await put({ keepKey: true, timezone: "Europe/Oslo" });
    await put({ timezone: "Europe/Rome" });
    expect(written).toEqual(["milan", "milan"]);
  });
  it.each(["plain password", "[]", "{}"])("asks for a host if the current secret is %s", async (text) => {
    const { put, written } = setUp({ milan: { ...standing(), text } });
    await expect(put({ keepKey: true, timezone: "Europe/Oslo" })).rejects.toThrow(
      "`--host` must be set, because the current secret of milan is not a JSON object with a host.",
    );
    expect(written).toEqual([]);
  });
  it.each([
    [{ contry: "IT" }, "the field `contry` is unknown. Did you mean country?"],
    [{ callbacks: { hours: 1 } }, "`callbacks.hours` must be"],
    [{ dial_format: "national", country: null }, "`country` must be set if dial_format is national."],
  ])("names the option of the settings %j", async (settings, says) => {
    const { put } = setUp({ milan: standing() });
    const refused = put({ keepKey: true, settings: JSON.stringify(settings) });
    await expect(refused).rejects.toThrow(`\`--settings\`: ${says}`);
    await expect(refused).rejects.toMatchObject({ field: "--settings", ofOption: true });
  });
  it("names a registered PBX that is near if a new one has no host", async () => {
    const { context, opened } = setUp();
    await expect(putSecret(context, opened, "mlian", { stage: "prod", keepKey: true })).rejects.toThrow(
      "there is no PBX mlian under /wildix/prod/pbx/. Did you mean milan?",
    );
  });
  it.each(["********", "…", "••••••"])(
    "refuses %s, which a page shows in place of a secret",
    async (shown) => {
      const { put, nobody, written } = setUp({ milan: standing() }, shown);
      await expect(put({}, nobody)).rejects.toThrow("`secret_key` must be a secret, not the dots or stars");
      await expect(put({ webhookSecret: true }, nobody)).rejects.toThrow(
        "`webhook_secrets` must be a secret",
      );
      expect(written).toEqual([]);
    },
  );
  it.each([
    ["turin", "must be the id of a registered PBX; got turin. `wildix secret list` lists them."],
    ["osol", "must be the id of a registered PBX; got osol. Did you mean oslo?"],
    ["a/b", "must be the id of a registered PBX; got a/b."],
    ["pisa", "must name a PBX that has its own credentials; got pisa, which uses those of another PBX."],
  ])("refuses credentials of %s, also without a probe", async (credentialsFrom, says) => {
    const pisa = standing({ app_id: undefined, app_name: undefined, secret_key: undefined });
    const borrowing = { ...JSON.parse(pisa.text), credentials_from: "rome" };
    const { put, written } = setUp({
      milan: standing(),
      pisa: { ...pisa, text: JSON.stringify(borrowing) },
    });
    const refused = put({ credentialsFrom, probe: false });
    await expect(refused).rejects.toThrow(`\`--credentials-from\` ${says}`);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    expect(written).toEqual([]);
  });
  it("refuses an id that is none", async () => {
    const { context, opened } = setUp();
    const refused = {
      code: "PBX_UNKNOWN",
      message: expect.stringMatching(/^`id` must be 1 to 63 letters.*; got "a\/b"\.$/),
    };
    await expect(putSecret(context, opened, "a/b", { stage: "prod" })).rejects.toMatchObject(refused);
    await expect(removeSecret(context, opened, "a/b", { stage: "prod" })).rejects.toMatchObject(refused);
  });
});

describe("wrong usage of wildix secret", () => {
  const host = "https://milan.example.com";
  it.each([
    [["put", "milan", "--host", ""], "`--host` must be"],
    [["put", "milan", "--host", "http://milan.example.com", "--auth", "token"], "`--host` must use https"],
    [["put", "milan", "--host", host, "--credentials-from", "milan"], "`--credentials-from` must not name"],
    [["put", "milan", "--host", host, "--settings", '{"contry":"IT"}'], "`--settings`: the field `contry`"],
    [["put", "mi lan", "--host", host], "`id` must be 1 to 63"],
    [["remove", "a b"], "`id` must be 1 to 63"],
  ])("%j ends with 2", async (args, says) => {
    const stub = await startSecretsManager([], 100);
    onTestFinished(stub.close);
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", stub.url);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    const err: string[] = [];
    const code = await main(["secret", ...args, "--region", "eu-central-1"], {
      env: {},
      stdin: async () => key,
      clock: testClock,
      signal: new AbortController().signal,
      output: { out: () => undefined, err: (text) => err.push(text), colours: false, live: false },
    });
    expect([code, err.join("\n")]).toEqual([2, expect.stringContaining(says)]);
  });
});

const wrongZone: Check = {
  name: "time zone",
  ok: false,
  detail: "the newest leg (2026-11-23 09:00:00) has the UTC offset +01:00, but Europe/London had +00:00",
  cure: "Correct the time zone of this PBX. Zones that fit: Europe/Rome.",
};

describe("wildix secret put asks the PBX before it writes", () => {
  it("and writes nothing if a check fails", async () => {
    const { put, written, out, probed } = setUp({}, key, [wrongZone]);
    expect(await put({ ...asNew, timezone: "Europe/London" })).toBe(1);
    expect([written, probed]).toEqual([[], [[asNew.host, "Europe/London"]]]);
    expect(out.slice(-3)).toEqual([
      `✗ milan: time zone: ${wrongZone.detail}`,
      `  Fix: ${wrongZone.cure}`,
      "Nothing was written. `--no-probe` writes without test requests to the PBX.",
    ]);
  });
  it("and says so in JSON, with the first day of the export", async () => {
    const wrong = setUp({}, key, [wrongZone]);
    await wrong.put({ ...asNew, json: true });
    expect(JSON.parse(wrong.out.join(""))).toMatchObject({ written: false, failed: { check: "time zone" } });
    const right = setUp({}, key);
    await right.put({ ...asNew, json: true });
    expect(JSON.parse(right.out.join(""))).toMatchObject({ written: true, first_day: "2026-10-20" });
  });
  it("but not with --no-probe, on a dry run, or for a change that the PBX cannot judge", async () => {
    const { put, written, probed } = setUp({ milan: standing() }, key, [wrongZone]);
    expect(await put({ keepKey: true, export: "off" })).toBe(0);
    expect(await put({ keepKey: true, settings: '{"date_format":"dmy"}' })).toBe(0);
    expect(await put({ keepKey: true, appName: "M", dryRun: true })).toBe(0);
    expect(await put({ keepKey: true, appName: "M", probe: false })).toBe(0);
    expect([written.length, probed]).toEqual([3, []]);
    expect(await put({ keepKey: true, settings: '{"country":"GB"}' })).toBe(1);
    expect(await put({ keepKey: true, export: "on" })).toBe(1);
    expect([written.length, probed.length]).toEqual([3, 2]);
  });
  it("with the targets of callbacks among the settings, also if only these change", async () => {
    const targets: Check = { name: "targets", ok: false, detail: "got 899", cure: "Correct it." };
    const given: unknown[] = [];
    const { context, opened, written, out } = setUp({ milan: standing() });
    const probe: DeployedSecrets["probe"] = async (_connection, _expected, settings) => {
      given.push(settings.callbacks);
      return [targets];
    };
    const settings = {
      country: "IT",
      timezone: "Europe/Rome",
      extension_pattern: "[0-9]{3}",
      callbacks: { targets: { "*": "899" } },
    };
    const options = { stage: "prod", keepKey: true, settings: JSON.stringify(settings) };
    expect(await putSecret(context, { ...opened, probe }, "milan", options)).toBe(1);
    expect([written, given]).toEqual([[], [settings.callbacks]]);
    expect(out).toContain("✗ milan: targets: got 899");
  });
  it("and writes if only a clock is wrong", async () => {
    const { put, written } = setUp({}, key, [{ name: "clock", ok: false, detail: "behind", cure: "NTP" }]);
    expect(await put(asNew)).toBe(0);
    expect(written).toEqual(["milan"]);
  });
});

it("a tag that was written by hand, Off, pauses the export too", async () => {
  const paused = { ...standing(), tags: { "wildix:timezone": "Europe/Rome", "wildix:export": "Off " } };
  const { put, out } = setUp({ milan: paused });
  await put({ keepKey: true, export: "on", dryRun: true });
  expect(out).toContain("- tag export  off");
});

describe("wildix secret list", () => {
  it("shows who is exported, and why not", async () => {
    const { context, opened, out } = setUp();
    await listSecrets(context, opened.registry, "under a prefix", { stage: "prod", json: true });
    expect(JSON.parse(out.join(""))).toMatchObject([
      { id: "milan", timezone: "Europe/Rome", export: "on", registered: "2023-11-14T22:13:20.000Z" },
      { id: "oslo", export: "off" },
      { id: "paris", export: "no zone" },
    ]);
  });
});

describe("wildix secret import", () => {
  it("writes what is new or changed, and says what it would do", async () => {
    const { context, opened, out, written, stored } = setUp({ milan: standing() });
    const directory = await mkdtemp(join(tmpdir(), "wildix-import-"));
    open.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "pbxs.json");
    const milan = { ...JSON.parse(standing().text), timezone: "Europe/Rome" };
    const rome = { host: "https://rome.example.com", credentials_from: "milan", export: "off" };
    await writeFile(file, JSON.stringify({ pbxs: { milan, rome: { ...rome, timezone: "Europe/Rome" } } }));
    await importSecrets(context, opened, [file], { stage: "prod", dryRun: true });
    expect(written).toEqual([]);
    await importSecrets(context, opened, [file], { stage: "prod" });
    expect(written).toEqual(["rome"]);
    expect(stored("rome").tags).toEqual({ "wildix:timezone": "Europe/Rome", "wildix:export": "off" });
    expect(out.at(-1)).toBe("1 new, 0 changed; 1 unchanged");
  });
});

describe("wildix secret import --shared", () => {
  it("writes all PBXs of the file into secrets that hold several, also those that do not change", async () => {
    const { context, opened, out, written, stored } = setUp({ milan: standing() });
    const directory = await mkdtemp(join(tmpdir(), "wildix-import-"));
    open.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "pbxs.json");
    const milan = { ...JSON.parse(standing().text), timezone: "Europe/Rome" };
    const rome = { host: "https://rome.example.com", credentials_from: "milan" };
    await writeFile(file, JSON.stringify({ pbxs: { milan, rome } }));
    const options = { stage: "prod", shared: true };
    await importSecrets(context, opened, [file], { ...options, dryRun: true });
    expect(stored("milan").list).toBeUndefined();
    await importSecrets(context, opened, [file], options);
    expect(written).toEqual([]);
    expect([stored("milan").list, stored("rome").list]).toEqual(["_1", "_1"]);
    expect(out.slice(-2)).toEqual(["1 new, 0 changed; 1 unchanged", "written to /wildix/prod/pbx/_1"]);
  });
});

describe("wildix secret import of an entry without settings", () => {
  const imported = async (change: object) => {
    const set = setUp({ milan: standing() });
    const directory = await mkdtemp(join(tmpdir(), "wildix-import-"));
    open.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "pbxs.json");
    const milan = { ...JSON.parse(standing().text), timezone: "Europe/Rome", ...change };
    await writeFile(file, JSON.stringify({ pbxs: { milan } }));
    await importSecrets(set.context, set.opened, [file], { stage: "prod" });
    return { out: set.out, secret: JSON.parse(set.stored("milan").text ?? "null") };
  };
  it("keeps the settings of the secret, and says so", async () => {
    const { out, secret } = await imported({ app_name: "M", settings: undefined });
    expect(secret).toMatchObject({ app_name: "M", settings: { country: "IT" } });
    expect(out[0]).toBe("/wildix/prod/pbx/milan keeps settings: the file has none");
  });
  it("takes settings that the file has, also empty ones", async () => {
    expect((await imported({ settings: {} })).secret).toMatchObject({ settings: {} });
  });
});

describe("wildix secret import asks the PBXs before it writes", () => {
  it("writes those that answer as expected, and lists the others", async () => {
    const { context, opened, out, written } = setUp();
    const probing: DeployedSecrets = {
      ...opened,
      probe: async ({ host }) => (host.includes("milan") ? [] : [wrongZone]),
    };
    const directory = await mkdtemp(join(tmpdir(), "wildix-import-"));
    open.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "pbxs.json");
    const milan = { ...JSON.parse(standing().text), timezone: "Europe/Rome" };
    // the lender is written in the same run
    const bari = { host: "https://bari.example.com", credentials_from: "milan" };
    await writeFile(file, JSON.stringify({ pbxs: { bari, milan } }));
    expect(await importSecrets(context, probing, [file], { stage: "prod" })).toBe(1);
    expect(written).toEqual(["milan"]);
    expect(out).toContain(`✗ bari: time zone: ${wrongZone.detail}`);
    expect(out.slice(-3)).toEqual([
      "1 new, 0 changed; 0 unchanged",
      "The export begins with 2026-10-20, within an hour after this day ends. To begin with another day, set the parameter `startDate`.",
      "1 not written, because a test request to the PBX failed. `--no-probe` writes without test requests.",
    ]);
    expect(await importSecrets(context, probing, [file], { stage: "prod", probe: false })).toBe(0);
    expect(written).toEqual(["milan", "bari"]);
  });
});

describe("wildix secret remove", () => {
  it("asks, and says how to bring it back", async () => {
    const { context, opened, out, person, asked } = setUp({ milan: standing() });
    expect(await removeSecret(context, opened, "milan", { stage: "prod" }, person("", false))).toBe(1);
    expect(await removeSecret(context, opened, "milan", { stage: "prod" }, person(""))).toBe(0);
    expect(asked).toHaveLength(2);
    expect(out).toEqual([
      "/wildix/prod/pbx/milan is removed. Until 2026-12-24 `wildix secret put milan` restores it.",
    ]);
  });
  it("asks nobody where nobody is", async () => {
    const { context, opened, nobody } = setUp();
    await expect(removeSecret(context, opened, "milan", { stage: "prod" }, nobody)).rejects.toThrow("--yes");
    await expect(
      removeSecret(context, opened, "milan", { stage: "prod", yes: true }, nobody),
    ).rejects.toThrow("There is no PBX milan");
  });
});

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

describe("a question at the terminal", () => {
  const terminal = () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = "";
    output.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    return { prompt: terminalPrompt({ input, output }), input, shown: () => shown };
  };
  it.each(["dumb", "xterm"])(
    "shows nothing of what is typed, and lets it be corrected, with TERM=%s",
    async (term) => {
      vi.stubEnv("TERM", term);
      const { prompt, input, shown } = terminal();
      const typed = prompt.hidden("Key: ");
      input.write("wrony\u007fg\r");
      expect(await typed).toBe("wrong");
      expect(shown()).toBe("Key: \n");
    },
  );
  it("is left with Ctrl-C", async () => {
    const { prompt, input } = terminal();
    const typed = prompt.hidden("Key: ");
    input.write("abc\u0003");
    await expect(typed).rejects.toMatchObject({ name: "AbortError" });
  });
  it.each([
    ["y\n", true],
    ["Yes\n", true],
    ["\n", false],
    ["no\n", false],
  ])("%j is %s", async (text, agrees) => {
    const { prompt, input } = terminal();
    const answer = prompt.confirm("Sure?");
    input.write(text);
    expect(await answer).toBe(agrees);
  });
});
