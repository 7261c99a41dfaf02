/** A stack that begins with the resources which a removed stack kept: CloudFormation imports them. */
import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type ResourceToImport,
  waitUntilChangeSetCreateComplete,
  waitUntilStackImportComplete,
} from "@aws-sdk/client-cloudformation";
import { ParameterError, type StackTemplate } from "./stage-parameters.ts";

/** Resources that a removed stack keeps, the property that names each, and a resource that belongs to it. */
const kinds = {
  ExportBucket: { type: "AWS::S3::Bucket", name: "BucketName" },
  StateTable: { type: "AWS::DynamoDB::Table", name: "TableName" },
  AuditLog: { type: "AWS::Logs::LogGroup", name: "LogGroupName" },
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds).join(", ");

const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);

/** Names by kind, from `--adopt ExportBucket=NAME`. Throws ParameterError. */
export const adoptions = (given: readonly string[]): ReadonlyMap<Kind, string> => {
  const found = new Map<Kind, string>();
  for (const pair of given) {
    const [, kind = "", name = ""] = /^(\w+)=([\w./-]+)$/.exec(pair) ?? [];
    if (!isKind(kind))
      throw new ParameterError(
        `\`--adopt\` must have the form KIND=NAME, where KIND is one of ${kindNames}; got ${pair.slice(0, 100)}.`,
      );
    if (found.has(kind)) throw new ParameterError(`\`--adopt\` must name one ${kind}; got two.`);
    found.set(kind, name);
  }
  return found;
};

/** The part of the template that is imported, and what each of its resources is in the account. */
export const importOf = (
  template: StackTemplate,
  adopted: ReadonlyMap<Kind, string>,
): { readonly template: StackTemplate; readonly resources: ResourceToImport[] } => {
  const resources: ResourceToImport[] = [...adopted].flatMap(([kind, name]) => {
    const own = {
      LogicalResourceId: kind,
      ResourceType: kinds[kind].type,
      ResourceIdentifier: { [kinds[kind].name]: name },
    };
    const policy = {
      LogicalResourceId: "ExportBucketPolicy",
      ResourceType: "AWS::S3::BucketPolicy",
      ResourceIdentifier: { Bucket: name },
    };
    // CloudFormation cannot create a policy for a bucket that has one
    return kind === "ExportBucket" ? [own, policy] : [own];
  });
  const names = resources.map(({ LogicalResourceId = "" }) => LogicalResourceId);
  const kept = Object.entries(template.Resources ?? {}).filter(([name]) => names.includes(name));
  return {
    template: { Metadata: template.Metadata, Resources: Object.fromEntries(kept) },
    resources,
  };
};

/** Creates the stack with the adopted resources. Throws ParameterError if CloudFormation refuses one; then there is no stack. */
export const adopt = async (
  client: CloudFormationClient,
  stack: string,
  template: StackTemplate,
  adopted: ReadonlyMap<Kind, string>,
): Promise<void> => {
  const part = importOf(template, adopted);
  const changeSet = { StackName: stack, ChangeSetName: "adopt" };
  const wait = { client, minDelay: 1, maxDelay: 10, maxWaitTime: 900 };
  await client.send(
    new CreateChangeSetCommand({
      ...changeSet,
      ChangeSetType: "IMPORT",
      TemplateBody: JSON.stringify(part.template),
      ResourcesToImport: part.resources,
    }),
  );
  try {
    await waitUntilChangeSetCreateComplete(wait, changeSet);
  } catch {
    const { StatusReason } = await client.send(new DescribeChangeSetCommand(changeSet));
    // only an empty stack in review exists
    await client.send(new DeleteStackCommand({ StackName: stack }));
    throw new ParameterError(
      `CloudFormation cannot import the resources of \`--adopt\`: ${StatusReason ?? "no reason given"}. Check the names; \`npm run remove\` printed them.`,
    );
  }
  await client.send(new ExecuteChangeSetCommand(changeSet));
  await waitUntilStackImportComplete(wait, { StackName: stack });
};
