const { CloudFormationClient, DescribeStacksCommand } = require("@aws-sdk/client-cloudformation");

/** After `serverless remove`: names the resources that stay. */
class Kept {
  constructor(serverless, _options, { log }) {
    const provider = serverless.getProvider("aws");
    let kept = [];
    this.hooks = {
      "before:remove:remove": async () => {
        const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
        const command = new DescribeStacksCommand({ StackName: provider.naming.getStackName() });
        // the removal itself reports a stack that does not exist
        const answer = await client.send(command).catch(() => undefined);
        const outputs = answer?.Stacks?.[0]?.Outputs ?? [];
        const named = (key) => outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
        kept = [
          ["exports, in the bucket", "ExportBucket", named("ExportBucketName")],
          ["state, in the table", "StateTable", named("StateTableName")],
          ["audit lines of calls, in the log group", "AuditLog", named("AuditLogName")],
        ].filter(([, , name]) => name !== undefined);
      },
      "after:remove:remove": () => {
        for (const [what, , name] of kept) log.notice(`Kept: the ${what} ${name}`);
        log.notice("Kept: the secrets of the PBXs (see `wildix secret list`)");
        const adopted = kept.map(([, kind, name]) => ` --adopt ${kind}=${name}`).join("");
        log.notice("To delete them, use the AWS console or the AWS CLI.");
        log.notice(
          "A new deployment of this stage uses the same secrets. To use the other resources again, run:",
        );
        log.notice(`npm run deploy -- --stage ${provider.getStage()}${adopted}`);
      },
    };
  }
}

module.exports = Kept;
