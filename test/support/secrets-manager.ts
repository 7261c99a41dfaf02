import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export interface FakeSecret {
  readonly name: string;
  readonly value: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Secrets Manager's two calls over its real protocol, on loopback. */
export const startSecretsManager = async (
  secrets: FakeSecret[],
): Promise<{ client: SecretsManagerClient; calls: string[]; close: () => void }> => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).replace("secretsmanager.", "");
      const input: { SecretId?: string; NextToken?: string } = JSON.parse(
        Buffer.concat(chunks).toString() || "{}",
      );
      calls.push(action);
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(body));
      };
      if (action === "ListSecrets") {
        const at = Number(input.NextToken ?? 0);
        const page = secrets.slice(at, at + 2).map(({ name, tags = {} }) => ({
          Name: name,
          CreatedDate: 1_700_000_000,
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        }));
        return send(200, {
          SecretList: page,
          ...(at + 2 < secrets.length ? { NextToken: String(at + 2) } : {}),
        });
      }
      const found = secrets.find(({ name }) => name === input.SecretId);
      if (found?.value === "denied") return send(400, { __type: "AccessDeniedException", message: "no" });
      return found
        ? send(200, { Name: found.name, SecretString: found.value })
        : send(400, { __type: "ResourceNotFoundException", message: "none" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new SecretsManagerClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  return { client, calls, close: () => void server.close() };
};
