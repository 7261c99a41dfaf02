/** Everything that is counted. No metric has a dimension: one for each PBX would cost more than all else (the log names it). */
export const metricDocs = {
  calls_placed: "calls that a PBX accepted",
  calls_refused: "calls that the toll guard, a cap or a switch refused",
  calls_unknown: "calls whose answer was lost",
  calls_given_up: "of these, calls that no row of history settled within 6 hours",
  breakers_opened: "callers whose calls were paused because they ran into caps again and again",
  audit_lines_lost: "audit lines that the audit log did not take; they stand in the function's log",
  days_exported: "PBX days whose manifest was written",
  rows_exported: "rows of these days",
  late_changed: "rows added, changed or removed since the day's manifest before",
  export_failures: "tries to export a PBX day that failed",
  days_buried: "messages for PBX days that died; the days are tried again later",
  days_missing: "PBXs without a manifest when their day's fleet report was written",
  pbxs_checked: "PBXs that the hourly check looked at",
  pbxs_unreachable: "of these, without an answer of a PBX",
  pbxs_refusing: "of these, refusing the credentials or the right to read history",
  pbxs_clock_wrong: "of these, with a clock more than 5 s off",
  pbxs_expiring: "of these, with credentials that end within 30 days",
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
