import { isOfRequest } from "../../lib/http/sent-as.ts";
import type { CodedError } from "../../lib/wms/errors.ts";
import { NamedError } from "./typed-names.ts";

/** How the user wrote a field. */
export interface Written {
  /** The value as a whole, for example `--mapping m.json`, or a JSON pointer into it. */
  readonly name: string;
  /** Where the pointer leads, for example a file. Undefined for the value as a whole. */
  readonly place?: string;
}

/** Where values came from that are not options of the command. Undefined: the field is not from there. */
export type Source = (field: string) => Written | undefined;

/** Does `act` with the values of a source. Its errors name a field under the name that it has there. */
export const withSource = async <T>(source: Source, act: () => T | Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw isOfRequest(error) ? named(error, source) : error;
  }
};

const named = (error: CodedError, source: Source): CodedError => {
  const { field, message } = error;
  const written = field === undefined || error instanceof NamedError ? undefined : source(field);
  if (written === undefined) return error;
  const { name, place } = written;
  const text = message.replace(`\`${field}\``, `\`${name}\`${place === undefined ? "" : ` in ${place}`}`);
  // a value as a whole is an option or an argument, so that it is wrong usage
  return new NamedError(error, text, name, place === undefined);
};
