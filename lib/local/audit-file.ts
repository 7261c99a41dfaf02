import { appendFile } from "node:fs/promises";
import type { AuditLog } from "../calls/guard/audit.ts";

/** The audit log as a file of JSON lines, which only its owner may read. */
export const fileAudit = (path: string): AuditLog => ({
  write: (line) => appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 }),
});
