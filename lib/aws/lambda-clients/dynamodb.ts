/** Replaces @aws-sdk/client-dynamodb in the bundles, as far as the functions use it. */
import type * as Sdk from "@aws-sdk/client-dynamodb";
import { commandClass, JsonClient, type JsonClientOptions } from "./json-client.ts";
import { ServiceError } from "./service-error.ts";

export class ConditionalCheckFailedException extends ServiceError {}

export class DynamoDBClient extends JsonClient {
  constructor(options: JsonClientOptions) {
    const service = {
      name: "dynamodb",
      variable: "DYNAMODB",
      target: "DynamoDB_20120810",
      version: "1.0",
    } as const;
    super(service, { ConditionalCheckFailedException }, options);
  }
}

export const GetItemCommand = commandClass<Sdk.GetItemInput, Sdk.GetItemOutput>("GetItem");
export const PutItemCommand = commandClass<Sdk.PutItemInput, Sdk.PutItemOutput>("PutItem");
export const UpdateItemCommand = commandClass<Sdk.UpdateItemInput, Sdk.UpdateItemOutput>("UpdateItem");
export const DeleteItemCommand = commandClass<Sdk.DeleteItemInput, Sdk.DeleteItemOutput>("DeleteItem");
export const QueryCommand = commandClass<Sdk.QueryInput, Sdk.QueryOutput>("Query");
/** Only benchmarks use it: they fill tables. */
export const BatchWriteItemCommand = commandClass<Sdk.BatchWriteItemInput, Sdk.BatchWriteItemOutput>(
  "BatchWriteItem",
);
