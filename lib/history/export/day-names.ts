import { atOnce } from "../../at-once.ts";
import { formatOf } from "../../format-names.ts";
import type { Limits, WmsClient } from "../../wms/client.ts";
import type { Clock } from "../../wms/clock.ts";
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

interface NamesPorts extends Pick<ExportPorts, "store" | "clock"> {
  readonly client: Pick<WmsClient, "callQueues" | "colleagues">;
}

/** Reads names beside the rows of the day, so that a PBX whose answers are slow takes no longer for them. */
export class NamesReading {
  readonly #read: () => Promise<DayNames>;
  readonly #stop = new AbortController();
  readonly #kept: KeptNames;
  #reading: Promise<DayNames> | undefined;

  constructor(ports: NamesPorts, job: ExportJob, kept: KeptNames) {
    const signals = [this.#stop.signal, ...(job.signal === undefined ? [] : [job.signal])];
    this.#read = () => readNames(ports, { ...job, signal: AbortSignal.any(signals) }, kept);
    this.#kept = kept;
  }

  /** The first call starts the requests. Throws the errors of the store and WMS_ABORTED. */
  finish(): Promise<DayNames> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  /** Starts the requests; `finish` throws their errors. */
  begin(): void {
    this.finish().catch(() => undefined);
  }

  /** Reads no more. Returns only the names that were kept if others are missing. */
  async stop(): Promise<DayNames> {
    this.#stop.abort();
    try {
      return (await this.#reading) ?? onlyKept(this.#kept);
    } catch {
      return onlyKept(this.#kept);
    }
  }

  /** Reads no more, and discards the parts. */
  async abort(): Promise<void> {
    await discard((await this.stop()).parts);
  }
}

const onlyKept = ({ tables }: KeptNames): DayNames => ({ parts: [], tables: () => tables });

const discard = (parts: readonly FinishedPart[]): Promise<unknown> =>
  Promise.allSettled(parts.map(({ staged }) => staged.abort()));

/** Reads the names that are not kept, into parts that are not visible yet. A PBX that refuses them does not stop the day. */
const readNames = async (
  { client, store, clock }: NamesPorts,
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
  const parts = (): FinishedPart[] => found.flatMap(({ part }) => part ?? []);
  let membersMissing = 0;
  try {
    await add("queues", queueShape, async () => {
      const read = await readQueues(client, limits, clock);
      membersMissing = read.membersMissing;
      return read.rows;
    });
    await add("agents", agentShape, () => readAgents(client, limits, job.exportEmails === true));
  } catch (error) {
    await discard(parts());
    throw error;
  }
  return {
    parts: parts(),
    tables: (committed) => ({
      ...kept.tables,
      ...Object.fromEntries(
        found.map(({ dataset, part, refused }) => [
          dataset,
          refused === undefined
            ? {
                schema_version: versions[dataset],
                read_at,
                rows: part?.rows ?? 0,
                parts: committed.filter(({ key }) => key === part?.key),
                ...(dataset === "queues" && membersMissing > 0 ? { members_missing: membersMissing } : {}),
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

const memberDefaults = {
  /** Queues whose members are asked for. A PBX has fewer. */
  mostQueues: 200,
  /** Requests at the same time: with those of the rows, which are two at most, a PBX has four. */
  atOnce: 2,
  /** For all queues together, ms. The names must not take the time of the day's legs. */
  patience: 60_000,
};

/** The queues, and the number of those whose members are not known: refused, or more than are asked for. */
const readQueues = async (
  client: NamesPorts["client"],
  limits: Limits,
  clock: Clock,
): Promise<{ readonly rows: QueueRow[]; readonly membersMissing: number }> => {
  const deadline = clock.now() + memberDefaults.patience;
  const queues = (await client.callQueues.list(limits)).toSorted((a, b) => byText(a.id, b.id));
  const members = new Map<CallQueue, string[] | null>();
  await atOnce(memberDefaults.atOnce, queues.slice(0, memberDefaults.mostQueues), async (listed) => {
    if (clock.now() >= deadline) return;
    const queue = await refusable(() => client.callQueues.one(listed.id, limits));
    if (queue !== undefined && !("refused" in queue)) members.set(listed, membersOf(queue));
  });
  return {
    rows: queues.map((queue) => ({
      id: queue.id,
      name: queue.name,
      members: members.get(queue) ?? null,
    })),
    membersMissing: queues.length - members.size,
  };
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

const readAgents = async (
  client: NamesPorts["client"],
  limits: Limits,
  withEmail: boolean,
): Promise<AgentRow[]> => {
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
