import * as z from "zod/mini";
import { type FormatName, formatNames } from "../../format-names.ts";
import { parseJson } from "../../wms/json.ts";

/** Layout and format of an exported day. A table must not read two kinds together. */
export interface DayKind {
  /** Layout of version 1: legs are in the folder of the calls. */
  readonly isOld: boolean;
  /** Undefined: not known. */
  readonly format: FormatName | undefined;
}

const kindSchema = z.object({ version: z.optional(z.number()), format: z.enum(formatNames) });

/** The kind that the text of a manifest says. Undefined: it says none. */
export const dayKindOf = (text: string): DayKind | undefined => {
  try {
    const { version, format } = kindSchema.parse(parseJson(text));
    return { isOld: version === 1, format };
  } catch {
    return undefined;
  }
};

/** For people, for example `ndjson of version 1`. */
export const kindName = (kind: DayKind | undefined): string => {
  const format = kind?.format ?? "unknown";
  return kind?.isOld ? `${format} of version 1` : format;
};

/** Whether a table of the current layout with this format reads the day. A day whose kind is not known counts. */
export const isOfTable = (kind: DayKind | undefined, format: FormatName): boolean =>
  kind === undefined || (!kind.isOld && (kind.format === undefined || kind.format === format));
