import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { packagedTemplate, type Template, withProperty } from "../../template/template.ts";
import { clockOf } from "../support/clock.ts";
import { region } from "../support/emulator.ts";
import { ensureVenv, inVenv, root } from "../support/venv.ts";
import suppressions from "./suppressions.json" with { type: "json" };

let directory: string;
let template: Template;
beforeAll(async () => {
  await ensureVenv();
  await mkdir(join(root, ".tmp"), { recursive: true });
  directory = await mkdtemp(join(root, ".tmp/lint-"));
  template = await packagedTemplate();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What a linter prints; it ends with an error where it has findings. */
const run = async (tool: string, args: readonly string[]): Promise<string> => {
  const env = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: directory,
    TMPDIR: directory,
    ...clockOf(process.env),
  };
  const child = promisify(execFile)(inVenv(tool), args, { cwd: directory, env, maxBuffer: 100_000_000 });
  return child.then(({ stdout }) => stdout).catch((error: { stdout: string }) => error.stdout);
};

interface Finding {
  readonly rule: string;
  readonly says: string;
}

const cfnLintSchema = z.array(z.object({ Rule: z.object({ Id: z.string() }), Message: z.string() }));
const checkovSchema = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
});

const linters: Readonly<Record<string, (file: string) => Promise<Finding[]>>> = {
  "cfn-lint": async (file) => {
    // these judge the runtime's age by today's date
    const aged = ["W2531", "E2531", "E2533"].flatMap((rule) => ["--ignore-checks", rule]);
    const said = await run("cfn-lint", ["--regions", region, ...aged, "--format", "json", "--", file]);
    return cfnLintSchema
      .parse(JSON.parse(said))
      .map(({ Rule, Message }) => ({ rule: Rule.Id, says: Message }));
  },
  checkov: async (file) => {
    const args = [
      "--framework",
      "cloudformation",
      "--compact",
      "--quiet",
      "--skip-download",
      "--output",
      "json",
    ];
    const said = checkovSchema.parse(JSON.parse(await run("checkov", ["--file", file, ...args])));
    return said.results.failed_checks.map(({ check_id, check_name, resource }) => ({
      rule: check_id,
      says: `${resource}: ${check_name}`,
    }));
  },
};

const suppressed = (tool: string): string[] =>
  suppressions.filter((one) => one.tool === tool).map(({ rule }) => rule);

const findings = async (tool: string, given: Template): Promise<Finding[]> => {
  const file = join(directory, "template.json");
  await writeFile(file, JSON.stringify(given));
  return (await linters[tool]?.(file)) ?? [];
};

describe.each(Object.keys(linters))("%s", (tool) => {
  it("finds nothing but what is suppressed with a reason, and no suppression is idle", async () => {
    const found = await findings(tool, template);
    expect(found.filter(({ rule }) => !suppressed(tool).includes(rule))).toEqual([]);
    expect(suppressed(tool).filter((rule) => !found.some((one) => one.rule === rule))).toEqual([]);
  });
});

describe("the linters", () => {
  it.each<[string, () => Template, string]>([
    ["cfn-lint", () => withProperty(template, "OriginateLambdaFunction", ["MemorySise"], 512), "MemorySise"],
    ["cfn-lint", () => withProperty(template, "PlanSchedule", ["Target", "Arn"], undefined), "Arn"],
    [
      "checkov",
      () => withProperty(template, "ExportBucket", ["PublicAccessBlockConfiguration"], {}),
      "ExportBucket",
    ],
  ])("%s sees what is wrong", async (tool, broken, says) => {
    const heard = (await findings(tool, broken())).filter(({ rule }) => !suppressed(tool).includes(rule));
    expect(heard.map((finding) => finding.says).join("\n")).toContain(says);
  });
  it("find nothing in the template of the deploying role, which trusts one environment of one repository", async () => {
    const file = join(root, "serverless/deploy-role.yml");
    expect(await linters["cfn-lint"]?.(file)).toEqual([]);
    expect(await readFile(file, "utf8")).toContain(
      `StringEquals:
                token.actions.githubusercontent.com:aud: sts.amazonaws.com
                token.actions.githubusercontent.com:sub: !Sub repo:\${Repository}:environment:\${Environment}`,
    );
  });
  it("are told why they are not listened to", () => {
    for (const { reason } of suppressions) expect(reason.length).toBeGreaterThan(40);
  });
});

describe("zizmor", () => {
  const audit = (path: string): Promise<string> =>
    run("zizmor", ["--offline", "--no-progress", "--format", "json", path]);
  it("finds nothing in the workflows", async () => {
    expect(JSON.parse(await audit(join(root, ".github/workflows")))).toEqual([]);
  });
  it("sees an action that may change under one's feet, and text of a stranger in a command", async () => {
    const workflow = `on: issues
permissions: {}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - run: echo "\${{ github.event.issue.title }}"
`;
    await mkdir(join(directory, ".github/workflows"), { recursive: true });
    const file = join(directory, ".github/workflows/broken.yml");
    await writeFile(file, workflow);
    const idents = z.array(z.object({ ident: z.string() })).parse(JSON.parse(await audit(file)));
    const rules = idents.map(({ ident }) => ident);
    expect(rules).toContain("unpinned-uses");
    expect(rules).toContain("template-injection");
  });
});
