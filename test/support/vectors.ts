import { readFileSync } from "node:fs";
import type { Connection, WmsRequest } from "../../lib/wms/types.ts";

export interface Vector {
  readonly name: string;
  readonly config: { host: string; app_id: string; app_name: string; secret_key: string };
  readonly method: string;
  readonly endpoint: string;
  readonly params: unknown;
  readonly body: unknown;
  readonly headers: unknown;
  readonly iat: number;
  readonly phpTypes?: unknown;
  readonly phpVersionSensitive?: unknown;
  readonly expect?: {
    readonly canonical: string;
    readonly canonicalSha256: string;
    readonly claims: string;
    readonly target: string | null;
    readonly wireBody: string;
    readonly wireMethod: string;
    readonly wireHeaders: readonly (readonly [string, string])[];
  };
  readonly server?: { readonly verifies: boolean; readonly path?: string };
}

const file = new URL("../fixtures/s2s-vectors.json", import.meta.url);
export const vectors: readonly Vector[] = JSON.parse(readFileSync(file, "utf8")).cases;

export const vectorRequest = (vector: Vector): { connection: Connection; request: WmsRequest } => {
  const { host, app_id, app_name, secret_key } = vector.config;
  const { method, endpoint: path, params, body, headers } = vector;
  return {
    connection: { host, auth: { kind: "s2s", app_id, app_name, secret_key } },
    request: { method, path, params, body, headers } as WmsRequest,
  };
};
