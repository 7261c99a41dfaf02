import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import { type StateItem, type StateKey, type StateStore, stateSeconds } from "../state.ts";
import type { Clock } from "../wms/clock.ts";
import { failureName } from "./failure-name.ts";

type Attributes = Record<string, AttributeValue>;

/** Every attribute by a placeholder: `partition`, `value` and `count` are words that DynamoDB reserves. */
const names = {
  "#partition": "partition",
  "#id": "id",
  "#value": "value",
  "#version": "version",
  "#expires": "expires_at",
  "#count": "count",
};
const namesIn = (expression: string): Record<string, string> =>
  Object.fromEntries(Object.entries(names).filter(([name]) => expression.includes(name)));

const absent = "attribute_not_exists(#partition) OR #expires <= :now";
const unchanged = "#version = :expected AND (attribute_not_exists(#expires) OR #expires > :now)";

/**
 * The state in one DynamoDB table: `partition` (hash), `id` (range), `value` (JSON text), `version`, `expires_at` (TTL),
 * counters with `count` in separate partitions. Reads are consistent, writes conditional on one item. DynamoDB deletes
 * expired items days later, so every condition compares the time itself.
 */
export const dynamoState = (client: DynamoDBClient, table: string, clock: Pick<Clock, "now">): StateStore => {
  const now = (): AttributeValue => ({ N: String(stateSeconds(clock.now())) });
  const conditional = (condition: string, values: Attributes) => ({
    TableName: table,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ExpressionAttributeValues: values,
  });
  const read = async (key: StateKey): Promise<Attributes | undefined> => {
    const command = new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true });
    const { Item } = await available(() => client.send(command));
    return Item;
  };
  const isStanding = (item: Attributes): boolean =>
    item["expires_at"]?.N === undefined || Number(item["expires_at"].N) > stateSeconds(clock.now());

  return {
    read: async <T>(key: StateKey) => {
      const item = await read(key);
      return item !== undefined && isStanding(item) ? toItem<T>(item) : undefined;
    },
    write: async (key, value, expect, expiresAt) => {
      const text = JSON.stringify(value);
      const version = randomUUID();
      const command = new PutItemCommand({
        ...("absent" in expect
          ? conditional(absent, { ":now": now() })
          : conditional(unchanged, { ":now": now(), ":expected": { S: expect.version } })),
        Item: {
          ...keyOf(key),
          value: { S: text },
          version: { S: version },
          ...(expiresAt === undefined ? {} : { expires_at: { N: String(expiresAt) } }),
        },
      });
      const isOurs = async (): Promise<boolean> => (await read(key))?.["version"]?.S === version;
      const written = await met(() => client.send(command), isOurs);
      return written ? { id: key.id, value: JSON.parse(text), version, expiresAt } : undefined;
    },
    remove: (key, { version }) => {
      const values = { ":now": now(), ":expected": { S: version } };
      return met(() =>
        client.send(new DeleteItemCommand({ ...conditional(unchanged, values), Key: keyOf(key) })),
      ).then((response) => response !== undefined);
    },
    count: async (key, { by, limit, expiresAt }) => {
      if (limit !== undefined && by > limit) return undefined;
      const at = now();
      const update = async (change: string, condition: string, values: Attributes) => {
        const response = await met(() =>
          client.send(
            new UpdateItemCommand({
              ...conditional(condition, { ":by": { N: String(by) }, ":now": at, ...values }),
              ExpressionAttributeNames: namesIn(change + condition),
              Key: keyOf(counterOf(key)),
              UpdateExpression: change,
              ReturnValues: "UPDATED_NEW",
            }),
          ),
        );
        return response?.Attributes?.["count"]?.N;
      };
      const expires = { ":expires": { N: String(expiresAt) } };
      // the first count of a counter is the same request
      const change =
        "SET #count = if_not_exists(#count, :zero) + :by, #expires = if_not_exists(#expires, :expires)";
      const values = { ":zero": { N: "0" }, ...expires };
      const increase = () =>
        limit === undefined
          ? update(change, "attribute_not_exists(#partition) OR #expires > :now", values)
          : update(change, "attribute_not_exists(#partition) OR (#expires > :now AND #count <= :room)", {
              ...values,
              ":room": { N: String(limit - by) },
            });
      const beginAgain = () => update("SET #count = :by, #expires = :expires", "#expires <= :now", expires);
      // a second increase, because another process may have created the counter in between; all conditions use the same time
      const count = (await increase()) ?? (await beginAgain()) ?? (await increase());
      return count === undefined ? undefined : Number(count);
    },
    counted: async (key) => {
      const item = await read(counterOf(key));
      return item !== undefined && isStanding(item) ? Number(item["count"]?.N ?? 0) : 0;
    },
    list: async function* <T>(partition: string, after?: string, before?: string) {
      // DynamoDB refuses a range whose ends are in the wrong order
      if (
        after !== undefined &&
        before !== undefined &&
        Buffer.compare(Buffer.from(after), Buffer.from(before)) >= 0
      )
        return;
      const bounds = rangeOf(after, before);
      const condition = ["#partition = :partition", ...bounds.conditions].join(" AND ");
      let from: Attributes | undefined;
      do {
        const command = new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: condition,
          ExpressionAttributeNames: namesIn(condition),
          ExpressionAttributeValues: {
            ":partition": { S: partition },
            ...bounds.values,
          },
          ...defined({ ExclusiveStartKey: from }),
        });
        const page = await available(() => client.send(command));
        for (const item of page.Items ?? []) {
          const id = item["id"]?.S;
          if (isStanding(item) && id !== after && id !== before) yield toItem<T>(item);
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
};

/** The condition on the range key. BETWEEN includes both ends, and a key can have only one condition, so `list` removes the ends. */
const rangeOf = (
  after: string | undefined,
  before: string | undefined,
): { conditions: readonly string[]; values: Attributes } => {
  if (after === undefined && before === undefined) return { conditions: [], values: {} };
  if (before === undefined) return { conditions: ["#id > :after"], values: { ":after": { S: after ?? "" } } };
  if (after === undefined) return { conditions: ["#id < :before"], values: { ":before": { S: before } } };
  return {
    conditions: ["#id BETWEEN :after AND :before"],
    values: { ":after": { S: after }, ":before": { S: before } },
  };
};

const keyOf = ({ partition, id }: StateKey): Attributes => ({ partition: { S: partition }, id: { S: id } });

const counterOf = ({ partition, id }: StateKey): StateKey => ({ partition: `count:${partition}`, id });

const toItem = <T>(item: Attributes): StateItem<T> => ({
  id: item["id"]?.S ?? "",
  value: JSON.parse(item["value"]?.S ?? "null"),
  version: item["version"]?.S ?? "",
  expiresAt: item["expires_at"]?.N === undefined ? undefined : Number(item["expires_at"].N),
});

/**
 * Returns the answer to a conditional write, or undefined if its condition was not met. After a lost answer the SDK sends the write
 * again. The condition can then fail because the first write succeeded: `otherwise` finds out.
 */
const met = <T, U = undefined>(
  act: () => Promise<T>,
  otherwise: () => Promise<U | undefined> = async () => undefined,
): Promise<T | U | undefined> =>
  available(() =>
    act().catch((cause: unknown) => {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
      return (cause.$metadata.attempts ?? 1) > 1 ? otherwise() : undefined;
    }),
  );

const available = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    throw new ProductError("STATE_UNAVAILABLE", {
      detail: `DynamoDB did not respond: ${failureName(cause)}`,
      cause,
    });
  }
};
