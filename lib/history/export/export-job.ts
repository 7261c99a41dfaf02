import { defined } from "../../defined.ts";
import { type ErasedNumbers, readErased } from "../../erased-numbers.ts";
import { ProductError } from "../../errors.ts";
import type { FormatName } from "../../format-names.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { StateStore } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { WmsClient } from "../../wms/client.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import type { DateFormat } from "../../wms/local-time.ts";
import type { Day } from "../calendar/local-days.ts";
import type { GroupingSettings } from "../grouping/grouping.ts";
import type { CsvStyle } from "../parts/csv.ts";
import { legFields } from "../rows/leg-fields.ts";
import { rowSettingsOf } from "../rows/row-settings.ts";
import { partitionKeys } from "../rows/rows.ts";

export interface ExportPorts {
  readonly client: Pick<WmsClient, "historyPage" | "callQueues" | "colleagues">;
  readonly store: ExportStore;
  readonly clock: Clock;
  readonly random: Random;
  /** The lease of a run, ms: after a crash no other run gets the day for so long. @default 120_000 */
  readonly leaseMs?: number;
}

export interface ExportJob extends GroupingSettings {
  readonly pbx: string;
  readonly day: Day;
  readonly dateFormat?: DateFormat;
  /** The e-mail addresses of agents are exported. @default false */
  readonly exportEmails?: boolean;
  readonly rowsPerPart?: number;
  readonly pageSize?: number;
  readonly format?: FormatName;
  /** Fields that rows keep. @default all */
  readonly columns?: readonly string[];
  /** How CSV is written. */
  readonly csv?: CsvStyle;
  /** Numbers that rows must not have. */
  readonly erased?: ErasedNumbers;
  /** Reads the day again even if it has a manifest. */
  readonly force?: boolean;
  /** The part to continue with after the checkpoint of an earlier run. @default 1 */
  readonly part?: number;
  /** Milliseconds left. A day that needs more ends with a checkpoint. Absent: no limit. */
  readonly timeLeft?: () => number;
  readonly signal?: AbortSignal;
  /** Time-out of one page, ms. */
  readonly timeoutMs?: number;
}

export const exportDefaults = { rowsPerPart: 250_000, format: "ndjson" } as const;

/** The deployment's settings for exports. */
export interface ExportSettings {
  readonly rowsPerPart: number;
  readonly format: FormatName;
  /** Undefined or empty: all. */
  readonly columns: readonly string[] | undefined;
}

/** A row cannot be identified without these. */
const identifying = ["id", "start", "pbxid"];

/** The columns named, with those that every row needs, in the order of a row. Throws CONFIG_INVALID for an unknown column. */
const columnsOf = (named: readonly string[] | undefined): readonly string[] | undefined => {
  if (named === undefined || named.length === 0) return undefined;
  const fields = Object.keys(legFields);
  // the folders have these: a list that names them is right, and the file does not repeat them
  const known = [...fields, ...partitionKeys];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ProductError("CONFIG_INVALID", {
      field: "WILDIX_EXPORT_COLUMNS",
      detail: `\`WILDIX_EXPORT_COLUMNS\` must list columns of a leg; got ${unknown}. Use names from docs/legs-dataset.md.`,
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
  ...rowSettingsOf(settings, zone),
  rowsPerPart,
  format,
  ...defined({
    columns: columnsOf(named),
    dateFormat: settings.date_format,
    exportEmails: settings.export_emails,
  }),
});

/** The erased numbers of a PBX. Throws STATE_UNAVAILABLE. */
export const erasedOf = (
  state: Pick<StateStore, "list" | "read">,
  { id, settings }: Pick<Pbx, "id" | "settings">,
): Promise<ErasedNumbers> =>
  readErased(state, id, { country: settings.country, outsidePrefix: settings.outside_prefix });
