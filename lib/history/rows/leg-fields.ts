import { type FieldDoc, rowSchema } from "./field-doc.ts";
import type { knownFields, TypedFields } from "./rows.ts";

const original = (says: string): FieldDoc => ({ type: "text", nullable: true, says });
const local = (says: string): FieldDoc => ({ type: "local", nullable: true, says });
const nested = (says: string): FieldDoc => ({ type: "json", nullable: true, says });

/** The PBX's own fields. Sources: the vendor's manual and public clients. */
const originalDocs = {
  id: original(
    "row id; ids start again when a PBX is replaced, so pbxid, id and start together identify a row",
  ),
  start: local("start of the leg, in the PBX's local time"),
  answer: local("time of the answer; empty if the leg was not answered"),
  end: local("end of the leg"),
  src: original("source in the dialplan"),
  dst: original("destination in the dialplan"),
  from_number: original("number of the caller, as users see it"),
  from_name: original("name of the caller"),
  to_number: original("number of the called party, as users see it"),
  to_name: original("name of the called party"),
  billsec: original("seconds of talk time"),
  duration: original("seconds from start to end"),
  disposition: original("ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION; a voicemail has ANSWERED"),
  lastapp: original("last application, for example Dial, Queue or VoiceMail"),
  lastdata: original("arguments of the last application"),
  userfield: original("reference of a voicemail, recording or fax"),
  faxdata: original("data of a fax"),
  cost: original("cost, if the PBX calculates it"),
  organization: original("organisation of the other party"),
  channel: original("channel of the first leg"),
  dstchannel: original("channel of the second leg"),
  app: original("undocumented"),
  callclass: original("undocumented"),
  dest_type: original("undocumented"),
  dcontext: original("dialplan procedure"),
  pbxid: original(
    "serial number of the PBX that owns the row; in a network, a PBX can return rows of other PBXs",
  ),
  type: original("call or fax"),
  timezone: original("UTC offset of the local time, for example +0200"),
  attachments: nested("addresses of voicemail, recordings and faxes; the files are not exported"),
  tags: nested("tags of the call, set by users"),
} as const satisfies Record<(typeof knownFields)[number], FieldDoc>;

/** The fields that the export adds. */
const typedDocs = {
  start_utc: {
    type: "time",
    nullable: true,
    says: "`start` in UTC, by the row's own `timezone`; if it has none, by the PBX's zone",
  },
  answer_utc: {
    type: "time",
    nullable: true,
    says: "`answer` in UTC, by the same rule; if the clocks change during the leg, by the PBX's zone and `billsec`",
  },
  end_utc: {
    type: "time",
    nullable: true,
    says: "`end` in UTC, by the same rule; if the clocks change during the leg, by the PBX's zone and `duration`",
  },
  talk_seconds: { type: "integer", nullable: true, says: "`billsec` in whole seconds" },
  total_seconds: { type: "integer", nullable: true, says: "`duration` in whole seconds" },
  direction: {
    type: "text",
    nullable: true,
    values: ["inbound", "outbound", "internal", "transit"],
    says: "direction by `extension_pattern` (default 2 to 6 digits) and `own_numbers`; `transit`: neither caller nor called party matches",
  },
  unanswered: {
    type: "flag",
    nullable: true,
    says: "true if the leg is inbound and no person answered; voicemail does not count as an answer. An answered call can have many such legs",
  },
  voicemail: {
    type: "flag",
    nullable: false,
    says: "true if the leg ended in voicemail (`lastapp`), which the PBX calls ANSWERED",
  },
  fax: { type: "flag", nullable: false, says: "true if `type` is `fax`" },
  extension: {
    type: "text",
    nullable: true,
    says: "the extension that rang; otherwise the extension that called",
  },
  queue: { type: "text", nullable: true, says: "name of the queue that rang the phones" },
  trunk: {
    type: "text",
    nullable: true,
    says: "trunk of the leg: the peer of its channel that is not an extension",
  },
  other_e164: {
    type: "text",
    nullable: true,
    says: "number of the other side in E.164, for example +390212345678; national numbers need the setting `country`",
  },
  placed_by: {
    type: "text",
    nullable: true,
    says: "first 20 characters of the id of this product's call, if the PBX wrote it into the leg: see `call_marker`",
  },
} as const satisfies Record<keyof TypedFields, FieldDoc>;

/** Increases when a field of this product changes its meaning or type; a new field does not increase it. */
export const legVersion = 3;

const callIdDoc: FieldDoc = {
  type: "text",
  nullable: false,
  says: "id of the call in the dataset `calls`, of this day or of the day before",
};

export const originalFields: Readonly<Record<string, FieldDoc>> = originalDocs;
/** The fields that need only the row. */
export const typedFields: Readonly<Record<string, FieldDoc>> = typedDocs;
/** All fields that the export adds. */
export const addedFields: Readonly<Record<string, FieldDoc>> = { ...typedDocs, call_id: callIdDoc };
/** Every known field of an exported leg, in order. A leg can have more fields of its PBX. */
export const legFields: Readonly<Record<string, FieldDoc>> = { ...originalFields, ...addedFields };

/** Only the added fields are required: PBXs of different versions return different fields. */
export const legSchema = (): object =>
  rowSchema({
    id: `legs-v${legVersion}`,
    title: "A row of the dataset legs: one leg of a call",
    fields: legFields,
    required: Object.keys(addedFields),
    hasOthers: true,
  });
