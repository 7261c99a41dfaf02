import type { HeaderPairs } from "../types.ts";

/** An answer as it came: no judgement on status or content. */
export interface RawResponse {
  readonly status: number;
  readonly headers: HeaderPairs;
  /** The body as UTF-8 text. */
  readonly body: string;
}
