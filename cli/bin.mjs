#!/usr/bin/env node
// Plain JavaScript, so that an old Node says what it lacks instead of failing on a type.
import { existsSync, mkdirSync } from "node:fs";
import module from "node:module";
import { isAbsolute, join } from "node:path";

/** Node would try forever to make a directory where the file system, for example /proc, allows none. */
const isMade = (path) => {
  try {
    if (!existsSync(path)) mkdirSync(path);
    return true;
  } catch {
    return false;
  }
};

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `wildix needs Node 24 or newer; this is Node ${process.versions.node}. Install Node 24. Inside the clone, run ` +
      "`npx wildix` after `npm ci`, which brings Node 24.\n",
  );
  process.exit(2);
}
// With the compiled code of earlier runs, the command starts in half the time. Node trusts the files, so they are never in a relative
// directory: another user can own it. Without a home directory, nothing is kept.
const { XDG_CACHE_HOME = "", HOME = "", USERPROFILE = "" } = process.env;
const home = process.platform === "win32" ? USERPROFILE : HOME;
const caches = [XDG_CACHE_HOME, home && join(home, ".cache")].find((place) => isAbsolute(place));
if (caches !== undefined && [caches, join(caches, "wildix")].every(isMade))
  module.enableCompileCache(join(caches, "wildix"));
// a package has JavaScript: Node runs no TypeScript inside node_modules
const built = new URL("../dist/cli/main.js", import.meta.url);
const source = new URL("main.ts", import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
process.exitCode = await main(process.argv.slice(2));
