import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { endpointOf } from "../../lib/aws/lambda-clients/endpoint.ts";

const dynamo = { name: "dynamodb", variable: "DYNAMODB" };

describe("the address of a service", () => {
  const clients = {
    dynamodb: DynamoDBClient,
    secretsmanager: SecretsManagerClient,
    logs: CloudWatchLogsClient,
  };
  const regions = [
    "eu-central-1",
    "us-east-1",
    "us-gov-west-1",
    "mx-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
  ];
  it.each(Object.entries(clients))("%s is the SDK's in every kind of region", (name, Client) => {
    for (const region of regions) {
      const { url } = new Client({ region }).config.endpointProvider({ Region: region });
      expect(new URL(endpointOf({ name, variable: "X" }, region, {})).href).toBe(url.href);
    }
  });
  it("is the one that the environment names, first for this service", () => {
    const all = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const own = { ...all, AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:2" };
    expect(endpointOf(dynamo, "eu-central-1", own)).toBe("http://127.0.0.1:2");
    expect(endpointOf(dynamo, "eu-central-1", all)).toBe("http://127.0.0.1:1");
    const empty = { AWS_ENDPOINT_URL: "", AWS_ENDPOINT_URL_DYNAMODB: "" };
    expect(endpointOf(dynamo, "eu-central-1", empty)).toBe("https://dynamodb.eu-central-1.amazonaws.com");
  });
});
