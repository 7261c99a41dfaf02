import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sparticuz, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Whatever is not on this machine goes to a port where nothing listens. */
const loopbackOnly = [
  "--proxy-server=http://127.0.0.1:9",
  "--disable-background-networking",
  "--disable-gpu",
];

/**
 * A browser without a window that reaches loopback alone. On Linux x64 it comes out of a package, elsewhere an installed Chrome
 * is taken. Undefined where there is none: then the test says so, loudly, and does not count as passed.
 */
export const startBrowser = async (): Promise<Browser | undefined> => {
  if (process.platform === "linux" && process.arch === "x64") return launchPackaged();
  try {
    return await chromium.launch({ channel: "chrome", args: loopbackOnly });
  } catch {
    process.stderr.write(
      `\n*** THE PAGE IS NOT TESTED: no Chrome is installed on ${process.platform} ${process.arch} ***\n\n`,
    );
    return undefined;
  }
};

const launchPackaged = async (): Promise<Browser> => {
  const home = await unpacked();
  const launch = (env: Record<string, string>): Promise<Browser> =>
    chromium.launch({
      executablePath: join(home, "chromium"),
      args: [...loopbackOnly, "--no-zygote"],
      env: { ...env, FONTCONFIG_PATH: join(home, "fonts"), HOME: home },
    });
  try {
    return await launch({});
  } catch (error) {
    if (!String(error).includes("shared libraries")) throw error;
    return launch({ LD_LIBRARY_PATH: join(home, "al2023", "lib") });
  }
};

const packageHome = dirname(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))));
const { version } = JSON.parse(readFileSync(join(packageHome, "package.json"), "utf8")) as {
  version: string;
};
const kept = fileURLToPath(new URL(`../../node_modules/.cache/chromium-${version}-fonts`, import.meta.url));

/** The package's files, unpacked once; a run that is killed meanwhile leaves nothing under the final name. */
const unpacked = async (): Promise<string> => {
  if (existsSync(kept)) {
    await writeFontsConfig(kept);
    return kept;
  }
  const partial = `${kept}-${process.pid}`;
  await mkdir(partial, { recursive: true });
  // the package unpacks to the directory for temporary files, and takes what lies there for whole
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = partial;
  try {
    await sparticuz.executablePath();
    await inflate(join(packageHome, "bin", "al2023.tar.br"));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  await writeFontsConfig(partial);
  await rename(partial, kept).catch(() => rm(partial, { recursive: true, force: true }));
  return kept;
};

/**
 * The package's own configuration looks for fonts in folders of Lambda and in /tmp. Ours has whole paths, which are wrong after the
 * clone was moved or copied. Another file takes its place: a copy can share the old one by a hard link.
 */
const writeFontsConfig = async (home: string): Promise<void> => {
  const file = join(home, "fonts", "fonts.conf");
  const wanted = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(kept, "fonts")}</dir><cachedir>${join(kept, "fonts-cache")}</cachedir></fontconfig>`;
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) return;
  const written = `${file}.${process.pid}`;
  await writeFile(written, wanted);
  await rename(written, file);
};
