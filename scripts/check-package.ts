/** Installs the package as a user does, `npm pack` and `npm i -g`, and runs it in an empty folder. Needs the npm registry. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { copyPackageSources } from "./package-sources.ts";

const root = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "wildix-package-"));
// npm hands the project's settings on to what its scripts start; a user has none of them
const own = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(?:registry|cache|userconfig|globalconfig)$)/.test(name),
  ),
);
const env = { ...own, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}` };
const run = (cwd: string, file: string, ...args: string[]): string =>
  execFileSync(file, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
try {
  const [clone, packed] = [join(directory, "clone"), join(directory, "packed")];
  for (const folder of [clone, packed]) mkdirSync(folder);
  copyPackageSources(root, clone);
  run(clone, "npm", "pack", "--silent", "--pack-destination", packed);
  const [tarball = ""] = readdirSync(packed);
  const prefix = join(directory, "prefix");
  mkdirSync(join(prefix, "lib"), { recursive: true });
  run(directory, "npm", "install", "--global", "--omit=optional", "--prefix", prefix, join(packed, tarball));
  const empty = join(directory, "empty");
  mkdirSync(empty);
  const wildix = join(prefix, "bin", "wildix");
  const version = run(empty, wildix, "--version").trim();
  if (!run(empty, wildix, "pbx", "--list-faults", "--json").startsWith("{"))
    throw new Error("`wildix pbx --list-faults --json` printed no JSON");
  // without its optional packages, a report names the command that installs them
  rmSync(join(prefix, "lib/node_modules/wildix-functions/node_modules/@duckdb"), {
    recursive: true,
    force: true,
  });
  const refused = spawnSync(wildix, ["report", empty], { cwd: empty, env, encoding: "utf8" });
  if (!refused.stderr.includes("npm install --global @duckdb/node-api@"))
    throw new Error(`\`wildix report\` printed: ${refused.stderr}`);
  process.stdout.write(`${tarball} installs; wildix ${version} runs in an empty folder\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
