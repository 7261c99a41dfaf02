import { describe, expect, it } from "vitest";
import { emfMetrics, metricDocs, noMetrics } from "../lib/metrics.ts";

describe("metrics", () => {
  it("are lines that CloudWatch reads, without a dimension", () => {
    const lines: string[] = [];
    emfMetrics(
      "wildix-functions/dev",
      (line) => lines.push(line),
      () => 1_764_000_000_000,
    ).put({ days_exported: 1, rows_exported: 250 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("\n")).toBe(true);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      _aws: {
        Timestamp: 1_764_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: "wildix-functions/dev",
            Dimensions: [[]],
            Metrics: [
              { Name: "days_exported", Unit: "Count" },
              { Name: "rows_exported", Unit: "Count" },
            ],
          },
        ],
      },
      days_exported: 1,
      rows_exported: 250,
    });
  });
  it("say what they count", () => {
    for (const says of Object.values(metricDocs)) expect(says.length).toBeGreaterThan(10);
    expect(noMetrics.put({ days_exported: 1 })).toBeUndefined();
  });
});
