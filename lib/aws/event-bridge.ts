import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { type Config, required } from "../config.ts";
import { ProductError } from "../errors.ts";
import type { EventBus } from "../event-bus.ts";
import { answersWithin } from "./client-options.ts";
import { failureName } from "./failure-name.ts";

/** EventBridge accepts 256 KB an entry: the detail, and some for its other fields. */
const largest = 255 * 1024;

/** An event bus of EventBridge. Its events have the source `wildix`, and the PBX as their resource. */
export const eventBridge = (client: EventBridgeClient, bus: string): EventBus => ({
  put: async ({ detailType, pbx, detail, at }) => {
    const Detail = JSON.stringify(detail);
    if (Buffer.byteLength(Detail) > largest) return false;
    const entry = {
      EventBusName: bus,
      Source: "wildix",
      DetailType: detailType.slice(0, 128),
      Resources: [pbx],
      Time: new Date(at),
      Detail,
    };
    let failed: string | undefined;
    try {
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
      failed = answer.FailedEntryCount
        ? (answer.Entries?.[0]?.ErrorCode ?? "an entry was refused")
        : undefined;
    } catch (cause) {
      const name = failureName(cause);
      throw new ProductError("EVENT_BUS_UNAVAILABLE", { detail: `EventBridge: ${name}`, cause });
    }
    if (failed !== undefined)
      throw new ProductError("EVENT_BUS_UNAVAILABLE", { detail: `EventBridge: ${failed}` });
    return true;
  },
});

/** The deployment's event bus. Throws CONFIG_MISSING. */
export const awsEventBus = (config: Pick<Config, "eventBus">): EventBus =>
  eventBridge(new EventBridgeClient(answersWithin(2_000)), required(config.eventBus, "WILDIX_EVENT_BUS"));
