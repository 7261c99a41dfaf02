/** Why an AWS service did not do what a command asked, and what to do. */
export interface AwsFailure {
  /** A whole sentence, as is `fix`. */
  readonly cause: string;
  readonly fix: string;
}

const invalidCredentials: ReadonlySet<string> = new Set([
  "AuthFailure",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "InvalidToken",
  "MissingAuthenticationToken",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const missingPermission: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "KMSAccessDeniedException",
  "UnauthorizedOperation",
]);
const noConnection: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
  "TimeoutError",
]);

/** The text of an SDK's error is not shown: it can contain the command of a credential process. */
const noCredentials = (message: string): AwsFailure => {
  if (/\bsso\b/i.test(message))
    return {
      cause: "The SSO session of the AWS credentials has ended, or was never started.",
      fix: "Run `aws sso login`, with `--profile` if you use a profile.",
    };
  const [, profile] = /profile:? \[?([\w.@+-]{1,64})\]?/i.exec(message) ?? [];
  return profile === undefined
    ? {
        cause: "The AWS SDK found no credentials.",
        fix: "Set `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or run `aws sso login`.",
      }
    : {
        cause: `The AWS SDK found no credentials for the profile ${profile}.`,
        fix: "Set `AWS_PROFILE` to a profile of ~/.aws/config or ~/.aws/credentials.",
      };
};

const failureOf = (error: Error): AwsFailure | undefined => {
  const { name } = error;
  if (name === "CredentialsProviderError" || name === "TokenProviderError")
    return noCredentials(error.message);
  // only the SDK's errors have it
  if (!("$metadata" in error)) return undefined;
  if (name.startsWith("ExpiredToken"))
    return {
      cause: "The AWS credentials have expired.",
      fix: "Run `aws sso login`, or set new values of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.",
    };
  if (name === "RequestExpired" || name === "RequestTimeTooSkewed")
    return {
      cause: "The clock of this machine differs from AWS's clock by more than five minutes.",
      fix: "Set the clock of this machine, for example with NTP.",
    };
  if (invalidCredentials.has(name))
    return {
      cause: `AWS does not accept the credentials (${name}).`,
      fix: "Check `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.",
    };
  if (missingPermission.has(name)) {
    const [, action] = /to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message) ?? [];
    return {
      cause:
        action === undefined
          ? `The AWS credentials lack a permission (${name}).`
          : `The AWS credentials lack the permission ${action}.`,
      fix: "Add the permission to the user or the role, or use other credentials.",
    };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : name;
  if (!noConnection.has(code)) return undefined;
  return {
    cause: `AWS cannot be reached (${code}).`,
    fix: "Check the network, `--region`, `AWS_REGION` and `AWS_ENDPOINT_URL`.",
  };
};

/** The AWS failure that caused an error. Undefined: credentials, permissions and the network did not cause it. */
export const awsFailure = (error: unknown): AwsFailure | undefined => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const failure = failureOf(cause);
    if (failure !== undefined) return failure;
  }
  return undefined;
};
