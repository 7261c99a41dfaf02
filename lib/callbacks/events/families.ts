/** The types of events that Wildix documents, by family. */
const families = {
  call: ["call:start", "call:update", "call:end"],
  live: ["call:live:progress", "call:live:completed", "call:live:interrupted", "call:live:transcription"],
  analytics: ["call:completed", "call:transcription:completed"],
  conference: ["conference:live:progress", "conference:live:join"],
  presence: ["presence:user", "presence:telephony", "presence:conference"],
  sms: ["sms:status"],
} as const;

export type KnownEventType = (typeof families)[keyof typeof families][number];

const known: ReadonlySet<string> = new Set(Object.values(families).flat());

/** Whether Wildix documents this type. Others are kept and passed on as well. */
export const isKnownType = (type: string): type is KnownEventType => known.has(type);

/** The detail type under which an event goes to the event bus: `wildix.call.completed`. */
export const detailTypeOf = (type: string): string => `wildix.${type.replaceAll(":", ".")}`;
