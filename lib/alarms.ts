/** Tells people that something needs them. Adapters: lib/aws/sns-alarms.ts; on a laptop the log. Throws ALARMS_UNAVAILABLE. */
export interface Alarms {
  /** `subject` is one line, `text` what a person reads. */
  tell(subject: string, text: string): Promise<void>;
}
