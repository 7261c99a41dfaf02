import type { SQSBatchResponse } from "aws-lambda";
import type { LocalPorts } from "../../lib/local/ports.ts";
import { errorFields } from "../../lib/log.ts";
import { isStop } from "../terminal/output.ts";
import { invoke } from "./functions.ts";

const minute = 60_000;
/** How often events that webhooks queued are taken, ms. */
const eventsEvery = 250;

/** What runs beside the HTTP API: events are taken as they come, and callbacks are swept at every full minute. */
export const startBackground = (ports: LocalPorts): { stop(): Promise<void> } => {
  const { clock, log } = ports;
  const stopped = new AbortController();
  const repeat = async (what: string, wait: () => number, act: () => Promise<unknown>): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await clock.sleep(wait(), stopped.signal);
        await act();
      } catch (error) {
        if (stopped.signal.aborted || isStop(error)) return;
        log.warn(`${what} failed`, errorFields(error));
      }
    }
  };
  const running = [
    repeat(
      "taking events",
      () => eventsEvery,
      () =>
        ports.events.deliver(async (record) => {
          const answer = (await invoke("events", ports, { Records: [record] })) as SQSBatchResponse;
          return answer.batchItemFailures.length === 0;
        }),
    ),
    repeat(
      "the sweep of callbacks",
      () => minute - (clock.now() % minute),
      () => invoke("sweep-callbacks", ports, {}),
    ),
  ];
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
};
