/** Everything that is counted. No metric has a dimension: one for each PBX would cost more than all else (the log names it). */
export const metricDocs = {
  calls_placed: "calls that a PBX accepted",
  calls_refused: "calls that the toll guard, a cap or a switch refused",
  calls_unknown: "calls whose answer was lost",
  calls_given_up: "of these, calls that no row of history settled within 6 hours",
  breakers_opened: "callers whose calls were paused because they ran into caps again and again",
  audit_lines_lost: "audit lines that the audit log did not take; they stand in the function's log",
} as const;

export type MetricName = keyof typeof metricDocs;

export interface Metrics {
  put(values: Readonly<Partial<Record<MetricName, number>>>): void;
}

export const metricNamespace = "wildix-functions";

/** Metrics as CloudWatch reads them out of the log (embedded metric format); `write` gets whole lines. */
export const emfMetrics = (write: (line: string) => void, now: () => number): Metrics => ({
  put: (values) => {
    const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: "Count" }));
    const CloudWatchMetrics = [{ Namespace: metricNamespace, Dimensions: [[]], Metrics }];
    write(`${JSON.stringify({ _aws: { Timestamp: now(), CloudWatchMetrics }, ...values })}\n`);
  },
});

export const noMetrics: Metrics = { put: () => undefined };
