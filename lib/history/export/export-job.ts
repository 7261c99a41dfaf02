import { defined } from "../../defined.ts";
import { ProductError } from "../../errors.ts";
import type { FormatName } from "../../format-names.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { ExportStore } from "../../store/store.ts";
import type { WmsClient } from "../../wms/client.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import type { DateFormat } from "../../wms/local-time.ts";
import type { Day } from "../calendar/local-days.ts";
import { recordFields } from "../rows/call-record.ts";
import type { RowSettings } from "../rows/rows.ts";

export interface ExportPorts {
  readonly client: Pick<WmsClient, "historyPage">;
  readonly store: ExportStore;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a run that was killed keeps others from its day, ms. Default two minutes. */
  readonly holdMs?: number;
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
  /** Undefined or empty: all. */
  readonly columns: readonly string[] | undefined;
}

/** Without these a row could not be known again. */
const identifying = ["id", "start", "pbxid", "pbx"];

/** The columns as named, in the order of the record, with those that every row needs. Throws CONFIG_MISSING for one that no row has. */
const columnsOf = (named: readonly string[] | undefined): readonly string[] | undefined => {
  if (named === undefined || named.length === 0) return undefined;
  const fields = Object.keys(recordFields);
  const unknown = named.find((name) => !fields.includes(name));
  if (unknown !== undefined) {
    throw new ProductError("CONFIG_MISSING", {
      field: "WILDIX_EXPORT_COLUMNS",
      detail: `WILDIX_EXPORT_COLUMNS names "${unknown}", which no row has; docs/call-record.md lists what rows have`,
    });
  }
  return fields.filter((name) => named.includes(name) || identifying.includes(name));
};

/** The job for a PBX's day, by the PBX's settings and the deployment's. */
export const jobFor = (
  { id, settings }: Pick<Pbx, "id" | "settings">,
  day: Day,
  zone: string,
  { rowsPerPart, format, columns: named }: ExportSettings,
): ExportJob => ({
  pbx: id,
  day,
  zone,
  rowsPerPart,
  format,
  ...defined({
    columns: columnsOf(named),
    dateFormat: settings.date_format,
    extensionPattern: settings.extension_pattern,
    ownNumbers: settings.own_numbers,
    country: settings.country,
    outsidePrefix: settings.outside_prefix,
  }),
});
