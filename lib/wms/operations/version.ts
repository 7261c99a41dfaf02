import { isJsonObject } from "../json.ts";
import { readResult, unexpected } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsRequest } from "../types.ts";

export const versionRequest: WmsRequest = { method: "GET", path: "/api/v1/PBX/version/" };

/** The version as text; known PBXs answer text or an object with `version`. */
export const readVersion = (response: RawResponse): string => {
  const result = readResult(response);
  const version = isJsonObject(result) ? result["version"] : result;
  if (typeof version !== "string") throw unexpected(response, "the version as text");
  return version;
};
