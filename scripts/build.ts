/**
 * Builds what `npm pack` puts into the package: JavaScript in `dist/`, because Node runs no TypeScript inside node_modules.
 * npm runs it before it packs.
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
/** Files that the command reads beside its code. */
const assets = ["events", "simulator/tls", "docs/openapi.json", "sql"];

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
for (const asset of assets) cpSync(join(root, asset), join(dist, asset), { recursive: true });
