import { type Request, signedFetch } from "./signed.ts";

/** A request to a service of AWS. */
export interface Attempt extends Request {
  readonly service: string;
  readonly url: string;
}

/** A function that tries what it is told, with the rights of the role that it runs under. */
export const handler = async ({
  service,
  url,
  ...request
}: Attempt): Promise<{ status: number; body: string }> => {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const signer = {
    region: AWS_REGION ?? "",
    keyId: AWS_ACCESS_KEY_ID ?? "",
    secret: AWS_SECRET_ACCESS_KEY ?? "",
    ...(AWS_SESSION_TOKEN === undefined ? {} : { session: AWS_SESSION_TOKEN }),
  };
  const answer = await signedFetch(signer, service, url, request);
  return { status: answer.status, body: await answer.text() };
};
