import { isJsonObject } from "../json.ts";
import { readRecords, readResult, unexpected } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsRequest } from "../types.ts";

export interface CallQueue {
  readonly id: string;
  readonly name: string;
  /** Every field, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>;
}

const path = "/api/v1/PBX/settings/CallQueues/";

export const callQueuesRequest = (id?: string): WmsRequest => ({
  method: "GET",
  path: id === undefined ? path : `${path}${encodeURIComponent(id)}/`,
});

export const readCallQueues = (response: RawResponse): CallQueue[] =>
  readRecords(response).records.map((raw) => toQueue(raw, String(raw["id"] ?? "")));

export const readCallQueue =
  (id: string) =>
  (response: RawResponse): CallQueue => {
    const result = readResult(response);
    if (!isJsonObject(result)) throw unexpected(response, "the queue as an object");
    return toQueue(result, id);
  };

const toQueue = (raw: Record<string, unknown>, id: string): CallQueue => ({
  id,
  name: String(raw["name"] ?? raw["title"] ?? ""),
  raw,
});
