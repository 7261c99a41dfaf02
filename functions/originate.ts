import { awsCallsPorts } from "../lib/aws/calls-ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { pickPbx } from "../lib/callers/pick-pbx.ts";
import { createCalls } from "../lib/calls/calls.ts";
import { readCallKey } from "../lib/calls/dial/call-key.ts";
import { readCall } from "../lib/calls/dial/dial.ts";
import { viewOf } from "../lib/calls/ledger/view.ts";
import { type HttpHandler, httpApi } from "../lib/http/api.ts";
import { askedCall } from "../lib/http/asked-call.ts";
import { callAnswer } from "../lib/http/call-answer.ts";
import type { CallsPorts } from "../lib/ports.ts";

/** POST /calls: rings an extension, then dials, at most once for a key. GET /calls/{id}: what became of it. */
export const originate = (ports: CallsPorts): HttpHandler => {
  const calls = createCalls(ports);
  return httpApi(ports, { POST: "calls:create", GET: "calls:read" }, async (request) => {
    const { caller, requestId, receivedAt, timeLeft } = request;
    if (request.method === "GET")
      return { status: 200, body: viewOf(await calls.look(request.parameters["id"] ?? "", caller)) };
    const { body, idempotencyKey } = askedCall(request);
    const key = idempotencyKey === undefined ? undefined : readCallKey(idempotencyKey);
    const wanted = readCall(body);
    const pbx = await pickPbx(ports, caller, wanted.pbx);
    const result = await calls.place({ wanted, caller, pbx, key, requestId, receivedAt, timeLeft });
    return callAnswer(result, pbx.id, requestId);
  });
};

export const handler = onLambda(originate, awsCallsPorts);
