import type { FieldDoc } from "../rows/field-doc.ts";
import type { TypedFields } from "../rows/rows.ts";

export type Outcome = "answered" | "voicemail" | "abandoned" | "busy" | "no_answer" | "failed" | "fax";

/** How the legs of a call were found, by the weakest rule that was needed: see `rules`. */
export type Certainty = "exact" | "channel" | "inferred";

/** One conversation: all legs of one caller. The names are those of the dataset `calls`. */
export interface Call {
  /** Made of the identity of the call's first leg: the same rows give the same id. */
  readonly call_id: string;
  /** ISO 8601, UTC; null if no leg has such a time. */
  readonly started_utc: string | null;
  readonly answered_utc: string | null;
  readonly ended_utc: string | null;
  /** The same times on the PBX's wall clock, as it writes them. */
  readonly started: string | null;
  readonly answered: string | null;
  readonly ended: string | null;
  readonly direction: TypedFields["direction"];
  readonly caller: string | null;
  readonly caller_e164: string | null;
  readonly caller_name: string | null;
  readonly called: string | null;
  readonly called_e164: string | null;
  readonly called_name: string | null;
  readonly did: string | null;
  readonly outcome: Outcome;
  readonly answered_by: string | null;
  readonly answered_by_name: string | null;
  readonly queue: string | null;
  readonly queues: readonly string[];
  readonly wait_seconds: number | null;
  readonly ring_seconds: number | null;
  readonly talk_seconds: number | null;
  readonly transfers: number;
  readonly transferred_to: string | null;
  readonly trunk: string | null;
  readonly placed_by: string | null;
  readonly leg_ids: readonly string[];
  readonly grouping: Certainty;
}

/** Increases when a field of a call changes its meaning or type; a new field does not increase it. */
export const callVersion = 1;

const text = (says: string): FieldDoc => ({ type: "text", nullable: true, says });
const time = (says: string): FieldDoc => ({ type: "time", nullable: true, says });
const local = (says: string): FieldDoc => ({ type: "local", nullable: true, says });
const integer = (says: string): FieldDoc => ({ type: "integer", nullable: true, says });
const one = <T extends string>(values: readonly T[], says: string): FieldDoc => ({
  type: "text",
  nullable: false,
  values,
  says,
});
const list = (says: string): FieldDoc => ({ type: "json", nullable: false, says });

/** Every field of a call, in order. */
export const callFields = {
  call_id: {
    type: "text",
    nullable: false,
    says: "id of the call, made of its first leg's `pbxid`, `id` and `start`; the same in every export of the same rows, and unique in a PBX",
  },
  started_utc: time("start of the first leg"),
  answered_utc: time("time at which the first person answered; null without an answer"),
  ended_utc: time("end of the last leg"),
  started: local(
    "`started_utc` in the PBX's local time; a call belongs to this day, even if it ends on the next",
  ),
  answered: local("`answered_utc` in the PBX's local time"),
  ended: local("`ended_utc` in the PBX's local time"),
  direction: {
    ...one(
      ["inbound", "outbound", "internal", "transit"],
      "by `extension_pattern` and `own_numbers`; a call that this product placed is outbound or internal; `transit`: from outside to outside, and nothing inside rang or answered",
    ),
    nullable: true,
  },
  caller: text(
    "number of the caller as the PBX writes it; for a call that was placed by Originate, the extension that rang first",
  ),
  caller_e164: text(
    "the same in E.164 by the PBX's `country`; null for an extension, a hidden number, or without `country`",
  ),
  caller_name: text("name of the caller"),
  called: text("number that the caller dialled: a DID, an extension, or a number outside"),
  called_e164: text("the same in E.164, by the same rule"),
  called_name: text("name of the called party, if the dialled number itself rang"),
  did: text("number that the caller dialled, if the call came from outside"),
  outcome: one(
    ["answered", "voicemail", "abandoned", "busy", "no_answer", "failed", "fax"] satisfies Outcome[],
    "`answered`: a person talked with the caller. `voicemail`: a mailbox answered, not a person. `abandoned`: the caller left a queue or a menu before an answer. `no_answer`: phones rang without an answer. `busy`. `failed`: no connection, or congestion. `fax`: a fax was received",
  ),
  answered_by: text("extension of the first person inside who answered; null for an outbound call"),
  answered_by_name: text("name of that person"),
  queue: text("name of the first queue"),
  queues: list("names of all queues, in order"),
  wait_seconds: integer(
    "seconds from `started` to the first person; without a person, to voicemail or fax; without these, to the end",
  ),
  ring_seconds: integer("seconds in which at least one phone rang, before the first person answered"),
  talk_seconds: integer("seconds that the caller talked with people, in total"),
  transfers: {
    type: "integer",
    nullable: false,
    says: "number of transfers of the caller after the first answer, including transfers without an answer",
  },
  transferred_to: text("number that the last transfer dialled"),
  trunk: text("trunk of the call"),
  placed_by: text(
    "start of the id of this product's call, if the PBX wrote it into a leg: see `call_marker`",
  ),
  leg_ids: list("`id` of each leg, in the order in which the PBX wrote them"),
  grouping: one(
    ["exact", "channel", "inferred"] satisfies Certainty[],
    "the weakest rule by which the legs were found. `exact`: an id of the PBX (`call_id_field`). `channel`: names of channels. `inferred`: numbers and times",
  ),
} as const satisfies Record<keyof Call, FieldDoc>;
