import type { WmsClient } from "../../lib/wms/client.ts";

const missing = (): never => {
  throw new Error("this operation is not modelled");
};

/** A client of a PBX that has only these operations. */
export const pbxClient = (own: Partial<WmsClient>): WmsClient => ({
  request: missing,
  originate: missing,
  callQueues: { list: missing, one: missing },
  colleagues: { list: missing, byEmail: missing },
  historyPage: missing,
  sounds: { list: missing, create: missing, exists: missing },
  version: missing,
  ...own,
});
