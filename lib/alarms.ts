/** Sends notifications to the operators. Adapters: lib/aws/sns-alarms.ts; on a laptop, the log. Throws ALARMS_UNAVAILABLE. */
export interface Alarms {
  /** `subject` is one line. `text` is the whole message. */
  notify(subject: string, text: string): Promise<void>;
}
