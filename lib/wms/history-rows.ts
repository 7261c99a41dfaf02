import { WmsError } from "./errors.ts";
import type { CallRecord } from "./history-page.ts";
import { formatLocal, parseLocal } from "./local-time.ts";

/** The PBX does not page by id as it should. */
export class IdPagingBroken extends Error {}

/** Identity of a row: ids start again when a PBX is replaced. */
export const identity = (row: CallRecord): string =>
  `${String(row["pbxid"] ?? "")}|${String(row["id"])}|${String(row["start"])}`;
export const idOf = (row: CallRecord): number => {
  const id = Number(row["id"]);
  if (row["id"] === "" || row["id"] === null || !Number.isSafeInteger(id))
    throw new IdPagingBroken("a row has no numeric id");
  return id;
};

/** A record's start, `YYYY-MM-DD HH:MM:SS`: as text it has the order of time. */
export const startOf = (row: CallRecord): string => {
  const start = row["start"];
  if (typeof start === "string" && start.length === 19 && start[4] === "-" && start[10] === " ") return start;
  const seconds = typeof start === "string" ? parseLocal(start) : undefined;
  if (seconds !== undefined) return formatLocal(seconds);
  throw new WmsError("WMS_ANSWER_UNEXPECTED", {
    detail: "a call record has no readable `start`",
    sent: "yes",
  });
};

/** A row from outside what was asked means that the PBX did not understand the question. */
export const checkStart = (start: string, least: string, most: string): void => {
  if (start >= least && start <= most) return;
  throw new WmsError("WMS_FILTER_IGNORED", {
    field: "filter.start",
    detail: `a call of ${start.slice(0, 10)} came back although another time was asked for`,
    sent: "yes",
  });
};

export const byIdentity = (a: CallRecord, b: CallRecord): number => {
  const [x, y] = [Number(a["id"]), Number(b["id"])];
  if (x !== y) return x - y;
  const [p, q] = [identity(a), identity(b)];
  return p < q ? -1 : p > q ? 1 : 0;
};
