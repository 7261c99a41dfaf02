import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { ProductError } from "../errors.ts";

/**
 * The outputs of a deployment's stack by name, such as that of its table: AWS made the name up, so the stack is asked for it.
 * Throws CONFIG_MISSING where there is no such deployment in the region, it may not be looked at, or has no such output.
 */
export const stackOutputs = async (stage: string, region: string): Promise<(output: string) => string> => {
  const client = new CloudFormationClient({ region });
  const missing = (detail: string, cause?: unknown): ProductError =>
    new ProductError("CONFIG_MISSING", { field: "stage", detail, cause });
  const answer = await client
    .send(new DescribeStacksCommand({ StackName: `wildix-functions-${stage}` }))
    .catch((cause: unknown) => {
      const said = cause instanceof Error ? cause.name : "an error";
      throw missing(`no deployment "${stage}" is to be seen in ${region} (${said})`, cause);
    });
  const outputs = answer.Stacks?.[0]?.Outputs ?? [];
  return (output) => {
    const value = outputs.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
    if (value === undefined)
      throw missing(`the deployment "${stage}" in ${region} has no ${output}; deploy it anew`);
    return value;
  };
};
