import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { exportFormatOf } from "../../../scripts/stage-parameters.ts";
import { athenaFindings } from "../../template/athena.ts";
import { at, ofType, packagedTemplate, type Template } from "../../template/template.ts";
import { ensureVenv, inVenv, root } from "../support/venv.ts";

let templates: { readonly ndjson: Template; readonly parquet: Template };
beforeAll(async () => {
  await ensureVenv();
  // one after the other: the packager builds in a folder of the clone
  templates = {
    ndjson: await packagedTemplate(),
    parquet: await packagedTemplate({ exportFormat: "parquet", athenaScanGigabytes: "3" }),
  };
});

const failedOf = (queries: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(
    execFileSync(inVenv("python"), [join(root, "test/aws/readers/athena.py")], {
      input: JSON.stringify(queries),
      encoding: "utf8",
    }),
  );

it.each(["ndjson", "parquet"] as const)(
  "the saved queries and views of the template are SQL of Athena (%s)",
  (format) => {
    const queries = Object.fromEntries(
      ofType(templates[format], "AWS::Athena::NamedQuery").map(([, { Properties }]) => [
        String(Properties["Name"]),
        Properties["QueryString"],
      ]),
    );
    expect(Object.keys(queries).length).toBeGreaterThan(15);
    expect(failedOf(queries)).toEqual({});
  },
);

it("a query that is not SQL, or has a function that Athena lacks, is found", () => {
  const wrong = { word: "SELECT FROM WHERE", unknown: "SELECT quantile_cont_of(wait_seconds) FROM calls" };
  expect(Object.keys(Object(failedOf(wrong)))).toEqual(["word", "unknown"]);
});

it("the template reads times of Parquet as timestamps, and limits a query to the gigabytes of the parameter", () => {
  const { parquet } = templates;
  expect(athenaFindings("parquet")(parquet)).toEqual([]);
  expect(exportFormatOf(parquet)).toBe("parquet");
  const [[, group] = []] = ofType(parquet, "AWS::Athena::WorkGroup");
  expect(at(group?.Properties, "WorkGroupConfiguration")).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    BytesScannedCutoffPerQuery: 3 * 1024 ** 3,
  });
});
