import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Alarms } from "../alarms.ts";
import { ProductError } from "../errors.ts";
import { failureName } from "./failure-name.ts";

/** SNS refuses longer subjects, and characters that are not printable ASCII. */
const subjectLength = 100;

/** The alarm topic. */
export const snsAlarms = (sns: SNSClient, topicArn: string): Alarms => ({
  notify: async (subject, text) => {
    const line = subject.replace(/[^ -~]/g, "?");
    const Subject = line.length <= subjectLength ? line : `${line.slice(0, subjectLength - 3)}...`;
    try {
      await sns.send(new PublishCommand({ TopicArn: topicArn, Subject, Message: text }));
    } catch (cause) {
      const name = failureName(cause);
      throw new ProductError("ALARMS_UNAVAILABLE", { detail: `SNS: ${name}`, cause });
    }
  },
});
