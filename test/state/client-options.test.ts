import { createServer } from "node:http";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, it, onTestFinished } from "vitest";
import { answersWithin } from "../../lib/aws/client-options.ts";
import { dynamoState } from "../../lib/aws/dynamo-state.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";

it("a service that hangs is given up, and tried again, within the time that it has", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const client = new DynamoDBClient({
    ...answersWithin(50),
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const reading = dynamoState(client, "table", systemClock).read({ partition: "p", id: "i" });
  // the client counts: on a busy machine the time can be up before the service sees the request
  await expect(reading).rejects.toMatchObject({
    code: "STATE_UNAVAILABLE",
    cause: { $metadata: { attempts: 3 } },
  });
});
