import type { Pbx } from "../pbxs/pbxs.ts";
import type { Clock, Random } from "../wms/clock.ts";
import type { WmsClient } from "../wms/client.ts";
import type { DateFormat } from "../wms/local-time.ts";
import type { FormatName } from "./formats.ts";
import type { Day } from "./local-days.ts";
import type { RowSettings } from "./rows.ts";
import type { ExportStore } from "./store.ts";

export interface ExportPorts {
  readonly client: Pick<WmsClient, "historyPage">;
  readonly store: ExportStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ExportJob extends RowSettings {
  readonly day: Day;
  readonly dateFormat?: DateFormat;
  readonly rowsPerPart?: number;
  readonly pageSize?: number;
  readonly format?: FormatName;
  /** Fields that rows keep; default: all. */
  readonly columns?: readonly string[];
  /** Reads the day again even where its manifest stands. */
  readonly force?: boolean;
  /** The part to go on with, where an earlier run has handed it over. Default 1. */
  readonly part?: number;
  /** Milliseconds that are left; a day that needs more is handed over. Absent: there is no end. */
  readonly timeLeft?: () => number;
  readonly signal?: AbortSignal;
  /** Milliseconds for one page. */
  readonly timeoutMs?: number;
}

export const exportDefaults = { rowsPerPart: 250_000, format: "ndjson" } as const;

/** How the deployment wants its exports. */
export interface ExportSettings {
  readonly rowsPerPart: number;
  readonly format: FormatName;
  readonly columns: readonly string[] | undefined;
}

/** The job for a PBX's day, by the PBX's settings and the deployment's. */
export const jobFor = (
  { id, settings }: Pick<Pbx, "id" | "settings">,
  day: Day,
  zone: string,
  { rowsPerPart, format, columns }: ExportSettings,
): ExportJob => ({
  pbx: id,
  day,
  zone,
  rowsPerPart,
  format,
  ...(columns === undefined ? {} : { columns }),
  ...(settings.date_format === undefined ? {} : { dateFormat: settings.date_format }),
  ...(settings.extension_pattern === undefined ? {} : { extensionPattern: settings.extension_pattern }),
  ...(settings.own_numbers === undefined ? {} : { ownNumbers: settings.own_numbers }),
});
