import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { awsWebhookPorts } from "../lib/aws/ports/webhook-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import {
  largestWebhook,
  type ReceivedWebhook,
  type WebhookPorts,
  webhookReceiver,
} from "../lib/callbacks/events/receive-webhook.ts";
import { ProductError } from "../lib/errors.ts";
import { answerHeaders, type HttpFunction, type HttpHandler } from "../lib/http/api.ts";
import { isOwnFailure, problem } from "../lib/http/problem.ts";
import { rawRequest } from "../lib/http/raw-request.ts";
import { errorFields, type Log } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";

export interface WebhookFunctionPorts extends WebhookPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** POST /webhooks/{pbx}: verifies an event of a PBX and queues it. 202 without a body, also for what has no effect. */
export const webhook = (ports: WebhookFunctionPorts): HttpFunction => {
  const receive = webhookReceiver(ports);
  const handle: HttpHandler = async (event, invocation) => {
    const requestId = event.requestContext?.requestId ?? invocation.awsRequestId;
    const refuse = (error: unknown, received?: ReceivedWebhook): APIGatewayProxyStructuredResultV2 => {
      const { status, body } = problem(error, requestId);
      if (status === 401) ports.metrics.put({ requests_unauthorized: 1 });
      if (isOwnFailure(body)) ports.metrics.put({ requests_failed: 1 });
      ports.log[status >= 500 ? "error" : "warn"]("webhook refused", {
        requestId,
        status,
        received,
        ...errorFields(error),
      });
      return {
        statusCode: status,
        headers: { ...answerHeaders, "Content-Type": "application/problem+json" },
        body: JSON.stringify(body),
      };
    };
    try {
      const { header, body } = rawRequest(event);
      const pbx = event.pathParameters?.["pbx"] ?? "";
      const received = await receive({
        pbx,
        signature: header("x-signature") ?? header("x-wildix-signature"),
        contentType: header("content-type"),
        body,
      });
      if (received !== "queued" && received !== "unreadable" && received !== "untimely")
        return refuse(refusals[received](), received);
      if (received !== "queued") {
        ports.metrics.put({ [`webhooks_${received}` as const]: 1 });
        ports.log.warn("webhook ignored", { requestId, pbx, received });
      }
      return { statusCode: 202, headers: { "Cache-Control": "no-store" } };
    } catch (error) {
      return refuse(error);
    }
  };
  return Object.assign(handle, { routes: ["POST /webhooks/{pbx}"] as const });
};

/** The same text for every failed check: an answer does not show which PBXs exist. */
const refusals = {
  unauthorized: () =>
    new ProductError("WEBHOOK_UNAUTHORIZED", {
      field: "x-signature",
      detail: "`x-signature` must be the HMAC-SHA256 of the body by a secret of this PBX.",
    }),
  too_large: () =>
    new ProductError("BODY_TOO_LARGE", { detail: `the body has more than ${largestWebhook} bytes` }),
  wrong_type: () =>
    new ProductError("CONTENT_TYPE_UNSUPPORTED", {
      field: "content-type",
      detail: "`content-type` must be application/json.",
    }),
} as const;

export const handler = await onLambda(webhook, awsWebhookPorts);
