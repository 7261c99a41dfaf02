import { awsStorePorts } from "../lib/aws/store-ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { type ExportSummary, exportNight, readExportEvent } from "../lib/history/export-night.ts";
import type { Handler, StorePorts } from "../lib/ports.ts";

/** Every night: yesterday's call history of each PBX, in its own zone; or one day of one PBX, `{pbx, day}`. */
export const exportHistory =
  (ports: StorePorts): Handler<unknown, ExportSummary> =>
  async (event, invocation) =>
    exportNight(ports, readExportEvent(event), invocation.getRemainingTimeInMillis());

export const handler = onLambda(exportHistory, awsStorePorts);
