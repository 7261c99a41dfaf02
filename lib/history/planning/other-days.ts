import * as z from "zod/mini";
import { type Alarms, optionOfStage, subjectOfStage } from "../../alarms.ts";
import { defined } from "../../defined.ts";
import type { FormatName } from "../../format-names.ts";
import { asRead, type StateStore } from "../../state.ts";
import type { Day } from "../calendar/local-days.ts";
import { type DayKind, isOfTable, kindName } from "../publication/day-kind.ts";

/** Exported PBX days that the tables of new days cannot read. */
export interface OtherDays {
  readonly first: Day;
  readonly last: Day;
  /** PBX days by kind, for example `ndjson`, `ndjson of version 1`. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Counts exported days of another format or layout than new ones. */
export class OtherDaysCount {
  readonly #format: FormatName;
  readonly #kinds: Record<string, number> = {};
  readonly #days = new Set<Day>();

  constructor(format: FormatName) {
    this.#format = format;
  }

  /** An exported day of one PBX. */
  add(day: Day, kind: DayKind | undefined): void {
    if (isOfTable(kind, this.#format)) return;
    const name = kindName(kind);
    this.#kinds[name] = (this.#kinds[name] ?? 0) + 1;
    this.#days.add(day);
  }

  get found(): OtherDays | undefined {
    const days = [...this.#days].sort();
    const [first] = days;
    return first === undefined ? undefined : { first, last: days.at(-1) ?? first, kinds: this.#kinds };
  }
}

export interface NotifyOtherDaysPorts {
  readonly state: Pick<StateStore, "read" | "write">;
  readonly alarms: Alarms;
  readonly config: { readonly stage: string | undefined; readonly format: FormatName };
}

const noteKey = { partition: "exports/notes", id: "other-days" };
/** For which format the operators were notified of other days. Absent: of none, or the days are rewritten. */
const noteSchema = z.strictObject({ format: z.optional(z.string()) });

/**
 * Notifies the operators once if exported days have another format or layout than new ones, and once when all are rewritten. The
 * note is written before the notification, and only if no other run wrote it, so that of two runs only one notifies.
 * Returns whether it notified. Throws STATE_UNAVAILABLE, ALARMS_UNAVAILABLE.
 */
export const notifyOtherDays = async (
  { state, alarms, config }: NotifyOtherDaysPorts,
  others: OtherDays | undefined,
): Promise<boolean> => {
  const { format, stage } = config;
  const item = await state.read(noteKey);
  const before = item === undefined ? undefined : noteSchema.parse(item.value).format;
  const now = others === undefined ? undefined : format;
  if (before === now) return false;
  const note = defined({ format: now });
  const written = await state.write(noteKey, note, asRead(item));
  if (written === undefined) return false;
  try {
    await alarms.notify(...(others === undefined ? rewritten(format, stage) : mixed(others, format, stage)));
  } catch (error) {
    // the next run notifies
    await state.write(noteKey, item === undefined ? {} : item.value, { version: written.version });
    throw error;
  }
  return true;
};

type Message = [subject: string, text: string];
const rewritten = (format: FormatName, stage: string | undefined): Message => [
  subjectOfStage(stage, `All exported days have the format ${format}`),
  `The days that had another format or the old layout are now exported as ${format}, or are too old to be exported again.`,
];

const mixed = ({ first, last, kinds }: OtherDays, format: FormatName, stage: string | undefined): Message => {
  const lines = Object.entries(kinds).map(
    ([kind, count]) => `- ${kind}: ${count.toLocaleString("en-US")} PBX days`,
  );
  const range = `--from ${first} --to ${last}`;
  const option = optionOfStage(stage);
  const command = `wildix backfill${option} --force --format ${format} ${range}`;
  return [
    subjectOfStage(stage, "Exported days have two formats"),
    [
      `New days are exported as ${format}. These days from ${first} to ${last} have another format or the old layout, and one table cannot read both:`,
      lines.join("\n"),
      [
        `To see what is exported again, run \`${command} --dry-run\`. If older days have another format too, give an earlier \`--from\`.`,
        `To export them again, run \`${command}\`. \`wildix status${option}\` shows the progress.`,
        "To keep the format of these days, set `exportFormat` of the stage to this format again, and deploy.",
      ].join("\n"),
    ].join("\n\n"),
  ];
};
