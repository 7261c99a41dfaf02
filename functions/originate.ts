import { awsCallsPorts } from "../lib/aws/ports/calls-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { type PickPorts, pickPbx } from "../lib/callers/pick-pbx.ts";
import { createCalls } from "../lib/calls/calls.ts";
import { readCall } from "../lib/calls/dial/dial.ts";
import { viewOf } from "../lib/calls/ledger/view.ts";
import type { CallPorts } from "../lib/calls/place-call.ts";
import { type ApiPorts, type HttpFunction, httpApi } from "../lib/http/api.ts";
import { askedCall } from "../lib/http/asked-call.ts";
import { callAnswer } from "../lib/http/call-answer.ts";

/** POST /calls: rings an extension, then dials, at most once for a key. GET /calls/{id}: the state of a call. */
export const originate = (ports: ApiPorts & CallPorts & PickPorts): HttpFunction => {
  const calls = createCalls(ports);
  return httpApi(
    ports,
    operations,
    async (request) => {
      const { caller, requestId, receivedAt, timeLeft } = request;
      if (request.route === "GET /calls/{id}")
        return { status: 200, body: viewOf(await calls.look(request.parameters["id"] ?? "", caller)) };
      const { body, idempotencyKey: key } = askedCall(request);
      const wanted = readCall(body);
      const pbx = await pickPbx(ports, caller, wanted.pbx);
      const result = await calls.place({ wanted, caller, pbx, key, requestId, receivedAt, timeLeft });
      return callAnswer(result, pbx.id, request);
    },
    () => calls.firstUses(ports.config.defaultPbx),
  );
};

const operations = {
  "POST /calls": { scope: "calls:create", query: [] },
  "GET /calls/{id}": { scope: "calls:read", query: [] },
} as const;

export const handler = await onLambda(originate, awsCallsPorts);
