import { createHmac, hash } from "node:crypto";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A POST to `/` without a query. Names of headers in lower case. */
export interface UnsignedRequest {
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const algorithm = "AWS4-HMAC-SHA256";
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * Signs requests to one service in one region by AWS Signature Version 4, and returns all headers. The key of a day is cached.
 * Source: IAM user guide, "Create a signed AWS API request".
 */
export const requestSigner = (service: string, region: string) => {
  let kept: { readonly secret: string; readonly date: string; readonly key: Buffer } | undefined;
  const keyFor = (secret: string, date: string): Buffer => {
    if (kept?.secret !== secret || kept.date !== date) {
      const ofDay = hmac(`AWS4${secret}`, date);
      kept = { secret, date, key: [region, service, "aws4_request"].reduce(hmac, ofDay) };
    }
    return kept.key;
  };
  return (
    { host, headers, body }: UnsignedRequest,
    { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
    now: number,
  ): Record<string, string> => {
    const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
    const date = time.slice(0, 8);
    const scope = `${date}/${region}/${service}/aws4_request`;
    const signed: Record<string, string> = {
      ...headers,
      host,
      "x-amz-date": time,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${signed[name]}\n`).join("");
    const canonical = ["POST", "/", "", lines, names.join(";"), hash("sha256", body)].join("\n");
    const text = [algorithm, time, scope, hash("sha256", canonical)].join("\n");
    const signature = hmac(keyFor(secretAccessKey, date), text).toString("hex");
    return {
      ...signed,
      authorization: `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    };
  };
};
