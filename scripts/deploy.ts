/**
 * Deploys a stage with the parameters of stages/STAGE.yml: checks them, shows what changes, and refuses to lose a parameter that the
 * running stack has, or to change the format of exported days. Arguments: those of `serverless deploy`, `--dry-run`, `--lose NAME`,
 * `--change-format` and `--adopt KIND=NAME`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { ListObjectsV2Command, NoSuchBucket, S3Client } from "@aws-sdk/client-s3";
import { awsFailure } from "../cli/terminal/aws-failure.ts";
import { formatOf } from "../lib/format-names.ts";
import { readTextFile } from "../lib/text-file.ts";
import { adopt } from "./adopt.ts";
import { readDeployOptions } from "./deploy-options.ts";
import {
  compareParameters,
  compareTemplates,
  exportFormatOf,
  formatChange,
  ParameterError,
  type Parameters,
  readStageFile,
  recordedParameters,
  type StackTemplate,
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

interface RunningStack {
  readonly template: StackTemplate;
  readonly bucket: string | undefined;
}

/** The key of a part in an export bucket. Undefined: it has none, or there is no such bucket, which the import of it says. */
const partIn = async (region: string, Bucket: string): Promise<string | undefined> => {
  const s3 = new S3Client({ region });
  try {
    for (const Prefix of ["legs/", "calls/", "customers/"]) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }));
      if (Contents[0] !== undefined) return Contents[0].Key;
    }
  } catch (error) {
    if (!(error instanceof NoSuchBucket)) throw error;
  }
  return undefined;
};

/**
 * The format of the exported days, if it can be another one than that of the next deployment: an adopted bucket has a part in it, or
 * the functions of the running stack write it. Undefined: it cannot, or no day is exported.
 */
const exportedFormat = async (
  region: string,
  running: RunningStack | undefined,
  next: StackTemplate,
  adopted: string | undefined,
): Promise<string | undefined> => {
  const written = exportFormatOf(running?.template);
  if (adopted === undefined && (written === undefined || written === exportFormatOf(next))) return undefined;
  const bucket = adopted ?? running?.bucket;
  const part = bucket === undefined ? undefined : await partIn(region, bucket);
  return part === undefined ? undefined : (written ?? formatOf(part));
};

/** Undefined: there is no such stack. */
const findRunning = async (
  client: CloudFormationClient,
  stack: string,
): Promise<RunningStack | undefined> => {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    if (Stacks.every(({ StackStatus = "" }) => emptyStates.includes(StackStatus))) return undefined;
    const { TemplateBody } = await client.send(
      new GetTemplateCommand({ StackName: stack, TemplateStage: "Original" }),
    );
    const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
    return {
      template: JSON.parse(TemplateBody ?? "{}"),
      bucket: outputs.find(({ OutputKey }) => OutputKey === "ExportBucketName")?.OutputValue,
    };
  } catch (error) {
    const isMissing = error instanceof Error && error.name === "ValidationError";
    if (isMissing && /does not exist|not found/i.test(error.message)) return undefined;
    throw error;
  }
};

const stageParameters = async (stage: string): Promise<Parameters> => {
  const file = `stages/${stage}.yml`;
  if (existsSync(file)) return readStageFile(await readTextFile(file), file);
  const other = `stages/${stage}.yaml`;
  if (existsSync(other))
    throw new ParameterError(`\`${other}\` must have the name \`${file}\`. Rename the file.`);
  console.log(`There is no file ${file}, so each parameter has its default unless \`--param\` sets it.`);
  return {};
};

const refuseToLose = (lost: readonly string[], allowed: readonly string[], stage: string): void => {
  const refused = lost.filter((name) => !allowed.includes(name));
  if (refused.length === 0) return;
  throw new ParameterError(
    `The running stack has parameters that this deployment does not set: ${refused.join(", ")}. Add them to stages/${stage}.yml, or give ${refused.map((name) => `\`--lose ${name}\``).join(" ")}.`,
  );
};

const deploy = async (args: readonly string[]): Promise<void> => {
  const options = readDeployOptions(args, process.env);
  const { stage, region, lose, adopted } = options;
  // for the clients of this script, as serverless uses it
  if (options.profile !== undefined) process.env["AWS_PROFILE"] = options.profile;
  const parameters = { ...(await stageParameters(stage)), ...options.given };
  const params = Object.entries(parameters).map(([name, value]) => `--param=${name}=${String(value ?? "")}`);
  const client = new CloudFormationClient({ region });
  const stack = `wildix-functions-${stage}`;
  const running = await findRunning(client, stack);
  if (running !== undefined && adopted.size > 0)
    throw new ParameterError(
      `\`--adopt\` is for a stage without a stack, but ${stack} exists. Deploy without \`--adopt\`.`,
    );
  const recorded = recordedParameters(running?.template);
  const folder = await mkdtemp(join(tmpdir(), "wildix-deploy-"));
  try {
    await run(["package", "--package", folder, ...options.packageArguments, ...params]);
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
    console.log(`Resources that change, besides code:\n${listed(compareTemplates(running?.template, next))}`);
    refuseToLose(lost, lose, stage);
    const before = await exportedFormat(region, running, next, adopted.get("ExportBucket"));
    const change = formatChange(before, exportFormatOf(next), stage);
    if (change !== undefined && !options.changeFormat)
      throw new ParameterError(`${change} To change the format, add \`--change-format\`.`);
    if (change !== undefined) console.log(change);
    if (options.dryRun) return;
    if (adopted.size > 0) await adopt(client, stack, next, adopted);
    await run(["deploy", ...options.deployArguments, ...params]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const listed = (lines: readonly string[]): string =>
  lines.length === 0 ? "  none" : lines.map((line) => `  ${line}`).join("\n");

try {
  await deploy(process.argv.slice(2));
} catch (error) {
  const failure = awsFailure(error);
  if (failure !== undefined) console.error(`${failure.cause} ${failure.fix}`);
  else if (error instanceof ParameterError) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}
