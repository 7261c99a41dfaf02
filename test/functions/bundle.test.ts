import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import examples from "libphonenumber-js/examples.mobile.json" with { type: "json" };
import { getCountries, getExampleNumber, isSupportedCountry } from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json" with { type: "json" };
import { afterAll, describe, expect, it } from "vitest";
import { defaultProvider } from "../../lib/aws/lambda-credentials.ts";
import { readNumber } from "../../lib/calls/dial/number.ts";
import { startDynamo } from "../support/dynamo.ts";

const {
  outputFileExtension: _extension,
  packager: _packager,
  ...options
} = createRequire(import.meta.url)("../../esbuild.config.cjs")();

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const act of cleanUp) await act();
});

describe("a bundle as it is packaged", () => {
  it("finds its role's keys where Lambda puts them", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wildix-bundle-"));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const outfile = join(directory, "state.mjs");
    const entry = 'export { awsState } from "./lib/aws/ports/state-ports.ts";';
    await build({ ...options, stdin: { contents: entry, resolveDir: process.cwd() }, outfile });
    const dynamo = await startDynamo();
    cleanUp.push(dynamo.close);
    const script = join(directory, "run.mjs");
    await writeFile(
      script,
      `import { awsState } from "./state.mjs";
       const state = awsState({ table: ${JSON.stringify(dynamo.table)} });
       const written = await state.write({ partition: "p", id: "a" }, 7, { absent: true });
       console.log(JSON.stringify([written.value, (await state.read({ partition: "p", id: "a" })).value]));`,
    );
    const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_SESSION_TOKEN: "test" };
    const where = { AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL: dynamo.url, HOME: directory };
    const run = promisify(execFile);
    expect((await run(process.execPath, [script], { env: { ...keys, ...where } })).stdout).toBe("[7,7]\n");
    await expect(run(process.execPath, [script], { env: where })).rejects.toMatchObject({
      stderr: expect.stringContaining("a function reads credentials only from these variables"),
    });
  });
  it("has the numbering plans of all countries, and reads numbers by them as the library does", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wildix-plans-"));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const outfile = join(directory, "plans.mjs");
    const contents = `
      import bundled from "./node_modules/libphonenumber-js/metadata.max.json.js";
      import { getCountries, isSupportedCountry } from "libphonenumber-js/max";
      export { readNumber } from "./lib/calls/dial/number.ts";
      export { bundled };
      export const known = [getCountries(), isSupportedCountry("IT"), isSupportedCountry("XX"), isSupportedCountry("constructor")];`;
    await build({ ...options, stdin: { contents, resolveDir: process.cwd() }, outfile });
    const built: { bundled: typeof metadata; known: unknown; readNumber: typeof readNumber } = await import(
      outfile
    );
    // before the whole of it is read
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples)?.number ?? "";
      expect(built.readNumber(example, country)).toEqual(readNumber(example, country));
    }
    expect(built.known).toEqual([getCountries(), true, false, isSupportedCountry("constructor")]);
    expect(JSON.parse(JSON.stringify(built.bundled))).toEqual(metadata);
  });
  it("reads the monotonic clock without loading modules of Node", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wildix-clock-"));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const contents = `
      import { systemMonotonic } from "./lib/wms/system-clock.ts";
      const [loaded, before] = [process.moduleLoadList.length, process.hrtime.bigint()];
      const ms = systemMonotonic();
      const [modules, after] = [process.moduleLoadList.length - loaded, process.hrtime.bigint()];
      const isBetween = Number(before) / 1e6 <= ms && ms <= Number(after) / 1e6;
      console.log(JSON.stringify({ modules, isBetween }));`;
    const outfile = join(directory, "clock.mjs");
    await build({ ...options, stdin: { contents, resolveDir: process.cwd() }, outfile });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
    expect(JSON.parse(stdout)).toEqual({ modules: 0, isBetween: true });
  });
  it("has no use for a token where there is none", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" });
    delete process.env["AWS_SESSION_TOKEN"];
    try {
      expect(await defaultProvider()()).toEqual({ accessKeyId: "a", secretAccessKey: "b" });
    } finally {
      process.env = before;
    }
  });
});
