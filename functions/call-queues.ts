import { awsPorts } from "../lib/aws/ports/ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { recent } from "../lib/cache.ts";
import { type PickPorts, pickPbx } from "../lib/callers/pick-pbx.ts";
import { ProductError } from "../lib/errors.ts";
import { type ApiPorts, type HttpFunction, httpApi } from "../lib/http/api.ts";

/** How old an answer may be, ms: a wallboard asks more often than queues change. */
const maxAge = 5_000;

const readsQueues = { scope: "queues:read", query: ["pbx"] } as const;
const operations = { "GET /call-queues": readsQueues, "GET /call-queues/{id}": readsQueues };

/** GET /call-queues and /call-queues/{id}: the PBX's records, unchanged. */
export const callQueues = (ports: ApiPorts & PickPorts): HttpFunction => {
  const answers = recent<unknown>(ports.clock, maxAge);
  return httpApi(ports, operations, async (request) => {
    const pbx = await pickPbx(ports, request.caller, request.query["pbx"]);
    const id = request.parameters["id"];
    const limits = { timeoutMs: request.timeLeft };
    const { value, at } = await answers(`${pbx.id}/${id ?? ""}`, async () =>
      id === undefined
        ? (await pbx.client.callQueues.list(limits)).map(({ raw }) => raw)
        : (await pbx.client.callQueues.one(id, limits))?.raw,
    );
    if (value === undefined)
      throw new ProductError("NOT_FOUND", { field: "id", detail: `${pbx.id} has no queue with this id` });
    const asOf = { pbx: pbx.id, as_of: new Date(at).toISOString() };
    return { status: 200, body: id === undefined ? { ...asOf, records: value } : { ...asOf, record: value } };
  });
};

export const handler = await onLambda(callQueues, awsPorts);
