import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { newDirectory, wildix } from "../../support/cli.ts";
import { testClock } from "../../support/clocks.ts";
import { giveSecret } from "../../support/leaks.ts";
import { key } from "../../support/secret-command.ts";
import { startSecretsManager } from "../../support/secrets-manager.ts";

const token = giveSecret("access_ending-test-0123456789abcdef");
/** In so many days and twelve hours: the clock runs while a test does. */
const now = testClock.now();
const after = (days: number): string => new Date(now + (days + 0.5) * 86_400_000).toISOString();
const host = "https://pbx.example.com";
const pbxs = {
  milan: { host, app_id: "A", app_name: "N", secret_key: key },
  rome: { host, token, expires_at: after(20) },
  oslo: { host, api_key: token, expires_at: after(-3) },
  bari: { host, credentials_from: "rome" },
  paris: { host, api_key: token },
};
const times = (change: object) => ({
  label: "CRM",
  created: after(-100),
  scopes: [],
  pbxs: "all",
  extensions: "all",
  ...change,
});
const hash = "0".repeat(64);
const keys = {
  keys: {
    aaaa: times({ proofs: [{ sha256: hash }], expires: after(10) }),
    bbbb: times({ proofs: [{ sha256: hash, until: after(1) }, { sha256: "1".repeat(64) }] }),
    cccc: times({ proofs: [{ hmac_key: token, until: after(-1) }], label: "wallboard" }),
    dddd: times({ proofs: [{ sha256: hash }], expires: after(5), revoked: after(-5) }),
  },
};
const expected = [
  { of: "pbx", id: "oslo", kind: "api_key", days_left: -3, from: "secret" },
  { of: "key", id: "bbbb", label: "CRM", kind: "older secret", days_left: 1 },
  { of: "key", id: "aaaa", label: "CRM", kind: "bearer", days_left: 10 },
  { of: "pbx", id: "bari", kind: "token", days_left: 20, from: "secret" },
  {
    of: "pbx",
    id: "rome",
    kind: "token",
    days_left: 20,
    from: "secret",
    ends: after(20).replace(".000Z", "Z"),
  },
  { of: "pbx", id: "milan", kind: "s2s", ends: "2027-05-01T00:00:00Z", from: "report" },
  { of: "key", id: "bbbb", kind: "bearer", ends: null, days_left: null },
  { of: "key", id: "cccc", kind: "hmac", ends: null },
  { of: "pbx", id: "paris", kind: "api_key", ends: null },
];

/** A deployment with PBXs of their own secrets, PBXs that share one, and callers' keys. */
const deployment = async (more: { name: string; value: string }[] = []): Promise<void> => {
  const { milan, rome, ...listed } = pbxs;
  const prefix = "/wildix/prod/pbx/";
  const stub = await startSecretsManager(
    [
      { name: `${prefix}milan`, value: JSON.stringify(milan) },
      { name: `${prefix}rome`, value: JSON.stringify(rome) },
      { name: `${prefix}_1`, value: JSON.stringify({ pbxs: listed }) },
      { name: "/wildix/prod/keys", value: JSON.stringify(keys) },
      ...more,
    ],
    100,
  );
  onTestFinished(stub.close);
  for (const [name, value] of [
    ["AWS_ENDPOINT_URL_SECRETS_MANAGER", stub.url],
    ["AWS_ACCESS_KEY_ID", "test"],
    ["AWS_SECRET_ACCESS_KEY", "test"],
  ] as const)
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
};
const list = ["secret", "list", "--ending"];
const stage = ["--stage", "prod", "--region", "eu-central-1"];

describe("wildix secret list --ending", () => {
  it("has the ends of a deployment, of own and of shared secrets, the next one first", async () => {
    await deployment();
    const { code, out } = await wildix([...list, ...stage, "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([0, expected]);
    expect(JSON.parse(out)).toHaveLength(expected.length);
  });
  it("has those of this machine", async () => {
    const directory = await newDirectory();
    const [pbxFile, keyFile] = [join(directory, "pbxs.json"), join(directory, "keys.json")];
    await writeFile(pbxFile, JSON.stringify({ pbxs }));
    await writeFile(keyFile, JSON.stringify(keys));
    for (const file of [pbxFile, keyFile]) await chmod(file, 0o600);
    const typed = await wildix([...list, "--pbxs", pbxFile, "--keys", keyFile, "--json"]);
    expect([typed.code, JSON.parse(typed.out), typed.err]).toMatchObject([0, expected, ""]);
    const found = await wildix([...list, "--local", "--json"], {
      WILDIX_PBXS: pbxFile,
      WILDIX_KEYS: keyFile,
    });
    expect(JSON.parse(found.out)).toMatchObject(expected);
    // without a file of keys
    const none = await wildix([...list, "--pbxs", pbxFile, "--json"], {
      WILDIX_KEYS: join(directory, "none.json"),
    });
    expect(JSON.parse(none.out)).toHaveLength(5);
  });
  it("is a table for a person", async () => {
    await deployment();
    const { out } = await wildix([...list, ...stage]);
    const rows = out.split("\n").filter((line) => /│ (?:ends|\d)/.test(line));
    const cells = rows.map((row) =>
      row
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(cells.map(([, ...rest]) => rest)).toEqual([
      ["days left", "pbx or key", "kind", "from"],
      ["ended", "oslo", "api_key", "secret"],
      ["1", "key bbbb (CRM)", "older secret", "keys"],
      ["10", "key aaaa (CRM)", "bearer", "keys"],
      ["20", "bari", "token", "secret"],
      ["20", "rome", "token", "secret"],
      [expect.stringMatching(/^\d+$/), "milan", "s2s", "report"],
    ]);
    expect(out.split("\n").slice(-2)).toEqual([
      "In the column `from`, `report` means an expiry date that is reported for this kind of credentials on all PBXs (docs/limits.md).",
      "1 PBX and 2 keys have no known expiry date.",
    ]);
  });
  it("names the PBXs that cannot be read first, and goes on", async () => {
    await deployment([{ name: "/wildix/prod/pbx/turin", value: `{"host":"${host}","secret_key":"${key}"}` }]);
    const { code, out } = await wildix([...list, ...stage]);
    expect([code, out.split("\n")[0]]).toEqual([
      1,
      "✗ turin: the secret of turin: `app_id`, `app_name` must be set, because the secret has secret_key.",
    ]);
    expect(out).toContain("oslo");
  });
  it("goes on without the keys if they cannot be read", async () => {
    await deployment([]);
    const broken = await startSecretsManager([{ name: "/wildix/prod/keys", value: "denied" }], 100);
    onTestFinished(broken.close);
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", broken.url);
    const { code, out } = await wildix([...list, ...stage]);
    expect([code, out]).toEqual([1, expect.stringContaining("✗ keys: ")]);
  });
  it("refuses a stage beside files of this machine", async () => {
    for (const typed of [["--local"], ["--pbxs", "x.json"], ["--keys", "x.json"]])
      expect(await wildix([...list, ...stage, ...typed])).toMatchObject({
        code: 2,
        err: expect.stringContaining(`Give \`--stage\` or \`${typed[0]}\`, not both.`),
      });
  });
});

it("secret list has the PBXs of this machine", async () => {
  const file = join(await newDirectory(), "pbxs.json");
  await writeFile(file, '{"pbxs":{}}', { mode: 0o600 });
  expect((await wildix(["secret", "list", "--pbxs", file])).out).toBe("There is no PBX on this machine.");
});
