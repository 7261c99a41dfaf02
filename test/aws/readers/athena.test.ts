import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { ofType, packagedTemplate } from "../../template/template.ts";
import { ensureVenv, inVenv, root } from "../support/venv.ts";

beforeAll(ensureVenv);

const failedOf = (queries: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(
    execFileSync(inVenv("python"), [join(root, "test/aws/readers/athena.py")], {
      input: JSON.stringify(queries),
      encoding: "utf8",
    }),
  );

it.each(["ndjson", "parquet"])(
  "the saved queries and views of the template are SQL of Athena (%s)",
  async (exportFormat) => {
    const template = await packagedTemplate({ exportFormat });
    const queries = Object.fromEntries(
      ofType(template, "AWS::Athena::NamedQuery").map(([, { Properties }]) => [
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
