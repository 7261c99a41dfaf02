import { readFileSync } from "node:fs";
import { type PbxEvent, readEvent } from "../../../lib/callbacks/events/envelope.ts";

export type SampleName =
  | "call-completed"
  | "call-missed"
  | "call-start"
  | "call-update"
  | "call-end"
  | "call-live-progress"
  | "call-live-completed"
  | "presence-user"
  | "sms-status";

/** The JSON text of a sample: the shape of the vendor's documents, with numbers of our own. */
export const sampleText = (name: SampleName): string =>
  readFileSync(new URL(`../../fixtures/events/${name}.json`, import.meta.url), "utf8");

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Replaces values at every depth; undefined removes one. */
const merged = (value: unknown, change: unknown): unknown => {
  if (!isJson(change) || !isJson(value)) return change;
  const keys = new Set([...Object.keys(value), ...Object.keys(change)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, key in change ? merged(value[key], change[key]) : value[key]]),
  );
};

/** A sample with other values in its envelope, its data and its flow; `flows` replaces the only flow by several. */
export const sample = (
  name: SampleName,
  change: {
    readonly envelope?: Json;
    readonly data?: Json;
    readonly flow?: Json;
    readonly flows?: Json[];
  } = {},
): PbxEvent => {
  const event = JSON.parse(sampleText(name)) as Json & { data: Json & { flows?: Json[] } };
  const flows = (change.flows ?? [change.flow ?? {}]).map((each) => merged(event.data.flows?.[0], each));
  const data = merged(
    event.data.flows === undefined ? event.data : { ...event.data, flows },
    change.data ?? {},
  );
  const read = readEvent(JSON.stringify({ ...(merged(event, change.envelope ?? {}) as Json), data }));
  if (read === undefined) throw new Error(`${name} is unreadable`);
  return read;
};
