import { formatOf } from "../../format-names.ts";
import type { Limits, WmsClient } from "../../wms/client.ts";
import { defined } from "../../wms/defined.ts";
import { WmsError } from "../../wms/errors.ts";
import type { CallQueue } from "../../wms/operations/call-queues.ts";
import type { Colleague } from "../../wms/operations/colleagues.ts";
import { partFormats } from "../parts/formats.ts";
import type { FinishedPart } from "../parts/parts.ts";
import { plainShape, type RowShape } from "../parts/row-shape.ts";
import { areThere, type DayState } from "../publication/day-state.ts";
import {
  type Manifest,
  type NameDataset,
  type NamesTable,
  nameDatasets,
  namesSchema,
  type Part,
  partKey,
} from "../publication/manifest.ts";
import {
  type AgentRow,
  agentFields,
  agentVersion,
  type QueueRow,
  queueFields,
  queueVersion,
} from "../rows/name-fields.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

/** What the manifest says of them. */
export type Names = Pick<Manifest["datasets"], NameDataset>;

/** Names that an earlier export of the day wrote, and their parts. */
export interface KeptNames {
  readonly tables: Names;
  readonly parts: readonly Part[];
}

/** The names of a day: those that were kept, and those that were read now. */
export interface DayNames {
  /** The tables with all their parts, once the new ones are committed. */
  tables(parts: readonly Part[]): Names;
  readonly parts: readonly FinishedPart[];
}

/** The names that stay when a day is exported again: those of that day are better than those of today. */
export const keptNames = (
  { manifest, checkpoint, parts }: DayState,
  { format = exportDefaults.format }: ExportJob,
): KeptNames => {
  const names: Names | undefined = manifest?.datasets ?? checkpoint?.progress?.names;
  const tables: { -readonly [D in NameDataset]?: NamesTable } = {};
  const kept: Part[] = [];
  for (const dataset of nameDatasets) {
    const table = names?.[dataset];
    if (table === undefined || "refused" in table || !areThere(table.parts, parts)) continue;
    if (table.parts.some(({ key }) => formatOf(key) !== format)) continue;
    tables[dataset] = table;
    kept.push(...table.parts);
  }
  return { tables: namesSchema.parse(tables), parts: kept };
};

type NamesClient = Pick<WmsClient, "callQueues" | "colleagues">;

/** Reads the names that are not kept, into parts that are not visible yet. A PBX that refuses them does not stop the day. */
export const readNames = async (
  { client, store, clock }: Pick<ExportPorts, "store" | "clock"> & { readonly client: NamesClient },
  job: ExportJob,
  kept: KeptNames,
): Promise<DayNames> => {
  const limits = defined({ signal: job.signal, timeoutMs: job.timeoutMs });
  const read_at = new Date(clock.now()).toISOString();
  const found: { dataset: NameDataset; part?: FinishedPart; refused?: string }[] = [];
  const add = async <Row>(
    dataset: NameDataset,
    shape: RowShape<Row>,
    read: () => Promise<readonly Row[]>,
  ): Promise<void> => {
    if (kept.tables[dataset] !== undefined) return;
    const rows = await refusable(read);
    if ("refused" in rows) found.push({ dataset, refused: rows.refused });
    else if (rows.length === 0) found.push({ dataset });
    else found.push({ dataset, part: await writePart(store, job, dataset, shape, rows) });
  };
  await add("queues", queueShape, () => readQueues(client, limits));
  await add("agents", agentShape, () => readAgents(client, limits, job.exportEmails === true));
  return {
    parts: found.flatMap(({ part }) => part ?? []),
    tables: (parts) => ({
      ...kept.tables,
      ...Object.fromEntries(
        found.map(({ dataset, part, refused }) => [
          dataset,
          refused === undefined
            ? {
                schema_version: versions[dataset],
                read_at,
                rows: part?.rows ?? 0,
                parts: parts.filter(({ key }) => key === part?.key),
              }
            : { refused },
        ]),
      ),
    }),
  };
};

const versions = { queues: queueVersion, agents: agentVersion } as const;
const queueShape = plainShape<QueueRow>("queue", queueFields);
const agentShape = plainShape<AgentRow>("agent", agentFields);

/** What was read, or the code of the error of a PBX that does not give it. An abort is not a refusal. */
const refusable = async <T>(read: () => Promise<T>): Promise<T | { readonly refused: string }> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WmsError && error.code !== "WMS_ABORTED") return { refused: error.code };
    throw error;
  }
};

const writePart = async <Row>(
  store: ExportPorts["store"],
  { day, pbx, csv, format = exportDefaults.format }: ExportJob,
  dataset: NameDataset,
  shape: RowShape<Row>,
  rows: readonly Row[],
): Promise<FinishedPart> => {
  const part = partFormats[format].open(shape, store, partKey(dataset, day, pbx, 1, format), undefined, csv);
  await part.write(rows);
  return part.finish();
};

const byText = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

const readQueues = async (client: NamesClient, limits: Limits): Promise<QueueRow[]> => {
  const rows: QueueRow[] = [];
  for (const { id, name } of await client.callQueues.list(limits)) {
    const queue = await refusable(() => client.callQueues.one(id, limits));
    rows.push({ id, name, members: queue === undefined || "refused" in queue ? null : membersOf(queue) });
  }
  return rows.sort((a, b) => byText(a.id, b.id));
};

/** Extensions of members such as `SIP/101`. */
const membersOf = ({ raw }: CallQueue): string[] | null => {
  const { members } = raw;
  if (!Array.isArray(members)) return null;
  const found = members.flatMap((member: unknown) => {
    const text =
      typeof member === "object" && member !== null && "stateInterface" in member
        ? member.stateInterface
        : member;
    const extension = typeof text === "string" ? /^(?:[^/]+\/)?([^/@]+)/.exec(text)?.[1] : undefined;
    return extension ?? [];
  });
  return [...new Set(found)].sort(byText);
};

const readAgents = async (client: NamesClient, limits: Limits, withEmail: boolean): Promise<AgentRow[]> => {
  const colleagues = await client.colleagues.list(limits);
  return colleagues
    .filter(({ extension }) => extension !== "")
    .map((colleague) => agentOf(colleague, withEmail))
    .sort((a, b) => byText(a.extension, b.extension) || byText(a.name, b.name));
};

const agentOf = ({ extension, name, email, raw }: Colleague, withEmail: boolean): AgentRow => {
  const { department } = raw;
  return {
    extension,
    name,
    department: typeof department === "string" && department !== "" ? department : null,
    email: withEmail && email !== "" ? email : null,
  };
};
