import { createClient, type WmsClient } from "../../lib/wms/client.ts";
import type { TransportResult } from "../../lib/wms/sending/transport.ts";
import { connectionTo } from "./pbx.ts";
import { fakeClock, scripted } from "./scripted.ts";

/** A client of a PBX that gives these answers. */
export const clientOf = (...answers: TransportResult[]): WmsClient =>
  createClient({
    transport: scripted(answers).transport,
    clock: fakeClock(),
    random: () => 0.5,
    requestsPerSecond: 1000,
    credentials: { current: async () => connectionTo("https://pbx.example.com"), refresh: async () => false },
  });
