import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { awsFailure } from "../../../cli/terminal/aws-failure.ts";
import { errorObject } from "../../../cli/terminal/output.ts";
import { ProductError } from "../../../lib/errors.ts";
import { wildix } from "../../support/cli.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = before;
});

/** An error as the SDK throws it. */
const sdkError = (name: string, message = "x", more: object = {}): Error =>
  Object.assign(new Error(message), { name, $metadata: { attempts: 1 }, ...more });

describe("the failure of an AWS service", () => {
  it.each([
    ["CredentialsProviderError", "Could not load credentials from any providers", "found no credentials."],
    [
      "CredentialsProviderError",
      "Could not resolve credentials using profile: [ops] in configuration/credentials file(s).",
      "found no credentials for the profile ops.",
    ],
    [
      "CredentialsProviderError",
      "The SSO session associated with this profile has expired.",
      "SSO session of the AWS credentials has ended",
    ],
    [
      "TokenProviderError",
      "Token is expired. To refresh this SSO session run 'aws sso login'",
      "SSO session",
    ],
    ["ExpiredToken", "x", "The AWS credentials have expired."],
    ["ExpiredTokenException", "x", "The AWS credentials have expired."],
    ["RequestTimeTooSkewed", "x", "The clock of this machine"],
    ["InvalidClientTokenId", "x", "AWS does not accept the credentials (InvalidClientTokenId)."],
    ["SignatureDoesNotMatch", "x", "AWS does not accept the credentials (SignatureDoesNotMatch)."],
    [
      "AccessDeniedException",
      "User: arn:aws:iam::1:user/x is not authorized to perform: secretsmanager:ListSecrets because",
      "The AWS credentials lack the permission secretsmanager:ListSecrets.",
    ],
    ["AccessDenied", "Access Denied", "The AWS credentials lack a permission (AccessDenied)."],
    ["TimeoutError", "x", "AWS cannot be reached (TimeoutError)."],
  ])("is found by its name %s: %s", (name, message, says) => {
    const error = new ProductError("STATE_UNAVAILABLE", { detail: "x", cause: sdkError(name, message) });
    const { cause, fix } = awsFailure(error) ?? {};
    expect(cause).toContain(says);
    expect(errorObject(error)).toMatchObject({ code: "STATE_UNAVAILABLE", cause, cure: fix });
  });
  it("is found by the code of a connection that failed", () => {
    expect(awsFailure(sdkError("Error", "x", { code: "ENOTFOUND" }))?.cause).toContain("(ENOTFOUND)");
  });
  it("replaces the advice to report an unexpected error", () => {
    expect(errorObject(sdkError("ExpiredToken")).cure).toContain("aws sso login");
  });
  it.each([
    sdkError("ValidationError"),
    // of a PBX, or of a file
    Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    new ProductError("STORE_UNAVAILABLE", { detail: "x" }),
    "text",
  ])("is none of other errors", (error) => expect(awsFailure(error)).toBeUndefined());
});

describe("a command with --stage", () => {
  const commands = [
    ["status"],
    ["doctor", "--all"],
    ["secret", "list"],
    ["key", "list"],
    ["queues", "--pbx", "milan"],
    ["callback", "list"],
    ["stop", "--all"],
  ];
  const answerOf = async (status: number, code: string): Promise<string> => {
    const server = createServer((request, response) => {
      request.resume();
      const isJson = request.headers["x-amz-target"] !== undefined;
      response.statusCode = status;
      response.setHeader("content-type", isJson ? "application/x-amz-json-1.1" : "text/xml");
      const xml = `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`;
      response.end(isJson ? JSON.stringify({ __type: code, message: "m" }) : xml);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it.each(commands)("wildix %s says that the credentials have expired", async (...command) => {
    const AWS_ENDPOINT_URL = await answerOf(400, "ExpiredTokenException");
    process.env = { ...before, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const { code, err } = await wildix([...command, "--stage", "prod"]);
    expect([code, err]).toEqual([1, expect.stringContaining("The AWS credentials have expired.")]);
    expect(err).toContain("Fix: Run `aws sso login`");
  });
  it("names a stage that does not exist, and no AWS error", async () => {
    const AWS_ENDPOINT_URL = await answerOf(400, "ValidationError");
    process.env = { ...before, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const { err } = await wildix(["status", "--stage", "prdo"]);
    expect(err).toContain('`--stage` must name a deployment in eu-central-1; got "prdo" (DEPLOYMENT_NOT');
  });
  it.each([
    [["--stage", "prod", "--region", "Frankfurt"], "`--region` must be an AWS region, for example"],
    [["--stage", "prod", "--region", ""], "`--region` must be an AWS region, for example"],
    [["--stage", ""], "`--stage` must be the name of a stage (letters, digits and hyphens)"],
    [["--stage", "-x"], "`--stage`"],
    [["--stage", "a b"], 'for example prod; got "a b".'],
  ])("refuses %j", async (args, says) => {
    for (const command of commands) {
      const { code, err } = await wildix([...command, ...args]);
      expect([code, err]).toEqual([2, expect.stringContaining(says)]);
    }
  });
  it.each([
    ["AWS_ENDPOINT_URL", "foo"],
    ["AWS_ENDPOINT_URL", "localhost:4566"],
    ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://"],
  ])("refuses %s %s, which is not an address", async (name, value) => {
    for (const command of commands) {
      const { code, err } = await wildix([...command, "--stage", "prod"], { [name]: value });
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`\`${name}\` must be an address, for example`),
      ]);
    }
  });
  it("refuses an AWS_REGION that is not a region", async () => {
    const { code, err } = await wildix(["status", "--stage", "prod"], { AWS_REGION: "Milan" });
    expect([code, err]).toEqual([2, expect.stringContaining("`AWS_REGION` must be an AWS region")]);
  });
});
