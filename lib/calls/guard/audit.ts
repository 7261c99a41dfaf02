import { defined } from "../../defined.ts";
import type { Log } from "../../log.ts";
import { maskNumber, maskText } from "../../mask.ts";
import type { Metrics } from "../../metrics.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { type Destination, isExtension } from "../dial/destination.ts";

/** One decision about one call. Numbers are masked: who may read the audit log need not know whom people call. */
export interface AuditLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly decision: "allowed" | "refused";
  /** Why it was refused: the guard's reason, or the code of the error. */
  readonly reason?: string;
  readonly pbx: string;
  readonly caller: string;
  /** The call's id, once it has one. */
  readonly call?: string;
  readonly request: string;
  /** The phone that rings first; masked if it does not match the PBX's `extension_pattern`. */
  readonly extension?: string;
  /** Masked. */
  readonly to?: string;
  readonly country?: string;
  readonly number_type?: string;
  readonly dry_run?: true;
}

/** Where audit lines go: a separate log, kept longer than others. Adapters: lib/aws/audit-log.ts, lib/local/audit-file.ts. */
export interface AuditLog {
  /** Resolves when the line is kept. */
  write(line: AuditLine): Promise<void>;
  /** Makes ready for the first line, so that its call does not wait. */
  open?(): Promise<void>;
}

/** The phone that rings first: whole if it is an extension of the PBX. Otherwise it may be a number in the wrong field. */
export const auditedPhone = (extension: string, settings: PbxSettings): string =>
  isExtension(extension, settings) ? extension : maskNumber(extension);

/** What a line says of the number that is dialled. */
export const auditedNumber = (
  destination: Destination | undefined,
): Pick<AuditLine, "to" | "country" | "number_type"> => {
  if (destination === undefined) return {};
  if (destination.kind !== "number")
    return { to: maskText(destination.digits), number_type: destination.kind };
  const { e164, country, types, satellite } = destination.number;
  const kind = satellite ? "satellite" : types.join("|");
  return {
    to: maskText(e164),
    ...defined({ country, number_type: kind === "" ? undefined : kind }),
  };
};

/** An audit log that is down must neither stop the phones nor swallow a line: it goes to the function's log then. */
export const auditOrLog =
  (audit: AuditLog, log: Log, metrics: Metrics) =>
  async (line: AuditLine): Promise<void> => {
    try {
      await audit.write(line);
    } catch (cause) {
      metrics.put({ audit_lines_lost: 1 });
      log.error("the audit log did not accept a line", { line, because: cause });
    }
  };
