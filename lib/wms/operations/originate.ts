import { readResult } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsRequest } from "../types.ts";

/** Originate's parameters by their WMS names. Source: the vendor's article "WMS 5 API Authentication" and public clients. */
export interface OriginateParams {
  /** First leg, for example `Local/108@users`: this phone rings. */
  readonly channel: string;
  /** Context of the second leg, for example `users`. */
  readonly context?: string;
  /** What the second leg dials. */
  readonly exten?: string;
  /** Always 1 in the vendor's documentation. */
  readonly priority?: string | number;
  /** Shown on the first leg, for example `"Ada" <101>`. */
  readonly callerid?: string;
  /** Milliseconds that the first leg rings. */
  readonly timeout?: number;
  /** `NAME=value`, set on the channel. */
  readonly variable?: string;
  readonly account?: string;
  readonly application?: string;
  readonly data?: string;
  /** True (the default here): the PBX answers immediately, not only when the first leg is answered. */
  readonly async?: boolean;
}

/** Sent as a form, because older WMS read forms only. */
export const originateRequest = (params: OriginateParams): WmsRequest => ({
  method: "POST",
  path: "/api/v1/Originate/",
  body: {
    ...params,
    async: String(params.async ?? true),
    ...(params.exten === undefined ? {} : { priority: String(params.priority ?? 1) }),
  },
});

/** Any result means that the PBX accepted; it names no call. */
export const readOriginate = (response: RawResponse): void => {
  readResult(response);
};
