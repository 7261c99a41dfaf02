import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export interface FakeSecret {
  readonly name: string;
  readonly value: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Secrets Manager's calls over its real protocol, on loopback. It lists so many at a time. */
export const startSecretsManager = async (
  secrets: FakeSecret[],
  pageSize = 2,
): Promise<{ client: SecretsManagerClient; calls: string[]; url: string; close: () => void }> => {
  const calls: string[] = [];
  const versions = new Map<string, Map<string, string>>();
  /** Secrets that can be restored. They are in no list, and nobody can read or change them. */
  const marked = new Map<string, FakeSecret>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).replace("secretsmanager.", "");
      const input: {
        SecretId?: string;
        NextToken?: string;
        Name?: string;
        SecretString?: string;
        ClientRequestToken?: string;
        VersionStage?: string;
        Tags?: readonly { readonly Key: string; readonly Value: string }[];
        TagKeys?: readonly string[];
      } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
      calls.push(action);
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(body));
      };
      if (action === "ListSecrets") {
        const at = Number(input.NextToken ?? 0);
        const page = secrets.slice(at, at + pageSize).map(({ name, tags = {} }) => ({
          Name: name,
          CreatedDate: 1_700_000_000,
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        }));
        return send(200, {
          SecretList: page,
          ...(at + pageSize < secrets.length ? { NextToken: String(at + pageSize) } : {}),
        });
      }
      const name = input.SecretId ?? input.Name ?? "";
      const found = secrets.find((secret) => secret.name === name);
      if (found?.value === "denied") return send(400, { __type: "AccessDeniedException", message: "no" });
      const gone = marked.get(name);
      if (gone !== undefined && action === "RestoreSecret") {
        marked.delete(name);
        secrets.push(gone);
        return send(200, { Name: name });
      }
      if (gone !== undefined && action !== "DescribeSecret")
        return send(400, {
          __type: "InvalidRequestException",
          message: "You can't perform this operation on the secret because it was marked for deletion.",
        });
      const missing = { __type: "ResourceNotFoundException", message: "none" };
      const exists = { __type: "ResourceExistsException", message: "another value has this id" };
      if (action === "DescribeSecret") {
        const described = found ?? gone;
        return described
          ? send(200, {
              Name: described.name,
              CreatedDate: 1_700_000_000,
              ...(gone === undefined ? {} : { DeletedDate: 1_700_000_001 }),
              Tags: Object.entries(described.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
            })
          : send(400, missing);
      }
      if (action === "DeleteSecret") {
        if (found === undefined) return send(400, missing);
        secrets.splice(secrets.indexOf(found), 1);
        marked.set(found.name, found);
        return send(200, { Name: found.name, DeletionDate: 1_800_000_000 });
      }
      if (action === "GetSecretValue") {
        const previous = input.VersionStage === "AWSPREVIOUS";
        const [VersionId, SecretString] = (found && [...versionsOf(found)].at(previous ? -2 : -1)) ?? [];
        return found && SecretString !== undefined
          ? send(200, { Name: found.name, SecretString: previous ? SecretString : found.value, VersionId })
          : send(400, missing);
      }
      if (found !== undefined && (action === "TagResource" || action === "UntagResource")) {
        const given = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
        const kept = Object.entries({ ...found.tags, ...given }).filter(
          ([key]) => !input.TagKeys?.includes(key),
        );
        secrets[secrets.indexOf(found)] = { ...found, tags: Object.fromEntries(kept) };
        return send(200, {});
      }
      if (action === "CreateSecret" && found) return send(400, exists);
      if (action === "PutSecretValue" && !found) return send(400, missing);
      const { SecretString: value = "", ClientRequestToken: id = "" } = input;
      const known = found ?? { name: input.Name ?? "", value };
      if (found === undefined) secrets.push(known);
      const standing = versionsOf(known);
      // the service keeps what an id was first given for, and does nothing when the same is asked again
      if ((standing.get(id) ?? value) !== value) return send(400, exists);
      if (!standing.has(id)) secrets[secrets.indexOf(known)] = { ...known, value };
      standing.set(id, value);
      return send(200, { Name: known.name, VersionId: id });
    });
  });
  const versionsOf = ({ name, value }: FakeSecret): Map<string, string> => {
    const known = versions.get(name) ?? new Map([["first", value]]);
    versions.set(name, known);
    return known;
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new SecretsManagerClient({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  return { client, calls, url, close: () => void server.close() };
};
