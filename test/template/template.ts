import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
}

/** A CloudFormation template, as osls packages serverless.yml. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** A rule: what is wrong with a template, a sentence each. */
export type Rule = (template: Template) => string[];

const root = new URL("../..", import.meta.url).pathname;

/** The real template, packaged without credentials or network. `params` as for `--param`. */
export const packagedTemplate = async (params: Readonly<Record<string, string>> = {}): Promise<Template> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-package-"));
  try {
    await promisify(execFile)(
      process.execPath,
      [
        join(root, "node_modules/serverless/bin/serverless.js"),
        "package",
        "--package",
        directory,
        ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
      ],
      {
        cwd: root,
        env: { PATH: process.env["PATH"] ?? "", HOME: directory, SLS_TELEMETRY_DISABLED: "1" },
        // where a bundle has an error, the packager says so and never ends; it must not outlive the test
        timeout: 280_000,
        killSignal: "SIGKILL",
      },
    );
    return JSON.parse(await readFile(join(directory, "cloudformation-template-update-stack.json"), "utf8"));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/** Resources of a type, with their logical ids. */
export const ofType = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);

/** A value deep inside; undefined where a step is missing. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, step);
  }
  return found;
};

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** The logical id that a `Ref` or `Fn::GetAtt` points to. */
export const target = (value: unknown): string | undefined => {
  const id = at(value, "Ref") ?? at(value, "Fn::GetAtt", 0);
  return typeof id === "string" ? id : undefined;
};

/** The ARN of a resource of the stack's own region and account begins so. */
export const arnBase = (service: string): string =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:`;

/** A resource's ARN as roles write it: spelt out for functions, whose names are known, `${Id.Arn}` for all others. */
const arnOf = (template: Template, id: string): string => {
  const name = template.Resources[id]?.Properties["FunctionName"];
  return typeof name === "string" ? `${arnBase("lambda")}function:${name}` : `\${${id}.Arn}`;
};

/** A value with its references written out, so that two ways of saying the same are equal. */
export const rendered = (template: Template, value: unknown): string => {
  // CloudFormation leaves such text as it is: `${!` is how Fn::Sub writes the same
  if (typeof value === "string") return value.replaceAll("${", "${!");
  const text = at(value, "Fn::Sub");
  if (typeof text === "string")
    return text.replace(/\$\{(\w+)\.Arn\}/g, (_, id: string) => arnOf(template, id));
  const [id, attribute] = listOf(at(value, "Fn::GetAtt"));
  if (typeof id === "string") return attribute === "Arn" ? arnOf(template, id) : `\${${id}.${attribute}}`;
  const ref = at(value, "Ref");
  return typeof ref === "string" ? `\${${ref}}` : JSON.stringify(value);
};

/** The template with one property of one resource set to another value, or (undefined) taken away. */
export const withProperty = (
  template: Template,
  id: string,
  path: readonly (string | number)[],
  value: unknown,
): Template => {
  const copy: Template = structuredClone(template);
  const parent = at(copy.Resources[id]?.Properties, ...path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== "object" || parent === null || key === undefined)
    throw new Error(`${id} has no ${path.join(".")}`);
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
  return copy;
};

/** The template without a resource. */
export const without = (template: Template, id: string): Template => {
  const { [id]: gone, ...Resources } = template.Resources;
  if (gone === undefined) throw new Error(`the template has no ${id}`);
  return { Resources };
};
