import { type FieldDoc, rowSchema } from "./field-doc.ts";
import type { knownFields, TypedFields } from "./rows.ts";

const original = (says: string): FieldDoc => ({ type: "text", nullable: true, says });
const local = (says: string): FieldDoc => ({ type: "local", nullable: true, says });
const nested = (says: string): FieldDoc => ({ type: "json", nullable: true, says });

/** The PBX's own fields. Sources: the vendor's manual and public clients. */
const originalDocs = {
  id: original(
    "id of the leg. Ids start again when a PBX is replaced, so pbxid, id and start together identify a leg",
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
  billsec: original("seconds from the answer to the end of the leg"),
  duration: original("seconds from start to end"),
  disposition: original("ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION; a voicemail has ANSWERED"),
  lastapp: original("last application, for example Dial, Queue or VoiceMail"),
  lastdata: original("arguments of the last application"),
  userfield: original("reference of a voicemail, recording or fax"),
  faxdata: original("data of a fax"),
  cost: original("cost, if the PBX calculates it"),
  organization: original("organisation of the other party"),
  channel: original("channel on the side of the caller"),
  dstchannel: original("channel on the side of the called party"),
  app: original("undocumented"),
  callclass: original("undocumented"),
  dest_type: original("undocumented"),
  dcontext: original("context (part of the dialplan) of the leg"),
  pbxid: original(
    "serial number of the PBX that owns the leg. If several PBXs are linked in a Wildix network, a PBX can also return legs of the other PBXs",
  ),
  type: original("call or fax"),
  timezone: original("UTC offset of the local time, for example +0200"),
  attachments: nested("URLs of voicemail, recordings and faxes; the files are not exported"),
  tags: nested("tags of the call, set by users"),
} as const satisfies Record<(typeof knownFields)[number], FieldDoc>;

/** The fields that the export adds. */
const typedDocs = {
  start_utc: {
    type: "time",
    nullable: true,
    says: "`start` in UTC, computed with the UTC offset in the `timezone` of the leg. If the leg has none, it is computed with the PBX's time zone",
  },
  answer_utc: {
    type: "time",
    nullable: true,
    says: "`answer` in UTC, computed in the same way as `start_utc`. If daylight saving time begins or ends during the leg, it is computed from the PBX's time zone and `billsec`",
  },
  end_utc: {
    type: "time",
    nullable: true,
    says: "`end` in UTC, computed in the same way as `start_utc`. If daylight saving time begins or ends during the leg, it is computed from the PBX's time zone and `duration`",
  },
  talk_seconds: { type: "integer", nullable: true, says: "`billsec` in whole seconds" },
  total_seconds: { type: "integer", nullable: true, says: "`duration` in whole seconds" },
  direction: {
    type: "text",
    nullable: true,
    values: ["inbound", "outbound", "internal", "transit"],
    says: "the settings `extension_pattern` (default: 2 to 6 digits) and `own_numbers` decide which numbers belong to the PBX. If they match neither side, the phones in `channel` and `dstchannel` decide. A feature code such as `*97` belongs to the PBX. An emergency number, and one of `short_numbers`, is external if a trunk carries it. `transit`: neither the caller nor the called party belongs to the PBX. A caller with a hidden number, for example `000`, is not an extension",
  },
  unanswered: {
    type: "flag",
    nullable: true,
    says: "true if the leg is inbound and no person answered; voicemail does not count as an answer. An answered call can have many such legs",
  },
  voicemail: {
    type: "flag",
    nullable: false,
    says: "true if the leg ended in voicemail (`lastapp`). The PBX gives such a leg the disposition ANSWERED",
  },
  fax: { type: "flag", nullable: false, says: "true if `type` is `fax`" },
  extension: {
    type: "text",
    nullable: true,
    says: "extension that was called; if the called party is not an extension, the extension that called",
  },
  queue: {
    type: "text",
    nullable: true,
    says: "name of the queue that rang the phones: the first argument in `lastdata`, without quotes around it",
  },
  trunk: {
    type: "text",
    nullable: true,
    says: "name of the trunk: the peer in `channel` or `dstchannel` that is not an extension. In the channel of an ISDN line, for example `DAHDI/i1/0212345678-2a`, it is `i1`",
  },
  other_e164: {
    type: "text",
    nullable: true,
    says: "number of the external party in E.164, for example +390212345678; a national number needs the setting `country`",
  },
  placed_by: {
    type: "text",
    nullable: true,
    says: "first 20 characters of the id in `GET /calls/{id}`, if this product placed the call and the PBX wrote the id into the leg (setting `call_marker`)",
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
