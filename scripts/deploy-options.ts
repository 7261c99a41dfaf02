/** The options of `npm run deploy`. */
import { parseArgs } from "node:util";
import { readRegion, stageFault } from "../cli/typed/deployment-names.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { adoptions } from "./adopt.ts";
import { ParameterError, type Parameters, splitArguments } from "./stage-parameters.ts";

/** The own options, and those of `serverless`. */
const options = {
  stage: { type: "string", short: "s" },
  region: { type: "string", short: "r" },
  lose: { type: "string", multiple: true },
  adopt: { type: "string", multiple: true },
  "change-format": { type: "boolean" },
  "dry-run": { type: "boolean" },
  "aws-profile": { type: "string" },
  "aws-s3-accelerate": { type: "boolean" },
  conceal: { type: "boolean" },
  force: { type: "boolean" },
  "minify-template": { type: "boolean" },
  verbose: { type: "boolean" },
} as const;

/** Options of `serverless deploy` that `serverless package` does not have. */
const onlyDeploy = ["aws-s3-accelerate", "conceal", "force"] as const;

export interface DeployOptions {
  readonly stage: string;
  readonly region: string;
  readonly profile: string | undefined;
  readonly lose: readonly string[];
  readonly adopted: ReturnType<typeof adoptions>;
  readonly changeFormat: boolean;
  readonly dryRun: boolean;
  /** `--param`, checked. */
  readonly given: Parameters;
  readonly packageArguments: readonly string[];
  readonly deployArguments: readonly string[];
}

/** `args`: those after `npm run deploy --`. Throws ParameterError that names what was typed. */
export const readDeployOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DeployOptions => {
  const { given, rest } = splitArguments(args);
  const { values, tokens } = parseArgs({
    args: [...rest],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional")
      throw new ParameterError(
        `\`${token.value}\` is not an option. To deploy the stage ${token.value}, run \`npm run deploy -- --stage ${token.value}\`.`,
      );
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(options, name)) {
      const near = didYouMean(name, Object.keys(options));
      throw new ParameterError(
        `\`${rawName}\` is not an option of \`npm run deploy\`. ${near === undefined ? "docs/deploy.md has the options." : `Did you mean \`--${near}\`?`}`,
      );
    }
    const { type } = options[name as keyof typeof options];
    if (type === "string" && (value === undefined || value === "" || value.startsWith("-")))
      throw new ParameterError(`\`${rawName}\` must have a value; got ${value || "none"}.`);
    if (type === "boolean" && value !== undefined)
      throw new ParameterError(`\`${rawName}\` must have no value; got ${value}.`);
  }
  const textOf = (name: keyof typeof options): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const listOf = (name: "lose" | "adopt"): string[] => [values[name] ?? []].flat().map(String);
  const stage = textOf("stage") ?? "dev";
  const { region, fault: regionFault } = readRegion(textOf("region"), env);
  const fault = stageFault(stage) ?? regionFault;
  if (fault !== undefined) throw new ParameterError(fault);
  const profile = textOf("aws-profile");
  const flags = (names: readonly (keyof typeof options)[]): string[] =>
    names.flatMap((name) => (values[name] === true ? [`--${name}`] : []));
  const packageArguments = [
    `--stage=${stage}`,
    `--region=${region}`,
    ...(profile === undefined ? [] : [`--aws-profile=${profile}`]),
    ...flags(["minify-template", "verbose"]),
  ];
  return {
    stage,
    region,
    profile,
    lose: listOf("lose"),
    adopted: adoptions(listOf("adopt")),
    changeFormat: values["change-format"] === true,
    dryRun: values["dry-run"] === true,
    given,
    packageArguments,
    deployArguments: [...packageArguments, ...flags(onlyDeploy)],
  };
};
