import { authFields } from "../../lib/wms/auth-kinds.ts";
import { UsageError } from "../terminal/output.ts";
import type { Draft } from "./draft.ts";
import { type DraftedRow, draftRow } from "./draft-row.ts";
import { changedEventKey, eventKeys } from "./event-keys.ts";
import type { FileRow } from "./rows.ts";

const rotated: readonly string[] = [...authFields, "expires_at", ...eventKeys];

/**
 * What a row of new credentials makes of a PBX. Keys of events are added beside the newest ones, which stay valid. Throws UsageError
 * that names a key and no value.
 */
export const rotateRow = (before: Draft | undefined, row: FileRow): DraftedRow => {
  if (before === undefined)
    throw new UsageError("There is no PBX with this id. Register it with `wildix secret import`.");
  const other = Object.keys(row.listed).find((key) => !rotated.includes(key));
  if (other !== undefined)
    throw new UsageError(
      `\`${other}\` cannot be rotated. Keep ${rotated.join(", ")}, or use \`wildix secret import\`.`,
    );
  if (Object.keys(row.listed).length === 0)
    throw new UsageError("The row must have a new secret, for example in the column `secret_key`.");
  const lender = before.secret["credentials_from"];
  if (lender !== undefined && authFields.some((field) => field in row.listed))
    throw new UsageError(
      `The PBX uses the credentials of ${String(lender)}. Rotate the credentials of that PBX.`,
    );
  const keys = eventKeys.flatMap((name) => {
    const given = row.listed[name];
    if (given === undefined) return [];
    const all = [given]
      .flat()
      .reduce<unknown>(
        (stored, key) => changedEventKey(name, stored, "add", String(key)),
        before.secret[name],
      );
    return [[name, all] as const];
  });
  return draftRow(before, { ...row, whole: false, listed: { ...row.listed, ...Object.fromEntries(keys) } });
};
