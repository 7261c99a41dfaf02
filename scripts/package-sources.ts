import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** What `npm pack` reads, and what builds the package. */
const sources = [
  ...["package.json", "README.md", "LICENSE", "tsconfig.json", "tsconfig.build.json"],
  ...["cli", "functions", "lib", "simulator", "scripts", "events", "docs/openapi.json", "sql"],
];

/** Copies the sources of the package. `npm pack` builds `dist/`, and two at the same time would remove each other's files. */
export const copyPackageSources = (root: string, to: string): void => {
  for (const source of sources) cpSync(join(root, source), join(to, source), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"));
};
