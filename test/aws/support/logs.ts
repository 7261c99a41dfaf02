import * as z from "zod/mini";
import { leaksIn } from "../../support/leaks.ts";
import { askService } from "./ask.ts";

const groupsSchema = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) });
const eventsSchema = z.object({
  events: z.array(z.object({ message: z.string() })),
  nextToken: z.optional(z.string()),
});

/** Every line that a function of the product has logged. */
export const logLines = async (endpoint: string): Promise<string[]> => {
  const ask = (target: string, input: unknown) =>
    askService(endpoint, "logs", `Logs_20140328.${target}`, input);
  const prefix = { logGroupNamePrefix: "/aws/lambda/wildix-functions-" };
  const { logGroups } = groupsSchema.parse(await ask("DescribeLogGroups", prefix));
  const lines: string[] = [];
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const page = eventsSchema.parse(await ask("FilterLogEvents", { logGroupName, nextToken }));
      lines.push(...page.events.map(({ message }) => message));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return lines;
};

/** Secrets and whole numbers in the logs. */
export const leaksInLogs = async (endpoint: string): Promise<string[]> =>
  (await logLines(endpoint)).flatMap((line) =>
    leaksIn(line).map((leak) => `${leak} in: ${line.slice(0, 200)}`),
  );
