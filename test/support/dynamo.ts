import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

export interface Dynamo {
  /** A client of its own, as each Lambda has one. */
  client(options?: DynamoDBClientConfig): DynamoDBClient;
  readonly table: string;
  readonly url: string;
  close(): Promise<void>;
}

/** DynamoDB on loopback with the product's table. */
export const startDynamo = async (table = "wildix-state"): Promise<Dynamo> => {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients: DynamoDBClient[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dynamo: Dynamo = {
    table,
    url,
    client: (options = {}) => {
      const client = new DynamoDBClient({
        endpoint: url,
        region: "eu-central-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        ...options,
      });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await dynamo.client().send(
    new CreateTableCommand({
      TableName: dynamo.table,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "partition", KeyType: "HASH" },
        { AttributeName: "id", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "partition", AttributeType: "S" },
        { AttributeName: "id", AttributeType: "S" },
      ],
    }),
  );
  return dynamo;
};
