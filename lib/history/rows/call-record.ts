import type { knownFields, TypedFields } from "./rows.ts";

export interface FieldDoc {
  /** `time`: ISO 8601 in UTC, a timestamp in Parquet. `json`: as the PBX nests it, JSON text in Parquet and CSV. */
  readonly type: "text" | "time" | "number" | "flag" | "json";
  readonly nullable: boolean;
  readonly values?: readonly string[];
  readonly says: string;
}

const original = (says: string): FieldDoc => ({ type: "text", nullable: true, says });
const nested = (says: string): FieldDoc => ({ type: "json", nullable: true, says });

/** The PBX's own fields. Sources: the vendor's manual and public clients; what nobody knows is said so. */
const originalDocs = {
  id: original("row id; ids restart where a PBX is replaced, so a row is known by pbxid, id and start"),
  start: original("when the leg began, the PBX's wall clock"),
  answer: original("when it was answered; empty where it was not"),
  end: original("when it ended"),
  src: original("the source as the dialplan saw it"),
  dst: original("the destination as the dialplan saw it"),
  from_number: original("who called, as users see it"),
  from_name: original("the caller's name"),
  to_number: original("who was called, as users see it"),
  to_name: original("the name of the called"),
  billsec: original("seconds talked"),
  duration: original("seconds from start to end"),
  disposition: original("ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION; voicemail reads ANSWERED"),
  lastapp: original("the last application, such as Dial, Queue or VoiceMail"),
  lastdata: original("what it was given"),
  userfield: original("reference of a voicemail, recording or fax"),
  faxdata: original("what is known of a fax"),
  cost: original("cost, where the PBX reckons it"),
  organization: original("the organisation of the other side"),
  channel: original("channel of the first leg"),
  dstchannel: original("channel of the second leg"),
  app: original("undocumented"),
  callclass: original("undocumented"),
  dest_type: original("undocumented"),
  dcontext: original("dialplan procedure"),
  pbxid: original("serial of the PBX whose row it is; in a network, rows of others may be among them"),
  type: original("call or fax"),
  timezone: original("offset of the wall clock, such as +0200"),
  attachments: nested("addresses of voicemail, recordings, faxes; no files"),
  tags: nested("tags that users gave the call"),
} as const satisfies Record<(typeof knownFields)[number], FieldDoc>;

/** The fields that a row gains. */
const typedDocs = {
  pbx: { type: "text", nullable: false, says: "the id under which the PBX is registered here" },
  start_utc: {
    type: "time",
    nullable: true,
    says: "`start` by the record's own `timezone`; where it has none, by the PBX's zone",
  },
  answer_utc: { type: "time", nullable: true, says: "`answer`, likewise" },
  end_utc: { type: "time", nullable: true, says: "`end`, likewise" },
  talk_seconds: { type: "number", nullable: true, says: "`billsec` as a number" },
  total_seconds: { type: "number", nullable: true, says: "`duration` as a number" },
  direction: {
    type: "text",
    nullable: true,
    values: ["inbound", "outbound", "internal", "transit"],
    says: "by `extension_pattern` (default 2 to 6 digits) and `own_numbers`; `transit` is neither from nor to one of them",
  },
  missed: { type: "flag", nullable: true, says: "inbound, and nobody picked up; voicemail is no answer" },
  voicemail: {
    type: "flag",
    nullable: false,
    says: "the call ended in voicemail (`lastapp`), which the PBX calls ANSWERED",
  },
  fax: { type: "flag", nullable: false, says: "`type` is `fax`" },
} as const satisfies Record<keyof TypedFields, FieldDoc>;

/** Rises when a field of this product changes its meaning or type; new fields do not raise it. */
export const recordVersion = 1;

/** Every field of a row of the export, in order; a row may have more that the PBX has and nobody knows yet. */
export const recordFields: Readonly<Record<string, FieldDoc>> = { ...originalDocs, ...typedDocs };
export const originalFields: Readonly<Record<string, FieldDoc>> = originalDocs;
export const typedFields: Readonly<Record<string, FieldDoc>> = typedDocs;

/** A row as JSON Schema (2020-12). Nothing is required but what this product adds: PBXs of different versions give different fields. */
export const recordSchema = (): object => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: `call-record-v${recordVersion}`,
  title: "A row of the call history export: one leg of a call",
  type: "object",
  properties: Object.fromEntries(Object.entries(recordFields).map(([name, doc]) => [name, propertyOf(doc)])),
  required: Object.keys(typedDocs),
  additionalProperties: true,
});

const jsonTypes = { text: "string", time: "string", number: "number", flag: "boolean" } as const;

const propertyOf = ({ type, nullable, values, says }: FieldDoc): object => ({
  description: says,
  // as the PBX nests it, in whatever form
  ...(type === "json" ? {} : { type: nullable ? [jsonTypes[type], "null"] : jsonTypes[type] }),
  ...(type === "time" ? { format: "date-time" } : {}),
  ...(values === undefined ? {} : { enum: nullable ? [...values, null] : values }),
});
