import { type FieldDoc, rowSchema } from "./field-doc.ts";

/** A queue of a PBX on a day. */
export interface QueueRow {
  readonly id: string;
  readonly name: string;
  /** Extensions; null if the PBX does not return them. */
  readonly members: readonly string[] | null;
}

/** An agent of a PBX on a day. */
export interface AgentRow {
  readonly extension: string;
  readonly name: string;
  readonly department: string | null;
  readonly email: string | null;
}

export const queueFields: Readonly<Record<keyof QueueRow, FieldDoc>> = {
  id: { type: "text", nullable: false, says: "id of the queue in the PBX" },
  name: { type: "text", nullable: false, says: "name, as in `queue` of legs and calls" },
  members: {
    type: "json",
    nullable: true,
    says: "extensions that are in the queue. Null if the PBX does not return the members. For each PBX and day, the export reads the members of at most 200 queues, and stops after one minute. For the other queues, `members` is null",
  },
};

export const agentFields: Readonly<Record<keyof AgentRow, FieldDoc>> = {
  extension: { type: "text", nullable: false, says: "extension, as in `extension` of legs" },
  name: { type: "text", nullable: false, says: "name of the user" },
  department: { type: "text", nullable: true, says: "department" },
  email: {
    type: "text",
    nullable: true,
    says: "e-mail address; null unless the setting `export_emails` is true",
  },
};

/** Increase when a field changes its meaning or type; a new field does not increase them. */
export const queueVersion = 1;
export const agentVersion = 1;

export const queueSchema = (): object =>
  rowSchema({
    id: `queues-v${queueVersion}`,
    title: "A row of the dataset queues: a call queue of a PBX",
    fields: queueFields,
    required: Object.keys(queueFields),
    hasOthers: false,
  });

export const agentSchema = (): object =>
  rowSchema({
    id: `agents-v${agentVersion}`,
    title: "A row of the dataset agents: a user of a PBX with an extension",
    fields: agentFields,
    required: Object.keys(agentFields),
    hasOthers: false,
  });
