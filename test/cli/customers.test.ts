import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";

const day = daysAgo(3);

const fleet = async (customers: Readonly<Record<string, string | undefined>>) => {
  const { pbx } = await startPbx();
  const { appId, appName, secret, zone } = simulatorDefaults;
  const file = join(await newDirectory(), "pbxs.json");
  const write = (of: Readonly<Record<string, string | undefined>>) => {
    const pbxs = Object.fromEntries(
      Object.entries(of).map(([id, customer]) => [
        id,
        {
          host: pbx.url,
          app_id: appId,
          app_name: appName,
          secret_key: secret,
          timezone: zone,
          settings: { country: "IT" },
          ...(customer === undefined ? {} : { customer }),
        },
      ]),
    );
    return writeFile(file, JSON.stringify({ pbxs }), { mode: 0o600 });
  };
  await write(customers);
  const out = await newDirectory();
  const number = "3331112299";
  pbx.pbx.history.insert({ start: `${day} 12:00:00`, from_number: number, src: number, from_name: "Anna" });
  const run = (...args: string[]) => wildix([...args, "--pbxs", file]);
  const exportDay = (...args: string[]) => run("export", "--from", day, "--to", day, "--out", out, ...args);
  return { out, write, run, exportDay };
};

it("the exports of a customer are under its prefix, and all commands find them", async () => {
  const { out, run, exportDay } = await fleet({ milan: "acme", rome: undefined });
  expect(await exportDay()).toMatchObject({ code: 0, err: "" });
  expect((await readdir(out)).filter((name) => !name.startsWith("."))).toEqual(
    expect.arrayContaining(["calls", "customers", "customers.json", "legs", "manifests"]),
  );
  expect(await readdir(join(out, "customers"))).toEqual(["acme"]);
  expect(await readdir(join(out, `customers/acme/legs/dt=${day}`))).toEqual(["pbx=milan"]);
  expect(await readdir(join(out, `legs/dt=${day}`))).toEqual(["pbx=rome"]);
  expect(await wildix(["verify", out])).toMatchObject({ code: 0, out: expect.stringMatching(/2 days/) });
  // the customer's own tree is an export by itself
  expect(await wildix(["verify", join(out, "customers/acme")])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/1 day,/),
  });
  const report = JSON.parse((await wildix(["report", out, "--json"])).out) as {
    pbxs: string[];
    missing: unknown[];
  };
  expect(report).toMatchObject({ pbxs: ["milan", "rome"], missing: [] });
  const status = JSON.parse((await run("status", "--out", out, "--json")).out) as {
    day: string;
    exported: number;
  }[];
  expect(status.find((each) => each.day === day)).toMatchObject({ exported: 2, waiting: [] });
  expect((await exportDay()).out.match(/exported already/g) ?? []).toBeDefined();
  expect(await run("erase", out, "--number", "+393331112299", "--yes")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/2 legs and 2 calls of 2 PBX days/),
  });
  expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
  const manifest = JSON.parse(
    await readFile(join(out, `customers/acme/manifests/dt=${day}/milan.json`), "utf8"),
  ) as object;
  expect(manifest).toMatchObject({ erased: [{ legs: 1, calls: 1 }] });
});

it("a customer that changes is told, and the exports stay together", async () => {
  const { out, write, exportDay } = await fleet({ milan: "acme" });
  expect(await exportDay()).toMatchObject({ code: 0 });
  await write({ milan: "beta" });
  const again = await exportDay("--force");
  expect(again).toMatchObject({
    code: 0,
    err: expect.stringContaining(
      "milan: its exports belong to customer acme, but the registry has customer beta",
    ),
  });
  expect(await readdir(join(out, "customers"))).toEqual(["acme"]);
});

it("a wrong name is refused with the rule", async () => {
  const { out, exportDay } = await fleet({ milan: "Acme Ltd" });
  const told = await exportDay();
  expect(told.code).not.toBe(0);
  expect(told.err).toContain("customer of milan` must be 1 to 63 lower-case letters");
  expect((await readdir(out)).filter((name) => !name.startsWith("."))).toEqual([]);
});
