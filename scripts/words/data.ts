import { createRequire } from "node:module";
import type { Command } from "commander";
import { buildProgram } from "../../cli/programs/program.ts";
import { productErrors } from "../../lib/errors.ts";
import { wmsErrors } from "../../lib/wms/errors.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { openapi } from "../openapi.ts";
import { type Piece, withoutCode } from "./piece.ts";

/** A string by what it belongs to: a command's option, an error's code, an alarm, a JSON pointer. */
interface Text extends Pick<Piece, "kind" | "text"> {
  readonly of: string;
}
const ofPlain = (of: string, text: string, kind: Piece["kind"] = "prose"): Text => ({
  of,
  kind,
  text: withoutCode(text),
});

const commandTexts = (command: Command): Text[] => {
  const of = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  return [
    ofPlain(of, command.description(), "command"),
    ...command.options.map(({ long, description }) => ofPlain(`${of} ${long}`, description)),
    ...command.registeredArguments.map((argument) =>
      ofPlain(`${of} <${argument.name()}>`, argument.description),
    ),
    ...command.commands.flatMap(commandTexts),
  ];
};

/** The help of every command and of its options. */
const help = (): Text[] => {
  const context = {
    output: { out: () => undefined, err: () => undefined, live: false, colours: false },
    env: {},
    stdin: async () => "",
    signal: new AbortController().signal,
    inTypedNames: (error: unknown) => error,
    clock: systemClock,
  };
  return commandTexts(buildProgram(context, () => undefined));
};

const errors = (): Text[] =>
  Object.entries({ ...wmsErrors, ...productErrors }).flatMap(([of, { title, cause, fix }]) => [
    ofPlain(of, title, "title"),
    ofPlain(of, cause),
    ofPlain(of, fix),
  ]);

/** Descriptions and summaries of a JSON document: OpenAPI, CloudFormation. */
const descriptions = (document: unknown, of: string): Text[] => {
  if (typeof document !== "object" || document === null) return [];
  return Object.entries(document).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "string" && /^(?:description|summary|alarmdescription)$/i.test(key)
      ? [ofPlain(`${of}/${key}`, value)]
      : descriptions(value, `${of}/${key}`),
  );
};

const alarms = async (): Promise<Text[]> => {
  const template: unknown = await createRequire(import.meta.url)("../../serverless/alarms.cjs")({
    resolveVariable: async (name: string) =>
      name.endsWith("functions.yml)") ? { originate: {} } : name === "param:encryptTopic" ? "true" : name,
  });
  return descriptions(template, "alarms");
};

/** Texts that programs hold as data: help, errors, alarms and the HTTP API. */
export const dataTexts = async (): Promise<Text[]> => [
  ...help(),
  ...errors(),
  ...(await alarms()),
  ...descriptions(JSON.parse(await openapi()), "docs/openapi.json"),
];
