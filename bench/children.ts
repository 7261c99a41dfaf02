/** The processes of the benchmarks. What is measured is one bundle with the heap of the function, as it is deployed. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import type { FormatName } from "../lib/format-names.ts";
import { exportDefaults } from "../lib/history/export/export-job.ts";
import { quiet } from "./quiet.ts";

/** What every measured process tells when it is done. */
export interface Measured {
  /** Wall clock. */
  readonly ms: number;
  /** Of all its threads. */
  readonly cpuMs: number;
  /** Peak of the process from its start. */
  readonly peakMiB: number;
}
export interface Told extends Measured {
  readonly rows: number;
  /** Compressed. */
  readonly bytes: number;
}
export interface ExportTold extends Told {
  readonly requests: number;
}

const directory = await mkdtemp(join(tmpdir(), "wildix-bench-"));
process.on("exit", () => rmSync(directory, { recursive: true }));

/** The export without calls: its grouper is the one of legs-only.ts. */
const legsOnly: Plugin = {
  name: "legs-only",
  setup(bundle) {
    bundle.onResolve({ filter: /\/grouping\/grouping\.ts$/ }, ({ importer }) =>
      importer.endsWith("/legs-only.ts")
        ? undefined
        : { path: new URL("legs-only.ts", import.meta.url).pathname },
    );
  },
};
const variants: Readonly<Record<string, { readonly entry: string; readonly plugin: Plugin }>> = {
  "export-legs": { entry: "export-one", plugin: legsOnly },
};

const bundled = async (name: string): Promise<string> => {
  const {
    outputFileExtension: extension,
    packager: _packager,
    plugins,
    ...options
  } = createRequire(import.meta.url)("../esbuild.config.cjs")();
  const { entry = name, plugin } = variants[name] ?? {};
  const outfile = join(directory, name + extension);
  await build({
    ...options,
    plugins: plugin === undefined ? plugins : [...plugins, plugin],
    entryPoints: [new URL(`${entry}.ts`, import.meta.url).pathname],
    outfile,
    logLevel: "error",
  });
  return outfile;
};

/** A process that serves until it is stopped, and the first thing that it tells. */
export const start = async <T>(
  name: "dynamo" | "pages" | "services" | "simulator",
  ...args: (string | number)[]
): Promise<{ told: T; stop: () => void }> => {
  const child = fork(new URL(`${name}.ts`, import.meta.url), args.map(String));
  const told = await message<T>(child);
  return { told, stop: () => child.kill() };
};

/** A process that serves a PBX, or only its pages. */
export const serve = async (
  name: "pages" | "simulator",
  ...args: (string | number)[]
): Promise<{ port: number; stop: () => void }> => {
  const { told, stop } = await start<number>(name, ...args);
  return { port: told, stop };
};

/** Each program is bundled once, when it is first run. */
const bundles = new Map<string, Promise<string>>();
const bundleOf = (name: string): Promise<string> => {
  const bundle = bundles.get(name) ?? bundled(name);
  bundles.set(name, bundle);
  return bundle;
};

/** A folder that goes with this process. */
export const folder = (name: string): Promise<string> => mkdtemp(join(directory, `${name}-`));

/**
 * Exports the day of the PBX on this port; as many requests a second as will go, unless the client's default is asked for.
 * `calls: false` leaves out the grouping and the dataset of calls. `into`: a folder that keeps the files.
 */
export const exportOne = async (
  port: number,
  heap: readonly string[],
  {
    perSecond = "unbounded",
    format = exportDefaults.format,
    calls = true,
    into,
  }: { perSecond?: "default" | "unbounded"; format?: FormatName; calls?: boolean; into?: string } = {},
): Promise<ExportTold> => {
  const out = into ?? (await folder("out"));
  const told = await run<ExportTold>(
    calls ? "export-one" : "export-legs",
    [port, out, perSecond, format],
    heap,
  );
  if (into === undefined) await rm(out, { recursive: true });
  return told;
};

/** `bound`, `both` or `pager` (work-one.ts), on the pages of this port. `exported`: the folder of an export, for `both`. */
export const workOne = (
  kind: "bound" | "both" | "pager",
  port: number,
  rows: number,
  heap: readonly string[],
  exported = "",
): Promise<Told> => run<Told>("work-one", [kind, port, rows, exported], heap);

/** A program of this folder, bundled, in a process of its own, when the machine is quiet; what it tells. */
export const run = async <T>(
  name: string,
  args: readonly (string | number)[],
  heap: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<T> => {
  const file = await bundleOf(name);
  await quiet();
  const child = fork(file, args.map(String), {
    execArgv: [...heap],
    env: { ...process.env, ...env },
    // its log is written as ever, and read by nobody
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const told = await message<T>(child);
  await once(child, "close");
  return told;
};

const message = async <T>(child: ChildProcess): Promise<T> => {
  const [first] = await Promise.race([
    once(child, "message"),
    once(child, "close").then(([code]) => {
      throw new Error(`a process of the benchmark ended with ${code}`);
    }),
  ]);
  return first as T;
};
