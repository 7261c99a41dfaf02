import { appendFile } from "node:fs/promises";
import type { EventBus } from "../event-bus.ts";

/** The event bus as a file of JSON lines, which only its owner may read: events contain phone numbers. */
export const eventFile = (path: string): EventBus => ({
  put: async ({ detailType, pbx, detail, at }) => {
    const line = {
      time: new Date(at).toISOString(),
      source: "wildix",
      "detail-type": detailType,
      pbx,
      detail,
    };
    await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    return true;
  },
});
