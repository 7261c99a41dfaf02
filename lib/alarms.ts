/** Sends notifications to the operators. Adapters: lib/aws/sns-alarms.ts; on a laptop, the log. Throws ALARMS_UNAVAILABLE. */
export interface Alarms {
  /** `subject` is one line. `text` is the whole message. */
  notify(subject: string, text: string): Promise<void>;
}

/** The subject of a notification, with the stage of the deployment; none on a laptop. */
export const subjectOfStage = (stage: string | undefined, subject: string): string =>
  stage ? `${stage}: ${subject}` : subject;

/** The option with which a command of a notification reaches the deployment. */
export const optionOfStage = (stage: string | undefined): string => (stage ? ` --stage ${stage}` : "");
