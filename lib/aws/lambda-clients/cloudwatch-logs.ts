/** Replaces @aws-sdk/client-cloudwatch-logs in the bundles, as far as the functions use it. */
import type * as Sdk from "@aws-sdk/client-cloudwatch-logs";
import { commandClass, JsonClient, type JsonClientOptions } from "./json-client.ts";
import { ServiceError } from "./service-error.ts";

export class ResourceAlreadyExistsException extends ServiceError {}

export class CloudWatchLogsClient extends JsonClient {
  constructor(options: JsonClientOptions) {
    const service = {
      name: "logs",
      variable: "CLOUDWATCH_LOGS",
      target: "Logs_20140328",
      version: "1.1",
    } as const;
    super(service, { ResourceAlreadyExistsException }, options);
  }
}

export const CreateLogStreamCommand = commandClass<Sdk.CreateLogStreamRequest, object>("CreateLogStream");
export const PutLogEventsCommand = commandClass<Sdk.PutLogEventsRequest, Sdk.PutLogEventsResponse>(
  "PutLogEvents",
);
