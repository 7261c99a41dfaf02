import { awsPorts } from "../lib/aws/ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { readCall } from "../lib/calls/dial.ts";
import { needExtension } from "../lib/http/allow.ts";
import { type HttpHandler, httpApi } from "../lib/http/api.ts";
import { askedCall } from "../lib/http/asked-call.ts";
import { pickPbx } from "../lib/pick-pbx.ts";
import type { Ports } from "../lib/ports.ts";

/** What a PBX is given to answer, ms; a person waits at a phone. */
const patience = 6_000;

/** POST /calls: rings an extension, then dials. Sent once, whatever comes back. */
export const originate = (ports: Ports): HttpHandler =>
  httpApi(ports, "calls:create", async (request) => {
    const call = readCall(askedCall(request).body);
    needExtension(request.caller, call.extension);
    const pbx = await pickPbx(ports, request.caller, call.pbx);
    await pbx.client.originate(call.params, { timeoutMs: Math.min(patience, request.timeLeft) });
    ports.log.info("call placed", {
      requestId: request.requestId,
      caller: request.caller.id,
      pbx: pbx.id,
      channel: call.params.channel,
      exten: call.params.exten,
    });
    return {
      status: 201,
      body: { state: "PLACED", pbx: pbx.id, channel: call.params.channel, exten: call.params.exten },
    };
  });

export const handler = onLambda(originate, awsPorts);
