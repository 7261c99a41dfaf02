/** All metrics. None has a dimension: one metric for each PBX would cost more than everything else. The log names the PBX. */
export const metricDocs = {
  requests_unauthorized: "requests of the HTTP API without a valid key or signature (401)",
  requests_failed:
    "requests of the HTTP API that failed in the deployment, and not at a PBX (500, or 503 of a service of AWS)",
  webhooks_unreadable: "signed webhooks whose body is not an event",
  webhooks_untimely: "signed webhooks older than 24 hours or more than 5 minutes ahead",
  events_taken: "events of PBXs that were accepted; repeated events are not counted",
  events_unknown: "of these, events of a type that is not known",
  events_unusable: "of these, events of a call without a number, or with impossible times",
  events_unsigned: "messages of the SQS transport without a valid signature",
  calls_placed: "calls that a PBX accepted",
  calls_refused: "calls that the guard, a cap, a caller pause or the kill switch refused",
  calls_unknown: "calls whose response was lost",
  calls_given_up: "of these, calls for which no leg was found in the call history within 6 hours",
  breakers_opened: "caller pauses: API keys of which caps refused many calls",
  audit_lines_lost: "audit lines that the audit log did not accept; they are in the function's log",
  callbacks_opened: "callbacks that were opened",
  callbacks_above_bound: "callbacks above 60 an hour for each PBX, which are listed and not dialled",
  callbacks_rang: "callbacks that rang an agent's phone",
  callbacks_closed: "callbacks that were closed",
  callbacks_talked: "of these, callbacks in which an agent and the caller were connected",
  callbacks_no_agent: "of these, callbacks for which no agent picked up",
  callbacks_unknown: "of these, callbacks with an unknown outcome",
  callbacks_agent_voicemail: "rings that an agent's voicemail answered",
  callback_sweeps: "sweeps over the callbacks that are due, one a minute",
  callback_pbxs_failed: "PBXs whose callbacks failed in a sweep, for example because the PBX did not respond",
  days_exported: "PBX days whose manifest was written",
  rows_exported: "rows of these days",
  late_changed: "rows added, changed or removed since the previous manifest of the day",
  export_failures: "failed attempts to export a PBX day",
  days_buried: "dead letters of PBX days; the days are retried later",
  plan_runs: "runs of the hourly plan of exports that finished",
  export_heartbeats:
    "messages of PBX days that a worker handled, and hourly plans that found nothing to export",
  days_missing: "PBXs without a manifest when their day's fleet report was written",
  check_runs: "runs of the hourly check of PBXs that finished",
  pbxs_checked: "PBXs that the hourly check looked at",
  pbxs_unreachable: "of these, PBXs that did not respond",
  pbxs_refusing: "of these, PBXs that refused the credentials or the permission to read history",
  pbxs_clock_wrong: "of these, PBXs whose clock is more than 5 s wrong",
  pbxs_expiring: "of these, PBXs whose credentials end within 30 days",
} as const;

export type MetricName = keyof typeof metricDocs;

export interface Metrics {
  put(values: Readonly<Partial<Record<MetricName, number>>>): void;
}

/**
 * Metrics as CloudWatch reads them out of the log (embedded metric format); `write` gets whole lines. The namespace is the
 * deployment's own: two in one account are not to count together.
 */
export const emfMetrics = (namespace: string, write: (line: string) => void, now: () => number): Metrics => ({
  put: (values) => {
    const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: "Count" }));
    const CloudWatchMetrics = [{ Namespace: namespace, Dimensions: [[]], Metrics }];
    write(`${JSON.stringify({ _aws: { Timestamp: now(), CloudWatchMetrics }, ...values })}\n`);
  },
});

export const noMetrics: Metrics = { put: () => undefined };
