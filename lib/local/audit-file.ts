import { appendFile } from "node:fs/promises";
import type { AuditLog } from "../calls/guard/audit.ts";

/** The audit log as a file of JSON lines. */
export const fileAudit = (path: string): AuditLog => ({
  write: (line) => appendFile(path, `${JSON.stringify(line)}\n`),
});
