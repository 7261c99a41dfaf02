import { createRequire } from "node:module";
import { expect, it } from "vitest";

interface LifecycleRule {
  readonly Id: string;
  readonly Status: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
}
type Lifecycle = (given: {
  resolveVariable: (name: string) => Promise<unknown>;
}) => Promise<readonly LifecycleRule[]>;

const lifecycle: Lifecycle = createRequire(import.meta.url)("../../serverless/lifecycle.cjs");
const rulesWith = (days: unknown) =>
  lifecycle({ resolveVariable: async (name) => (name === "param:exportRetentionDays" ? days : "30") });

it("without a retention, no rule deletes current objects of the export", async () => {
  for (const days of [0, "0"])
    expect((await rulesWith(days)).map(({ Id }) => Id)).toEqual([
      "abort-uploads",
      "query-results",
      "old-versions",
    ]);
});

it("a retention deletes all folders of the export, and nothing else", async () => {
  const rules = (await rulesWith("400")).filter(({ Id }) => Id.startsWith("retention-"));
  expect(rules.map(({ Prefix }) => Prefix)).toEqual([
    ...["legs/", "calls/", "queues/", "agents/", "manifests/", "events/", "customers/"],
  ]);
  for (const rule of rules) expect(rule).toMatchObject({ Status: "Enabled", ExpirationInDays: 400 });
});
