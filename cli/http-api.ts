import { dayAt } from "../lib/history/calendar/local-days.ts";
import { serveHttpApi } from "../lib/local/http-api.ts";
import type { AllPorts } from "../lib/ports.ts";
import { routes } from "./functions.ts";
import { ownKey } from "./owner.ts";

export interface OpenApi {
  readonly url: string;
  /** A key of a caller who may do everything, for a day. */
  readonly bearer: string;
  /** Lines for a shell that try the API. */
  readonly examples: readonly string[];
  close(): Promise<void>;
}

/** The functions behind an HTTP API on loopback, with a key made for the day; `label` names the key. `zone` is the examples'. */
export const openHttpApi = async (
  ports: AllPorts,
  port: number,
  label: string,
  zone: string,
): Promise<OpenApi> => {
  const { url, close } = await serveHttpApi(routes(ports), ports.clock, port);
  const bearer = await ownKey(ports, label);
  const yesterday = dayAt(zone, ports.clock.now(), -1);
  // whole lines, so that each works in any shell
  const key = `-H 'authorization: Bearer ${bearer}'`;
  const json = `${key} -H 'content-type: application/json'`;
  const examples = [
    `curl ${key} ${url}/call-queues`,
    `curl ${key} '${url}/call-history?from=${yesterday}&to=${yesterday}&limit=5'`,
    `curl ${json} ${url}/sounds -d '{"filename":"hello","text":"Good morning","voice":"Kimberly"}'`,
    `curl ${json} -H 'idempotency-key: order-1' ${url}/calls -d '{"extension":"108","to":"16144841500"}'`,
  ];
  return { url, bearer, examples, close };
};
