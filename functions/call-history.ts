import { awsPorts } from "../lib/aws/ports/ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { type PickPorts, pickPbx } from "../lib/callers/pick-pbx.ts";
import { querySchema, readQuestion } from "../lib/history/ask.ts";
import { askTypedHistory } from "../lib/history/typed-history.ts";
import { type ApiPorts, type HttpFunction, httpApi } from "../lib/http/api.ts";

const queryNames = Object.keys(querySchema.def.shape);

/** GET /call-history: call records of a time, a page at a time. */
export const callHistory = (ports: ApiPorts & PickPorts): HttpFunction =>
  httpApi(ports, { "GET /call-history": { scope: "history:read", query: queryNames } }, async (request) => {
    const question = readQuestion(request.query);
    const pbx = await pickPbx(ports, request.caller, question.pbx);
    const answer = await askTypedHistory(pbx, question, pbx.settings.timezone, {
      timeoutMs: request.timeLeft,
    });
    return { status: 200, body: { pbx: pbx.id, ...answer } };
  });

export const handler = await onLambda(callHistory, awsPorts);
