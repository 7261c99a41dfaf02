import { readTextFile } from "../../lib/text-file.ts";
import { readWrittenJson } from "../../lib/written-json.ts";
import { UsageError } from "../terminal/output.ts";
import type { Source } from "../typed/sources.ts";
import type { Context } from "./context.ts";

/** JSON of an option or an argument. */
export interface TypedJson {
  readonly value: unknown;
  /** Where JSON pointers into the value lead, for messages. */
  readonly place: string;
  /** Names fields of the value in errors; `whole` is the library's name of the value itself. */
  readonly source: (whole?: string) => Source;
}

/** A file as messages name it. */
export const fileName = (path: string): string => (path === "-" ? "standard input" : path);

/**
 * JSON given on the line, in a file, or (`-`) on standard input. `name` is the option or the argument, as messages name it. Throws
 * UsageError.
 */
export const readJson = async (context: Context, name: string, typed: string): Promise<TypedJson> => {
  const onLine = /^\s*[[{]/.test(typed);
  const written = onLine ? name : writtenAs(name, typed);
  const text = onLine ? typed : await readText(context, name, typed);
  const place = onLine ? `\`${name}\`` : fileName(typed);
  return {
    value: readWrittenJson(
      text,
      (why) => new UsageError(`\`${written}\` ${why}${onLine ? " In a shell, quote it with '…'." : ""}`),
    ),
    place,
    source: (whole) => (field) =>
      field === whole ? { name: written } : { name: `/${field.replaceAll(".", "/")}`, place },
  };
};

/** Characters that are shown of what is not the path of a file: it can be any string. */
const longest = 60;

/** An option with its file; of an argument, only the file is typed. */
const writtenAs = (name: string, path: string): string =>
  name.startsWith("--") ? `${name} ${path}` : fileName(path);

const readText = async (context: Context, name: string, path: string): Promise<string> => {
  if (path === "-") return context.stdin();
  try {
    return await readTextFile(path);
  } catch {
    const written = writtenAs(name, path.slice(0, longest));
    throw new UsageError(`\`${written}\` must be JSON or a readable file. Check the path.`);
  }
};
