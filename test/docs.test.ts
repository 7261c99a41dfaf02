import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../cli/programs/program.ts";
import { secretKeys, settingKeys } from "../lib/pbxs/secret.ts";
import { systemClock } from "../lib/wms/system-clock.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const pages = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"],
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
/** With its parent's, as in `key create`. */
const nameOf = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
const readme = read("README.md");
/** A heading's anchor, as GitHub makes it. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
const openingLines = /```sh\n([\s\S]*?)```/.exec(readme)?.[1]?.split("\n") ?? [];

describe("the README", () => {
  it("opens with two commands, and CI begins with the second", () => {
    const commands = openingLines.map((line) => line.replace(/\s+#.*/, "")).filter((line) => line !== "");
    expect(commands).toHaveLength(2);
    const ci = read(".ci/run")
      .split("\n")
      .filter((line) => line !== "" && !/^(?:#|set |cd )/.test(line));
    expect(ci[0]).toBe(commands[1]);
  });
  it("is at most half as long as it once was, and has one picture", () => {
    expect(readme.split(/\s+/).length).toBeLessThanOrEqual(1_100);
    expect(readme.match(/```mermaid/g)).toHaveLength(1);
  });
  it("leaves the reason for each dependency to a page that has them all", () => {
    const dependencies = Object.keys(JSON.parse(read("package.json")).dependencies);
    const table = read("docs/dependencies.md");
    expect(dependencies.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the start page of docs/", () => {
  it("links to every page", () => {
    const start = read("docs/README.md");
    const others = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(others.filter((page) => !start.includes(`](${page.slice("docs/".length)}`))).toEqual([]);
  });
});

describe("the pages", () => {
  it.each(pages)("%s links to pages that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });
  it.each(pages)("%s links to headings that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(([^):#]*)#([^)]*)\)/g)].map(([, path = "", anchor = ""]) => ({
      path: path === "" ? page : join(dirname(page), path),
      anchor,
    }));
    const known = links.filter(({ path }) => path.endsWith(".md"));
    expect(known.filter(({ path, anchor }) => !anchorsOf(read(path)).includes(anchor))).toEqual([]);
  });
  it.each(pages)("%s has no trace of a merge", (page) => {
    expect(read(page)).not.toMatch(/^(?:[<>] ?){7}/m);
  });
  it("call the command as it is", () => {
    const context = {
      output: { out: () => undefined, err: () => undefined, live: false, colours: false },
      env: {},
      stdin: async () => "",
      clock: systemClock,
      signal: new AbortController().signal,
      inTypedNames: (error: unknown) => error,
    };
    const known = new Map(
      buildProgram(context, () => undefined)
        .commands.flatMap((command) => [command, ...command.commands])
        .map((command) => [nameOf(command), command.options.map(({ long }) => long)]),
    );
    const lines = pages.flatMap((page) => read(page).match(/(?:npx |`)wildix [a-z][^\n`|]*/g) ?? []);
    const wrong = lines.filter((line) => {
      const [, first = "", ...rest] = line
        .replace("npx ", "")
        .replace(/'[^']*'|"[^"]*"/g, "TEXT")
        .split(/\s+/);
      const options = known.get(`${first} ${rest[0]}`) ?? known.get(first);
      const used = rest.filter((word) => word.startsWith("--"));
      return options === undefined || used.some((word) => !options.includes(word) && word !== "--help");
    });
    expect(lines.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });
  it.each(pages)("%s names scripts of npm that exist", (page) => {
    const scriptsOf = (path: string) => Object.keys(JSON.parse(read(path)).scripts);
    const [own, ofBench] = [scriptsOf("package.json"), scriptsOf("bench/package.json")];
    const runs = [...read(page).matchAll(/npm run (--prefix bench )?([\w:-]+)/g)];
    const unknown = runs.filter(([, prefix, name = ""]) => !(prefix ? ofBench : own).includes(name));
    expect(unknown.map(([run]) => run)).toEqual([]);
  });
  it.each(pages)("%s names files that exist", (page) => {
    const folders = "lib|cli|functions|test|scripts|bench|simulator|serverless|docs|events|sql";
    const spans = [...read(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g"))];
    expect(spans.map(([, path = ""]) => path).filter((path) => !existsSync(path))).toEqual([]);
  });
  it("docs/configuration.md has every parameter of a deployment, and no other", () => {
    const defaults = /^params:\n {2}default:\n([\s\S]*?)^ {2}\w/m.exec(read("serverless.yml"))?.[1] ?? "";
    const parameters = [...defaults.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name);
    const table = read("docs/configuration.md").split("## A deployment")[1] ?? "";
    const named = [...table.matchAll(/^\| (`[^|]+`)/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(parameters.sort());
  });
  it("docs/configuration.md has every key of a PBX, and every variable", () => {
    const page = read("docs/configuration.md");
    const variables = read("lib/config.ts").match(/WILDIX_[A-Z_]+/g) ?? [];
    const missing = [...secretKeys, ...settingKeys, ...variables].filter(
      (name) => !page.includes(`\`${name}\``),
    );
    expect(missing).toEqual([]);
  });
});
