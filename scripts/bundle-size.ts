/** Builds each function as the package does. Fails if one exceeds its limit: more bytes make cold starts slower. */
import { createRequire } from "node:module";
import { build } from "esbuild";

/** Bytes, minified. */
const limits: Readonly<Record<string, number>> = {
  originate: 415_000,
  "create-sound": 500_000,
  "call-queues": 180_000,
  "call-history": 270_000,
  "plan-exports": 630_000,
  "export-history": 830_000,
  "check-pbxs": 380_000,
  "reconcile-calls": 180_000,
  webhook: 340_000,
  events: 915_000,
  callbacks: 765_000,
  "sweep-callbacks": 750_000,
};

const {
  outputFileExtension: _extension,
  packager: _packager,
  ...options
} = createRequire(import.meta.url)("../esbuild.config.cjs")();
let failed = false;
for (const [name, limit] of Object.entries(limits)) {
  const result = await build({
    ...options,
    entryPoints: [`functions/${name}.ts`],
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const bytes = result.outputFiles?.[0]?.contents.length ?? 0;
  const local = Object.keys(result.metafile?.inputs ?? {}).filter((path) => path.startsWith("lib/local/"));
  const ofCommand = Object.keys(result.metafile?.inputs ?? {}).filter((path) =>
    /^(?:cli|sql|node_modules\/(?:@duckdb|echarts|csv-parse|cli-table3|cli-progress|commander))\//.test(path),
  );
  console.log(
    `${bytes <= limit ? "✓" : "✗"} ${name.padEnd(15)} ${bytes.toLocaleString("en-US").padStart(9)} of ${limit.toLocaleString("en-US")} bytes`,
  );
  if (local.length > 0) console.error(`  carries code for laptops: ${local.join(", ")}`);
  if (ofCommand.length > 0) console.error(`  carries code of the command: ${ofCommand.join(", ")}`);
  failed ||= bytes > limit || local.length > 0 || ofCommand.length > 0;
}
process.exit(failed ? 1 : 0);
