import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { ProductError } from "../errors.ts";

/**
 * An output of a deployment's stack, such as the name of its table: AWS made the name up, so the stack is asked for it.
 * Throws CONFIG_MISSING where there is no such deployment in the region, or it may not be looked at.
 */
export const stackOutput = async (stage: string, region: string, output: string): Promise<string> => {
  const client = new CloudFormationClient({ region });
  const missing = (detail: string, cause?: unknown): ProductError =>
    new ProductError("CONFIG_MISSING", { field: "stage", detail, cause });
  const answer = await client
    .send(new DescribeStacksCommand({ StackName: `wildix-functions-${stage}` }))
    .catch((cause: unknown) => {
      const said = cause instanceof Error ? cause.name : "an error";
      throw missing(`no deployment "${stage}" is to be seen in ${region} (${said})`, cause);
    });
  const value = answer.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
  if (value === undefined)
    throw missing(`the deployment "${stage}" in ${region} has no ${output}; deploy it anew`);
  return value;
};
