import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { ProductError } from "../../errors.ts";
import { failureName } from "../failure-name.ts";

/**
 * Returns the outputs of a deployment's stack by name, for example the name of its table, which AWS chose.
 * Throws DEPLOYMENT_NOT_FOUND if the region has no such deployment, access is denied, or the output is missing.
 */
export const stackOutputs = async (stage: string, region: string): Promise<(output: string) => string> => {
  const client = new CloudFormationClient({ region });
  const missing = (detail: string, cause?: unknown): ProductError =>
    new ProductError("DEPLOYMENT_NOT_FOUND", { field: "--stage", detail, cause });
  const answer = await client
    .send(new DescribeStacksCommand({ StackName: `wildix-functions-${stage}` }))
    .catch((cause: unknown) => {
      const said = failureName(cause);
      throw missing(
        said === "ValidationError"
          ? `\`--stage\` must name a deployment in ${region}; got "${stage}"`
          : `CloudFormation did not describe the stack of the stage "${stage}" in ${region} (${said})`,
        cause,
      );
    });
  const outputs = answer.Stacks?.[0]?.Outputs ?? [];
  return (output) => {
    const value = outputs.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
    if (value === undefined)
      throw missing(`the stack of the stage "${stage}" in ${region} has no output ${output}`);
    return value;
  };
};
