import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";
import type { AuditLog } from "../calls/guard/audit.ts";

/**
 * The audit log in a separate log group. A function writes its usual lines into only one group, whose retention is that of
 * all its lines; so these are put into the other one by the API, a request each. A subscription that copies them would need a
 * second function and could be removed without anybody noticing that lines are missing; here each line is known to be kept.
 */
export const cloudWatchAudit = (client: CloudWatchLogsClient, group: string, stream: string): AuditLog => {
  const where = { logGroupName: group, logStreamName: stream };
  let made: Promise<unknown> | undefined;
  const makeStream = (): Promise<unknown> =>
    client.send(new CreateLogStreamCommand(where)).catch((cause: unknown) => {
      if (!(cause instanceof ResourceAlreadyExistsException)) throw cause;
    });
  const open = async (): Promise<void> => {
    made ??= makeStream();
    try {
      await made;
    } catch (cause) {
      // the next line tries again
      made = undefined;
      throw cause;
    }
  };
  return {
    open,
    write: async (line) => {
      await open();
      const event = { timestamp: Date.parse(line.at), message: JSON.stringify(line) };
      const { rejectedLogEventsInfo: rejected } = await client.send(
        new PutLogEventsCommand({ ...where, logEvents: [event] }),
      );
      if (rejected !== undefined) throw new Error("CloudWatch Logs rejected the line");
    },
  };
};
