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
    says: "id of the call, computed from the `pbxid`, `id` and `start` of its first leg. It is the same in every export of the same legs, and unique in a PBX",
  },
  started_utc: time("start of the first leg"),
  answered_utc: time("time at which the first person answered; null without an answer"),
  ended_utc: time("end of the last leg"),
  started: local(
    "`started_utc` in the PBX's local time; the date of this time is the day of the call, even if the call ends on the next day",
  ),
  answered: local("`answered_utc` in the PBX's local time"),
  ended: local("`ended_utc` in the PBX's local time"),
  direction: {
    ...one(
      ["inbound", "outbound", "internal", "transit"],
      "the settings `extension_pattern` and `own_numbers` decide which numbers belong to the PBX, as for [legs](legs-dataset.md). A call that this product placed is `outbound` or `internal`; if legs have no channels, and the extension did not answer, it is `inbound`. `transit`: both parties are external, and no extension rang or answered",
    ),
    nullable: true,
  },
  caller: text(
    "number of the caller as the PBX writes it, without the other parts of a SIP address. If a colleague shows the number of the company: the extension. For a call that a program requested (Originate): the extension that rang first",
  ),
  caller_e164: text(
    "`caller` in E.164, by the setting `country` of the PBX; null for an extension, for a hidden number, and if `country` is not set",
  ),
  caller_name: text("name of the caller"),
  called: text("number that the caller dialled: a DID, an extension, or an external number"),
  called_e164: text("`called` in E.164, by the same rule as `caller_e164`"),
  called_name: text("name of the called party; null if another phone rang in place of the dialled number"),
  did: text("number that an external caller dialled"),
  outcome: one(
    ["answered", "voicemail", "abandoned", "busy", "no_answer", "failed", "fax"] satisfies Outcome[],
    "`answered`: a person talked with the caller, also in a conference, or a colleague used a function of the PBX, for example a mailbox. `voicemail`: a mailbox answered, not a person. `abandoned`: the caller left a queue or a menu before an answer. `no_answer`: phones rang without an answer. `busy`: the called party was busy. `failed`: no connection, or congestion. `fax`: a fax was received or sent",
  ),
  answered_by: text(
    "extension of the first person who answered, or the number of a phone outside. Null for a conference, and if the call is `outbound` or `transit`",
  ),
  answered_by_name: text("name of that person; null if the PBX wrote the name of another phone"),
  queue: text("name of the first queue"),
  queues: list("names of all queues, in order"),
  wait_seconds: integer(
    "seconds from `started` until the first person answered. If no person answered: until voicemail or fax answered. If nothing answered: until the end of the call",
  ),
  ring_seconds: integer(
    "number of seconds, before the first person answered, during which at least one phone rang",
  ),
  talk_seconds: integer("seconds that the caller talked with people, in total"),
  transfers: {
    type: "integer",
    nullable: false,
    says: "number of transfers of the caller after the first answer, including transfers without an answer",
  },
  transferred_to: text("number that the last transfer dialled"),
  trunk: text("trunk of the call"),
  placed_by: text(
    "first 20 characters of the id in `GET /calls/{id}`, if this product placed the call and the PBX wrote the id into a leg (setting `call_marker`)",
  ),
  leg_ids: list("`id` of each leg, in the order in which the PBX wrote them"),
  grouping: one(
    ["exact", "channel", "inferred"] satisfies Certainty[],
    "the weakest rule that linked the legs. `exact`: by an id of the PBX (`call_id_field`). `channel`: by names of channels. `inferred`: by numbers and times",
  ),
} as const satisfies Record<keyof Call, FieldDoc>;
