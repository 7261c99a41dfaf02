import { region } from "./emulator.ts";
import { type Signer, signedFetch } from "./signed.ts";

/** The owner of the emulated account, who may do everything. */
export const owner: Signer = { region, keyId: "test", secret: "test" };

export const json = async (answer: Response): Promise<Record<string, unknown>> =>
  JSON.parse(await answer.text());

/** A call of a service that speaks AWS's JSON protocol, such as `("logs", "Logs_20140328.DescribeLogGroups", {})`. */
export const askService = async (
  endpoint: string,
  service: string,
  target: string,
  input: unknown,
): Promise<Record<string, unknown>> => {
  const answer = await signedFetch(owner, service, `${endpoint}/`, {
    method: "POST",
    headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${await answer.text()}`);
  return json(answer);
};
