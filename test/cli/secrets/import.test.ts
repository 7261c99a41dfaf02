import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ImportOptions, importSecrets } from "../../../cli/commands/import-secrets.ts";
import { main } from "../../../cli/main.ts";
import type { StoredSecret } from "../../../lib/aws/pbx-secrets.ts";
import { ProductError } from "../../../lib/errors.ts";
import { testClock } from "../../support/clocks.ts";
import { giveSecret, leaksIn } from "../../support/leaks.ts";
import { key, setUp, standing } from "../../support/secret-command.ts";

const [keyA, keyB, hook] = [
  "import-key-a-0123456789abcdef",
  "import-key-b-0123456789abcdef",
  "import-hook-0123456789abcdef",
].map(giveSecret) as [string, string, string];

const fileOf = async (content: string | Buffer, name: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-import-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, name);
  await writeFile(file, content);
  return file;
};

/** Imports a file into a deployment in memory. */
const run = async (
  content: string | Buffer,
  options: Partial<ImportOptions> = {},
  secrets: Record<string, StoredSecret> = {},
  name = "pbxs.csv",
) => {
  const set = setUp(secrets);
  const file = await fileOf(content, name);
  const code = await importSecrets(set.context, set.opened, [file], { stage: "prod", ...options });
  expect(leaksIn(set.out.join("\n"))).toEqual([]);
  const shown = set.out.map((line) => line.replaceAll(`${dirname(file)}/`, ""));
  return { ...set, code, out: shown };
};

const header = "pbx,host,app_id,app_name,secret_key,timezone";
const milanRow = `milan,https://milan.example.com,A,N,${keyA},Europe/Rome`;
const romeRow = `rome,https://rome.example.com,B,M,${keyB},Europe/Rome`;
const milan = {
  secret: { host: "https://milan.example.com", app_id: "A", app_name: "N", secret_key: keyA },
  tags: { "wildix:timezone": "Europe/Rome" },
};

describe("a table of PBXs", () => {
  const table = `${header}\n${milanRow}\n${romeRow}\n`;
  it.each<[string, string | Buffer]>([
    ["commas", table],
    ["semicolons", table.replaceAll(",", ";")],
    ["tabs", table.replaceAll(",", "\t")],
    ["a line that names the delimiter", `sep=;\r\n${table.replaceAll(",", ";")}`],
    ["a byte order mark and CRLF", `\uFEFF${table.replaceAll("\n", "\r\n")}`],
    ["CR alone, and no line break at the end", table.trimEnd().replaceAll("\n", "\r")],
    ["UTF-16 with a byte order mark", Buffer.from(`\uFEFF${table}`, "utf16le")],
    ["quoted fields and blanks around them", table.replace(/[^,\n]+/g, ' "$&" ')],
    [
      "names in any case and with blanks",
      table.replace(header, "PBX,Host,App ID,App-Name,SecretKey,Time Zone".replace("Time Zone", "TIMEZONE")),
    ],
    ["other names", table.replace(header, "id,URL,app_id,app_name,secret,zone")],
    ["empty lines and empty columns", table.replaceAll("\n", ",,\n\n,,,,,,,\n")],
  ])("with %s is read", async (_, content) => {
    const { code, stored, out } = await run(content);
    expect(code).toBe(0);
    expect(out).toContain("2 new, 0 changed; 0 unchanged");
    expect(stored("milan")).toMatchObject(milan);
    expect(stored("rome").secret.secret_key).toBe(keyB);
  });
  it("warns of a stage without secrets if others have some", async () => {
    const set = setUp({}, "", undefined, ["prd"]);
    const file = await fileOf(table, "pbxs.csv");
    await importSecrets(set.context, set.opened, [file], { stage: "prod", dryRun: true });
    expect(set.err).toEqual(["! `--stage` prod has no secret yet. Did you mean prd?"]);
  });
  it.each([
    ["a1b2c3d4e5f6a1b2c3d4e5f6", true],
    ["abcdefghijklmnopqrstuvwx0", true],
    ["wsk-v1-abcdef", true],
    ["eyJhbGciOi.abc", true],
    ["customer-milan-office-2026-pbx", false],
    ["a1b2c3d4e5f6a1b2c3d4e5f", false],
    ["abcdefghijklmnopqrstuvwxyz", false],
  ])("takes the id %s for a secret in the wrong column: %s", async (id, refused) => {
    const { code, out } = await run(`${header}\n${milanRow.replace("milan,", `${id},`)}\n`);
    expect(code).toBe(refused ? 1 : 0);
    if (!refused) return;
    expect(out.join("\n")).not.toContain(id);
    expect(out[0]).toBe(
      "✗ line 2 of pbxs.csv: `pbx` must have the id of the PBX, not a secret. Check the order of the columns.",
    );
  });
  it.each([
    ["app_id", "1.23E+11", "a number that the spreadsheet rounded"],
    ["secret_key", '"1,23457E+15"', "a number that the spreadsheet rounded"],
    ["pbx", "1.2E+05", "a number that the spreadsheet rounded"],
    ["settings.own_numbers", '"+39 02 1234567, 3.9021E+11"', "a number that the spreadsheet rounded"],
    ["app_id", "#N/A", "an error of the spreadsheet"],
    ["app_name", "#NV", "an error of the spreadsheet"],
    ["timezone", "#WERT!", "an error of the spreadsheet"],
    ["host", "#NOME?", "an error of the spreadsheet"],
    ["webhook_secrets", "######", "an error of the spreadsheet"],
    ["settings.short_numbers", '"=""0115"""', "a formula"],
  ])("with %s spoiled by a spreadsheet, %s, is refused", async (column, cell, says) => {
    const names = [...new Set([...header.split(","), column])];
    const cells = names.map((name, at) => (name === column ? cell : (milanRow.split(",")[at] ?? "")));
    const { code, written, out } = await run(`${names.join(",")}\n${cells.join(",")}\n`);
    expect([code, written]).toEqual([1, []]);
    expect(out[0]).toContain(`\`${column}\` must not be ${says}`);
  });
  it.each([
    ["settings.requests_per_second", '"2,5"', "must be a number from 0.1 to 100"],
    ["settings.export_emails", "WAHR", "must be true or false"],
    ["settings.caps", "viele", "must be JSON"],
    ["settings.caps", '"{""per_day"":1,""per_day"":2}"', "must be JSON with each field once"],
    ["export", "on", "`timezone` must be set if `export` is on"],
    ["token", "t", "`api_key`, `token` must not be set together, because a PBX has one kind of credentials."],
    ["api_key", "********", "must be a secret, not the dots or stars"],
  ])("with %s %s is refused with the rule of the field", async (column, cell, says) => {
    const host = "https://milan.example.com";
    const key = column === "api_key" ? "" : `,api_key`;
    const value = column === "api_key" ? "" : `,${keyA}`;
    const { code, out } = await run(`pbx,host,${column}${key}\nmilan,${host},${cell}${value}\n`);
    expect(code).toBe(1);
    expect(out[0]).toContain(says);
  });
  it.each([
    ["timezone", "Rome", "`timezone` must be an IANA time zone such as Europe/Rome, not an abbreviation"],
    ["timezone", "Europe/Rom", "not an abbreviation or offset."],
    [
      "settings.allowed_number_types",
      '"mobile,landline"',
      "`settings.allowed_number_types.1` must be one of fixed_line, mobile, voip,",
    ],
    ["settings.country", "country", "`settings.country` must be the code of a country, two capital letters"],
    [
      "settings.outside_prefix,settings.dial_format",
      "0,e164_plus",
      "must not be set with dial_format e164_plus.",
    ],
  ])(
    "with a word of the rule in the field %s, %s, is refused with the whole rule",
    async (column, cell, says) => {
      const { code, out } = await run(
        `pbx,host,api_key,${column}\nmilan,https://milan.example.com,${keyA},${cell}\n`,
      );
      expect(code).toBe(1);
      expect(out[0]).toContain(says);
    },
  );
  it("of a PBX that is not registered must have a host", async () => {
    const { code, out } = await run(`pbx,settings.country\nmialn,IT\n`, {}, { milan: standing() });
    expect(code).toBe(1);
    expect(out[0]).toBe(
      "✗ line 2 of pbxs.csv (mialn): There is no PBX with this id, and a new PBX must have a `host`. Correct the id, or give the address as `host` or `--host`.",
    );
  });
  it.each([
    ["https://x{pbc}.com", "{pbc}"],
    ["https://{PBX}.x.com", "{PBX}"],
    ["https://{pbx}.{.com", "{.com"],
    ["https://pbx}.x.com", "}"],
  ])("is refused if --host is %s", async (host, wrong) => {
    await expect(run(`pbx,api_key\nmilan,${keyA}\n`, { host })).rejects.toThrow(
      `\`--host\` must have no placeholder other than {pbx}; got ${wrong}. Write {pbx}`,
    );
  });
  it("of a new PBX must have its own host if another one has that of --host", async () => {
    const options = { host: "https://x.example.com", probe: false };
    const two = await run(`pbx,api_key\nmilan,${keyA}\nrome,${keyB}\n`, options);
    expect([two.code, two.written]).toEqual([1, []]);
    expect(two.out[1]).toBe(
      "✗ line 3 of pbxs.csv (rome): `--host` must contain {pbx}, because milan would have the same address. Write {pbx} where the addresses have the id.",
    );
    const one = await run(
      `pbx,host,api_key\nmilan,,${keyA}\nrome,https://rome.example.com,${keyB}\n`,
      options,
    );
    expect(one.stored("milan").secret.host).toBe("https://x.example.com");
  });
  it("gives lists, numbers, switches and several webhook secrets", async () => {
    const row = [
      ...[
        "api_key",
        "webhook_secrets",
        "sqs_signing_key",
        "expires_at",
        "export",
        "settings",
        "settings.country",
      ],
      ...[
        "settings.contexts",
        "settings.outside_prefix",
        "settings.dial_format",
        "settings.extension_pattern",
      ],
      ...["settings.requests_per_second", "settings.export_emails", "settings.caps", "settings.own_numbers"],
    ];
    const cells = [
      ...[keyA, `"${hook}, ${keyB}"`, keyB, "2027-05-01", "OFF", '"{""date_format"":""dmy""}"', "IT"],
      ...[
        '"users,admins"',
        "0",
        "00",
        "[1-9][0-9]{2}",
        "5",
        "TRUE",
        '"{""per_day"":10}"',
        '"[""+39 02 1234567""]"',
      ],
    ];
    const { stored, out } = await run(
      `pbx,host,timezone,${row.join(",")}\nmilan,https://milan.example.com,Europe/Rome,${cells.join(",")}\n`,
    );
    expect(stored("milan")).toMatchObject({
      secret: {
        api_key: keyA,
        webhook_secrets: [hook, keyB],
        sqs_signing_key: keyB,
        expires_at: "2027-05-01T00:00:00Z",
        settings: {
          date_format: "dmy",
          country: "IT",
          contexts: ["users", "admins"],
          outside_prefix: "0",
          dial_format: "00",
          extension_pattern: "[1-9][0-9]{2}",
          requests_per_second: 5,
          export_emails: true,
          caps: { per_day: 10 },
          own_numbers: ["+39 02 1234567"],
        },
      },
      tags: { "wildix:timezone": "Europe/Rome", "wildix:export": "off" },
    });
    expect(out[0]).toMatch(
      /^\+ \/wildix\/prod\/pbx\/milan is new: host, api_key, webhook_secrets, .*tag export$/,
    );
  });
  it("changes only what it has: other columns and empty cells stay", async () => {
    const { stored, out, code } = await run(
      "pbx,app_name,settings.date_format,host\nmilan,M,dmy,\n",
      { dryRun: false },
      { milan: standing({ webhook_secrets: [hook] }) },
    );
    expect(code).toBe(0);
    expect(stored("milan")).toMatchObject({
      secret: {
        app_name: "M",
        secret_key: key,
        webhook_secrets: [hook],
        settings: { country: "IT", date_format: "dmy" },
      },
      tags: { "wildix:timezone": "Europe/Rome" },
    });
    expect(out.slice(0, 3)).toEqual([
      "/wildix/prod/pbx/milan",
      "~ app_name              (hidden) → (hidden)",
      "+ settings.date_format  dmy",
    ]);
  });
  it("replaces the credentials by those of another kind, and their end with them", async () => {
    const { stored } = await run(
      `pbx,api_key\nmilan,${keyA}\n`,
      {},
      { milan: standing({ expires_at: "2026-12-31T00:00:00Z" }) },
    );
    expect(stored("milan").secret).toEqual({
      host: "https://milan.example.com",
      api_key: keyA,
      settings: { country: "IT" },
    });
  });
});

it("with id and secret in each other's column does not show the secret", async () => {
  const { out } = await run(
    `pbx,app_id,app_name,secret_key\nmilan,${keyA},${keyB},A\n`,
    {},
    { milan: standing() },
  );
  expect(out.slice(0, 4)).toEqual([
    "/wildix/prod/pbx/milan",
    "~ app_id      (hidden) → (hidden)",
    "~ app_name    (hidden) → (hidden)",
    "~ secret_key  (hidden) → (hidden)",
  ]);
});

it("the difference shows the last two digits of numbers only", async () => {
  const { out } = await run(
    "pbx;settings.own_numbers\nmilan;+39 02 1234567,+39 02 7654321\n",
    { dryRun: true },
    { milan: standing() },
  );
  expect(out).toContain('+ settings.own_numbers  ["…67","…21"]');
});

describe("a row that cannot be used", () => {
  const bad = [
    header,
    milanRow,
    `rome,https://rome.example.com,B,M,,Europe/Rome`,
    `bari,https://bari.example.com,B,M,${keyB},${keyB}`,
    `oslo,${keyB},B,M,${keyB},Europe/Oslo`,
    `a/b,https://x.example.com,B,M,${keyB},Europe/Rome`,
    `,https://x.example.com,B,M,${keyB},Europe/Rome`,
    `paris,https://paris.example.com,B,M,${keyB}`,
    `turin,https://turin.example.com,B,M,${keyB},Europe/Rome,${keyB}`,
    `genoa,"https://genoa.example.com","B\nC",M,${keyB},Europe/Rome`,
    `lucca,https://lucca.example.com,B,M,${keyB}\u200b,Europe/Rome`,
    milanRow,
  ].join("\r\n");
  const refusals = [
    "✗ line 3 of pbxs.csv (rome): `secret_key` must be set, because the secret has app_id, app_name.",
    "✗ line 4 of pbxs.csv (bari): `timezone` must be an IANA time zone such as Europe/Rome, not an abbreviation or offset.",
    "✗ line 5 of pbxs.csv (oslo): `host` must begin with https://. Write https://NAME.wildixin.com.",
    "✗ line 6 of pbxs.csv: `pbx` must be 1 to 63 letters, digits, dots, underscores or hyphens and begin with a letter or digit.",
    "✗ line 7 of pbxs.csv: `pbx` must have the id of the PBX.",
    "✗ line 8 of pbxs.csv (paris): The row must have as many fields as the first line, 6. It has 5.",
    "✗ line 9 of pbxs.csv (turin): Column 7 has no name in the first line. Quote a field that contains the delimiter.",
    "✗ line 10 of pbxs.csv (genoa): `app_id` must not contain a line break. Copy it again.",
    "✗ line 12 of pbxs.csv (lucca): `secret_key` must not contain the invisible character U+200B. Copy it again.",
    "✗ line 13 of pbxs.csv (milan): The PBX is in line 2 of pbxs.csv too. Keep one of the two.",
  ];
  it("is named with its line and reason, without its values, and nothing is written", async () => {
    const { out, written, code, probed } = await run(bad);
    expect([code, written, probed]).toEqual([1, [], []]);
    expect(out.filter((line) => line.startsWith("✗"))).toEqual(refusals);
    expect(out.slice(-2)).toEqual([
      "1 new, 0 changed would be written; 0 unchanged; 10 refused",
      "Nothing was written, because 10 rows cannot be used. Correct the file, or write the others with `--skip-refused`.",
    ]);
  });
  it("means that a dry run would write nothing, unless --skip-refused is given", async () => {
    const would =
      "Nothing would be written, because 10 rows cannot be used. Correct the file, or write the others with `--skip-refused`.";
    expect((await run(bad, { dryRun: true })).out.at(-1)).toBe(would);
    expect((await run(bad, { dryRun: true, skipRefused: true })).out).not.toContain(would);
  });
  it("does not stop the others with --skip-refused", async () => {
    const { out, written, code } = await run(bad, { skipRefused: true });
    expect([code, written]).toEqual([1, ["milan"]]);
    expect(out).toContain("1 new, 0 changed; 0 unchanged; 10 refused");
  });
  it("is in the JSON", async () => {
    const { out } = await run(bad, { json: true });
    expect(JSON.parse(out.join(""))).toMatchObject({
      new: 1,
      written: false,
      pbxs: [
        {
          pbx: "milan",
          is: "new",
          changes: expect.arrayContaining([{ key: "secret_key", after: "(hidden)" }]),
        },
      ],
      refused: [
        { file: "pbxs.csv", line: 3, pbx: "rome", reason: expect.stringContaining("`secret_key`") },
        ...Array.from({ length: 9 }, () => expect.objectContaining({ file: "pbxs.csv" })),
      ],
    });
  });
  it("is found in JSON files by its line, also a PBX that is there twice", async () => {
    const text = `{"pbxs": {
      "milan": {"host": "https://milan.example.com", "api_key": "${keyA}", "note": "\\"pbxs\\": {"},
      "rome": {"host": "https://rome.example.com", "api_key": "${keyA}", "export": "no"},
      "bari": {"host": "https://bari.example.com", "api_key": "${keyA}", "settings": {"bari": 1}},
      "oslo": 7,
      "a b": {}, "pisa": {"host": "https://pisa.example.com", "api_key": "${keyA}"},
      "pisa": {"host": "https://pisa.example.com", "api_key": "${keyB}"}
    }}`;
    const { out, written } = await run(text, {}, {}, "pbxs.json");
    expect(written).toEqual([]);
    expect(out.filter((line) => line.startsWith("✗"))).toEqual([
      "✗ line 2 of pbxs.json (milan): the field `note` is unknown. Remove it.",
      '✗ line 3 of pbxs.json (rome): `pbxs.json` must have "on" or "off" as `export` of the PBX "rome".',
      "✗ line 4 of pbxs.json (bari): the field `settings.bari` is unknown. Remove it.",
      '✗ line 5 of pbxs.json (oslo): `pbxs.json` must have an object for the PBX "oslo".',
      "✗ line 6 of pbxs.json: `pbx` must be 1 to 63 letters, digits, dots, underscores or hyphens and begin with a letter or digit.",
      "✗ line 7 of pbxs.json (pisa): The PBX is in line 6 of pbxs.json too. Keep one of the two.",
    ]);
  });
});

describe("a row with the credentials of another PBX", () => {
  const borrower = (pbx: string, lender: string): string => `${pbx},https://${pbx}.example.com,,${lender}\n`;
  const columns = "pbx,host,api_key,credentials_from\n";
  const borrowing = {
    ...standing(),
    text: JSON.stringify({ host: "https://pisa.example.com", credentials_from: "milan" }),
  };
  it("can name a registered PBX, or one of the files", async () => {
    const rome = `rome,https://rome.example.com,${keyB},\n`;
    const { code, stored } = await run(
      `${columns}${borrower("oslo", "rome")}${borrower("bari", "milan")}${rome}`,
      { probe: false },
      { milan: standing() },
    );
    expect(code).toBe(0);
    expect([stored("oslo").secret, stored("bari").secret]).toMatchObject([
      { credentials_from: "rome" },
      { credentials_from: "milan" },
    ]);
  });
  it.each([
    ["turin", "must be the id of a registered PBX, or of a PBX of the files. Correct the id."],
    ["a/b", "must be the id of a registered PBX, or of a PBX of the files. Correct the id."],
    ["pisa", "must name a PBX that has its own credentials. Name the PBX whose credentials it uses."],
    ["bari", "must name a PBX that has its own credentials. Name the PBX whose credentials it uses."],
  ])("cannot name %s, also in a dry run and without a probe", async (lender, says) => {
    for (const dryRun of [true, false]) {
      const { code, out, written } = await run(
        `${columns}${borrower("bari", "milan")}${borrower("oslo", lender)}`,
        { dryRun, probe: false },
        { milan: standing(), pisa: borrowing },
      );
      expect([code, written]).toEqual([1, []]);
      expect(out).toContain(`✗ line 3 of pbxs.csv (oslo): \`credentials_from\` ${says}`);
    }
  });
  it("is not refused if it changes something else", async () => {
    const dangling = { ...borrowing, text: borrowing.text.replace("milan", "gone") };
    const { code } = await run(
      "pbx,settings.country\npisa,IT\n",
      { probe: false, dryRun: true },
      { pisa: dangling },
    );
    expect(code).toBe(0);
  });
});

describe("an array of PBXs", () => {
  const entries = [
    { pbx: "milan", host: "https://milan.example.com", app_id: "A", app_name: "N", secret_key: keyA },
    { id: "rome", host: "https://rome.example.com", api_key: keyB },
  ];
  it.each([
    ["by itself", entries],
    ["as `pbxs`", { version: 1, pbxs: entries }],
  ])("%s is read as the same PBXs in an object", async (_, value) => {
    const { code, stored, out } = await run(JSON.stringify(value), {}, {}, "pbxs.json");
    expect([code, out]).toEqual([0, expect.arrayContaining(["2 new, 0 changed; 0 unchanged"])]);
    expect(stored("milan").secret).toMatchObject({ host: "https://milan.example.com", secret_key: keyA });
    expect(stored("rome").secret).toEqual({ host: "https://rome.example.com", api_key: keyB });
  });
  it.each([
    ["", "["],
    ['{"a": [{}, {"b": 1}], "pbxs":', "["],
  ])("after %j names the lines of entries that cannot be used", async (begin, open) => {
    const text = `${begin}${open}
      {"pbx": "milan", "host": "https://milan.example.com", "api_key": "${keyA}", "settings": {"bari": 1}},
      {
        "host": "https://rome.example.com", "api_key": "${keyA}"
      },
      {"pbx": 7, "host": "https://oslo.example.com", "api_key": "${keyA}"},
      {"pbx": "pisa", "host": "https://pisa.example.com", "api_key": "${keyA}"},
      {"pbx": "pisa", "host": "https://pisa.example.com", "api_key": "${keyA}"}
    ]${begin === "" ? "" : "}"}`;
    const { out, written } = await run(text, {}, {}, "pbxs.json");
    expect(written).toEqual([]);
    expect(out.filter((line) => line.startsWith("✗"))).toEqual([
      "✗ line 2 of pbxs.json (milan): the field `settings.bari` is unknown. Remove it.",
      "✗ line 3 of pbxs.json: `pbx` must have the id of the PBX, as text.",
      "✗ line 6 of pbxs.json: `pbx` must have the id of the PBX, as text.",
      "✗ line 8 of pbxs.json (pisa): The PBX is in line 7 of pbxs.json too. Keep one of the two.",
    ]);
  });
});

it.each([
  { host: "https://x.example.com" },
  { host: "https://x.example.com", tokn: keyA },
  { host: "https://x.example.com", id: 7, name: "x", token: keyA },
])("an array of PBXs without ids is not taken for a list of applications: %j", async (entry) => {
  const { out } = await run(JSON.stringify([entry]), {}, {}, "milan.json");
  expect(out[0]).toBe("✗ line 1 of milan.json: `pbx` must have the id of the PBX, as text.");
});

describe("a file that cannot be used as a whole", () => {
  it.each<[string, string | Buffer, string]>([
    [
      "no names of columns",
      `${milanRow}\n`,
      "must have the names of the columns in its first line, one of them `pbx`",
    ],
    ["an unknown column", `pbx,hots\nmilan,${keyA}\n`, "Column 2 has an unknown name. Did you mean host?"],
    ["a secret as the name of a column", `pbx,${keyA}\n`, "Column 2 has an unknown name. Remove it."],
    ["a column twice", "pbx,host,URL\n", "It has two columns `host`."],
    [
      "an open quote",
      `pbx,api_key\nmilan,"${keyA}\n`,
      "A quote in line 2, or in a line before it, is missing or not doubled.",
    ],
    ["a quote inside a field", `pbx,api_key\nmilan,a"${keyA}\n`, "A quote in line 2"],
    ["nothing", "", "must have the names of the columns"],
    ["only the names of columns", `${header}\n`, "must have a row for each PBX"],
    ["UTF-16 without a byte order mark", `\u0000p\u0000b\u0000x`, "or UTF-16 with a byte order mark"],
    ["a workbook", Buffer.from("504b0304140006000800", "hex"), "not a workbook"],
    ["an old workbook", Buffer.from("d0cf11e0a1b11ae1", "hex"), "not a workbook"],
    [
      "JSON with a mistake",
      `{"pbxs": {"milan": {\n"api_key": "${keyA}",}}}`,
      `must be JSON; got a mistake in line 2, column ${keyA.length + 15}.`,
    ],
    [
      "a field twice",
      `{"pbxs": {"milan": {"api_key": "${keyA}", "api_key": "${keyB}"}}}`,
      "must have each field once; got `/pbxs/milan/api_key` twice in line 1.",
    ],
    ["a field beside the PBXs", '{"pbxs": {}, "settings": {}}', 'must have only "pbxs"; got "settings".'],
    ["JSON without pbxs", `{"milan": {"api_key": "${keyA}"}}`, 'must have an object "pbxs"'],
  ])("with %s is refused, without its text", async (_, content, says) => {
    const error = await run(content).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining(says) });
    expect(leaksIn(String(error))).toEqual([]);
  });
  it("that does not exist is named by its path", async () => {
    const { context, opened } = setUp();
    await expect(importSecrets(context, opened, ["/nowhere/pbxs.csv"], { stage: "prod" })).rejects.toThrow(
      "`/nowhere/pbxs.csv` cannot be read.",
    );
  });
});

describe("an import of many PBXs", () => {
  const many = (count: number): string =>
    [
      header,
      ...Array.from(
        { length: count },
        (_, at) => `pbx-${at},https://pbx-${at}.example.com,A,N,${keyA},Europe/Rome`,
      ),
    ].join("\n");
  it("writes five at the same time, and goes on after one that cannot be written", async () => {
    const set = setUp();
    let [writing, most] = [0, 0];
    const { secrets } = set.opened;
    const opened = {
      ...set.opened,
      secrets: {
        ...secrets,
        write: async (id: string, secret: Parameters<typeof secrets.write>[1]) => {
          most = Math.max(most, ++writing);
          await new Promise(setImmediate);
          writing--;
          if (id === "pbx-7")
            throw new ProductError("REGISTRY_UNAVAILABLE", {
              detail: "Secrets Manager did not respond: Throttling",
            });
          await secrets.write(id, secret);
        },
      },
    };
    const file = await fileOf(many(40), "pbxs.csv");
    expect(await importSecrets(set.context, opened, [file], { stage: "prod" })).toBe(1);
    expect([most, set.written.length]).toEqual([5, 39]);
    expect(set.out).toContain("✗ pbx-7: Secrets Manager did not respond: Throttling");
    expect(set.out.at(-1)).toBe(
      "1 not written. Run the same command again: it skips the PBXs that are written.",
    );
    // and again
    expect(await importSecrets(set.context, set.opened, [file], { stage: "prod" })).toBe(0);
    expect(set.written.slice(39)).toEqual(["pbx-7"]);
  });
  it("stops at Ctrl-C, and says how it continues", async () => {
    const set = setUp();
    const stop = new AbortController();
    const context = { ...set.context, signal: stop.signal };
    const probing = {
      ...set.opened,
      probe: async () => {
        stop.abort();
        return [];
      },
    };
    const file = await fileOf(many(40), "pbxs.csv");
    await expect(importSecrets(context, probing, [file], { stage: "prod" })).rejects.toMatchObject({
      next: "Run the same command again: it skips the PBXs that are written.",
    });
    expect(set.written).toEqual([]);
  });
  it("shows after Ctrl-C only the PBXs that it wrote", async () => {
    const set = setUp();
    const stop = new AbortController();
    const { secrets } = set.opened;
    const opened = {
      ...set.opened,
      secrets: {
        ...secrets,
        write: async (id: string, secret: Parameters<typeof secrets.write>[1]) => {
          await secrets.write(id, secret);
          stop.abort();
        },
      },
    };
    const file = await fileOf(many(40), "pbxs.csv");
    const context = { ...set.context, signal: stop.signal };
    await expect(importSecrets(context, opened, [file], { stage: "prod" })).rejects.toThrow("stopped");
    const done = set.written.length;
    expect(set.out.filter((line) => line.includes(" is new: "))).toHaveLength(done);
    expect(set.out).toContain(
      `${done} new, 0 changed; 0 unchanged; ${40 - done} not written, because you stopped the command`,
    );
  });
  it("says at the terminal how it continues", async () => {
    const file = await fileOf(many(2), "pbxs.csv");
    const err: string[] = [];
    const stop = new AbortController();
    stop.abort();
    const code = await main(["secret", "import", file], {
      env: {},
      stdin: async () => "",
      clock: testClock,
      signal: stop.signal,
      output: { out: () => undefined, err: (text) => err.push(text), colours: false, live: false },
    });
    expect([code, err.at(-1)]).toEqual([
      1,
      "  Fix: Run the same command again: it skips the PBXs that are written.",
    ]);
  });
  it("shows a bar for each step on a terminal, and leaves none", async () => {
    const set = setUp();
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const output = { ...set.context.output, live: true, columns: 80, stream };
    const file = await fileOf(many(40), "pbxs.csv");
    await importSecrets({ ...set.context, output }, set.opened, [file], { stage: "prod" });
    const drawn = stripVTControlCharacters(String(stream.read()));
    for (const step of ["read", "ask", "write"])
      expect(drawn).toMatch(new RegExp(`  ${step} \\S+ 0/40, \\? left`));
    expect(leaksIn(drawn)).toEqual([]);
  });
  it("writes PBXs that share a secret together, without --shared", async () => {
    const shared = { ...standing(), list: "_1" };
    const { written, stored, out } = await run(
      "pbx,app_name\nmilan,M\nrome,M\n",
      {},
      { milan: shared, rome: shared },
    );
    expect(written).toEqual([]);
    expect([stored("milan").list, stored("rome").secret.app_name]).toEqual(["_1", "M"]);
    expect(out.at(-1)).toBe("written to /wildix/prod/pbx/_1");
  });
});

it("secret import of the command reads standard input", async () => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(["secret", "import", "-", "--json"], {
    env: {},
    stdin: async () => `${milanRow}\n`,
    clock: testClock,
    signal: new AbortController().signal,
    output: { out: (text) => out.push(text), err: (text) => err.push(text), colours: false, live: false },
  });
  expect([code, out]).toEqual([2, []]);
  expect(JSON.parse(err.join(""))).toMatchObject({
    error: { message: expect.stringContaining("`standard input` must have") },
  });
});
