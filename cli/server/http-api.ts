import { readFile } from "node:fs/promises";
import { dayAt } from "../../lib/history/calendar/local-days.ts";
import { type LocalRoute, serveHttpApi } from "../../lib/local/http-api.ts";
import type { LocalPorts } from "../../lib/local/ports.ts";
import { startBackground } from "./background.ts";
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
  ports: LocalPorts,
  port: number,
  label: string,
  zone: string,
): Promise<OpenApi> => {
  const yesterday = dayAt(zone, ports.clock.now(), -1);
  const served = await serveHttpApi([...routes(ports), description(() => url)], ports.clock, port);
  const { url } = served;
  // without a key, the API serves no requests, but it would keep the process alive
  const bearer = await ownKey(ports, label).catch(async (error: unknown) => {
    await served.close();
    throw error;
  });
  // begins last: nothing after it can fail and leave it running
  const background = startBackground(ports);
  const close = async (): Promise<void> => {
    await background.stop();
    await served.close();
  };
  // one line that names the key, and whole lines that use it
  const key = `-H "authorization: Bearer $KEY"`;
  const json = `${key} -H 'content-type: application/json'`;
  const examples = [
    `export KEY=${bearer}`,
    `curl ${key} ${url}/call-queues`,
    `curl ${key} '${url}/call-history?from=${yesterday}&to=${yesterday}&limit=5'`,
    `curl ${json} ${url}/sounds -d '{"filename":"hello","text":"Good morning","voice":"Kimberly"}'`,
    `curl ${json} ${url}/callbacks -d '{"to":"+393331234567","name":"Ada Conti"}'`,
    `curl ${json} -H 'idempotency-key: order-1' ${url}/calls -d '{"extension":"108","to":"+16144841500"}'`,
  ];
  return { url, bearer, examples, close };
};

const openApiFile = new URL("../../docs/openapi.json", import.meta.url);

/** The API's description, with the address that serves it; it needs no key. */
const description = (url: () => string): LocalRoute => ({
  method: "GET",
  path: "/openapi.json",
  handler: async () => {
    const document: object = JSON.parse(await readFile(openApiFile, "utf8"));
    return {
      statusCode: 200,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...document, servers: [{ url: url() }] }),
    };
  },
});
