/**
 * Deploys a stage with the parameters of stages/STAGE.yml: checks them, shows what changes, and refuses to lose a parameter that the
 * running stack has. Arguments: those of `serverless deploy`, `--dry-run`, `--lose NAME` and `--adopt KIND=NAME`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { adopt, adoptions } from "./adopt.ts";
import {
  compareParameters,
  compareTemplates,
  formatAdvice,
  ParameterError,
  type Parameters,
  readStageFile,
  recordedParameters,
  type StackTemplate,
  splitArguments,
} from "./stage-parameters.ts";

const run = async (args: readonly string[]): Promise<void> => {
  const child = spawn(process.execPath, ["node_modules/serverless/bin/serverless.js", ...args], {
    stdio: "inherit",
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new ParameterError(`serverless ${args[0]} ended with ${String(code)}.`);
};

/** Without resources: deleted, or an import that was not executed. */
const emptyStates = ["DELETE_COMPLETE", "REVIEW_IN_PROGRESS"];

/** Undefined: there is no such stack. */
const runningTemplate = async (
  client: CloudFormationClient,
  stack: string,
): Promise<StackTemplate | undefined> => {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    if (Stacks.every(({ StackStatus = "" }) => emptyStates.includes(StackStatus))) return undefined;
    const { TemplateBody } = await client.send(
      new GetTemplateCommand({ StackName: stack, TemplateStage: "Original" }),
    );
    return JSON.parse(TemplateBody ?? "{}");
  } catch (error) {
    if (error instanceof Error && /does not exist|not found/i.test(error.message)) return undefined;
    throw error;
  }
};

const stageParameters = async (stage: string): Promise<Parameters> => {
  const file = `stages/${stage}.yml`;
  return existsSync(file) ? readStageFile(await readFile(file, "utf8"), file) : {};
};

const refuseToLose = (lost: readonly string[], allowed: readonly string[], stage: string): void => {
  const refused = lost.filter((name) => !allowed.includes(name));
  if (refused.length === 0) return;
  throw new ParameterError(
    `The running stack has parameters that this deployment does not set: ${refused.join(", ")}. Add them to stages/${stage}.yml, or give ${refused.map((name) => `\`--lose ${name}\``).join(" ")}.`,
  );
};

const deploy = async (args: readonly string[]): Promise<void> => {
  const { given, rest } = splitArguments(args);
  const { values } = parseArgs({
    args: [...rest],
    strict: false,
    options: {
      stage: { type: "string", short: "s", default: "dev" },
      region: { type: "string", short: "r", default: process.env["AWS_REGION"] || "eu-central-1" },
      lose: { type: "string", multiple: true, default: [] },
      adopt: { type: "string", multiple: true, default: [] },
      "dry-run": { type: "boolean", default: false },
    },
  });
  const stage = String(values.stage);
  const lose = [values.lose].flat().map(String);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(stage))
    throw new ParameterError(`\`--stage\` must be the name of a stage, for example prod; got ${stage}.`);
  const adopted = adoptions([values.adopt].flat().map(String));
  const own = /^--(?:lose|adopt)$/;
  const others = rest.filter(
    (arg, at) =>
      arg !== "--dry-run" && !/^--(?:lose|adopt)(?:=|$)/.test(arg) && !own.test(rest[at - 1] ?? ""),
  );
  const parameters = { ...(await stageParameters(stage)), ...given };
  const options = Object.entries(parameters).map(([name, value]) => `--param=${name}=${String(value ?? "")}`);
  const client = new CloudFormationClient({ region: String(values.region) });
  const stack = `wildix-functions-${stage}`;
  const running = await runningTemplate(client, stack);
  if (running !== undefined && adopted.size > 0)
    throw new ParameterError(
      `\`--adopt\` is for a stage without a stack, but ${stack} exists. Deploy without \`--adopt\`.`,
    );
  const recorded = recordedParameters(running);
  const folder = await mkdtemp(join(tmpdir(), "wildix-deploy-"));
  try {
    await run(["package", "--package", folder, ...others, ...options]);
    const next: StackTemplate = JSON.parse(
      await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8"),
    );
    const { lines, lost } = compareParameters(
      recorded ?? {},
      recordedParameters(next) ?? {},
      Object.keys(parameters),
    );
    if (running !== undefined && recorded === undefined)
      console.log("The running stack is of a release that recorded no parameters: check them yourself.");
    console.log(`Parameters that change:\n${listed(lines)}`);
    console.log(`Resources that change, besides code:\n${listed(compareTemplates(running, next))}`);
    const advice = running && formatAdvice(recorded ?? {}, recordedParameters(next) ?? {}, stage);
    if (advice !== undefined) console.log(advice);
    refuseToLose(lost, lose, stage);
    if (values["dry-run"]) return;
    if (adopted.size > 0) await adopt(client, stack, next, adopted);
    await run(["deploy", ...others, ...options]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const listed = (lines: readonly string[]): string =>
  lines.length === 0 ? "  none" : lines.map((line) => `  ${line}`).join("\n");

try {
  await deploy(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ParameterError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
