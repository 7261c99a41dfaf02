import type { HeaderPairs } from "../types.ts";

/** An answer whose status and content are not checked yet. */
export interface RawResponse {
  readonly status: number;
  readonly headers: HeaderPairs;
  /** The body as UTF-8 text. */
  readonly body: string;
}
