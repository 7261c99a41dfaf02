import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  chosenParameters,
  compareParameters,
  compareTemplates,
  exportFormatOf,
  formatChange,
  parameterRules,
  readStageFile,
  recordedParameters,
  splitArguments,
} from "../../scripts/stage-parameters.ts";

const file = "stages/prod.yml";
const { params } = parse(readFileSync("serverless.yml", "utf8").replaceAll(/\$\{[^}]*\}/g, "x")) as {
  params: { default: Record<string, string | number | boolean | null> };
};

describe("the rules of parameters", () => {
  it("are for each parameter of serverless.yml, and for no other", () => {
    expect(Object.keys(parameterRules).sort()).toEqual(Object.keys(params.default).sort());
  });
  it("accept the defaults", () => {
    expect(readStageFile(JSON.stringify(params.default), file)).toEqual(params.default);
  });
});

describe("a file of a stage", () => {
  it("has parameters as YAML", () => {
    const text =
      "# ours\nexportFormat: parquet\nstartDate: 2026-11-01\nprotectTable: true\noriginateConcurrency:\n";
    expect(readStageFile(text, file)).toEqual({
      exportFormat: "parquet",
      startDate: "2026-11-01",
      protectTable: true,
      originateConcurrency: null,
    });
    expect(readStageFile("", file)).toEqual({});
  });
  it.each([
    ["exportFormat: parqet", '`exportFormat` must be ndjson or parquet; got "parqet".'],
    [
      "exportFromat: parquet",
      "`exportFromat` is not a parameter of a deployment. Did you mean `exportFormat`?",
    ],
    ["exportWorkers: 1", '`exportWorkers` must be a whole number from 2 to 1000; got "1".'],
    [
      "startDate: 2026-11-31",
      '`startDate` must be a day, for example 2026-11-01, or empty; got "2026-11-31".',
    ],
    [
      "exportRetentionDays: 6",
      "`exportRetentionDays` must be 0, which keeps for ever, or a whole number of 7 or more",
    ],
    ["startDate: 2026-13-01", "`startDate` must be a day"],
    ["logRetentionDays: 31", "`logRetentionDays` must be a retention of CloudWatch Logs: 1, 3, 5"],
    ["protectTable: yes", '`protectTable` must be true or false; got "yes".'],
    ["alarmEmail: ops", "`alarmEmail` must be an e-mail address, or empty"],
    ["exportColumns: start,callr", "`exportColumns` must be fields of a leg"],
    ["defaultPbx: a/b", "`defaultPbx` must be the id of a PBX"],
    ["permissionsBoundary: limit", "`permissionsBoundary` must be the ARN of a managed policy"],
    ["secretPrefix: ''", "`secretPrefix` must be a part of a secret's name"],
    [
      "exportColumns: [start]",
      "`exportColumns` must be fields of a leg, separated by commas (docs/legs-dataset.md), or empty; got a list or a map.",
    ],
    ["- exportFormat", "must have one parameter a line"],
    ["exportFormat:parquet", "must have one parameter a line, with a space after the colon"],
    ["region: eu-south-1", "`region` is not a parameter of a deployment. Give the region as `--region`"],
    ["stage: prod", "`stage` is not a parameter of a deployment. The name of the file is the stage."],
    ["params:\n  athena: true", "Write each parameter at the start of a line."],
    ["<<: {athena: true}", "Write each parameter itself: keys of other maps are not merged."],
    ["alarmEmail: |\n  ops\n", '`alarmEmail` must be an e-mail address, or empty; got "ops\\n".'],
    ["a: b: c", "stages/prod.yml must be YAML"],
    [
      "lookbackDays: 3\nlookbackDays: 4",
      "stages/prod.yml must have each parameter once; line 2 has one again.",
    ],
    ["athena: true\n---\nathena: false", "must be one YAML document. Remove the `---` in line 2."],
    ["lookbackDays: *other", "must be YAML: Unresolved alias"],
    ["lookbackDays: !number 3", "must be YAML: Unresolved tag: !number at line 1, column 15."],
    ["lookbackDays: 1234567890", '`lookbackDays` must be a whole number from 0 to 3650; got "1234567890".'],
    ["lookbackDays: 3651", '`lookbackDays` must be a whole number from 0 to 3650; got "3651".'],
    ["catchUpDays: 3651", '`catchUpDays` must be a whole number from 1 to 3650; got "3651".'],
    ["eventWorkers: 1001", '`eventWorkers` must be a whole number from 2 to 1000; got "1001".'],
    ["rowsPerPart: 1e9", '`rowsPerPart` must be a whole number from 1 to 999999999; got "1000000000".'],
    ["toString: 1", "`toString` is not a parameter"],
  ])("is refused with %s", (text, says) => {
    expect(() => readStageFile(text, file)).toThrow(says);
    expect(() => readStageFile(text, file)).toThrow(file);
  });
  it("is refused with all that is wrong at the same time", () => {
    expect(() => readStageFile("lookbackDays: -1\nathena: maybe\n", file)).toThrow(
      /`lookbackDays`.*\n.*`athena`/,
    );
  });
});

describe("arguments of a deployment", () => {
  it("are parameters and others", () => {
    const args = [
      "--stage",
      "prod",
      "--param=exportFormat=parquet",
      "--param",
      "alarmEmail=a@b.example",
      "--verbose",
    ];
    expect(splitArguments(args)).toEqual({
      given: { exportFormat: "parquet", alarmEmail: "a@b.example" },
      rest: ["--stage", "prod", "--verbose"],
    });
  });
  it.each([
    [["--param", "exportFormat"], "`--param` must have the form name=value; got exportFormat."],
    [["--stage", "prod", "--param"], "`--param` must have the form name=value; got none."],
    [["--param=__proto__=1"], "--param: `__proto__` is not a parameter of a deployment."],
    [["--param=exportFormat=csv"], "--param: `exportFormat` must be ndjson or parquet"],
  ])("are refused: %j", (args, says) => expect(() => splitArguments(args)).toThrow(says));
});

describe("two deployments", () => {
  const running = { alarmEmail: "ops@example.com", exportFormat: "parquet" };
  it("differ in parameters, and one that is not set any more is lost", () => {
    expect(compareParameters(running, { exportFormat: "ndjson", dashboard: "false" }, [])).toEqual({
      lines: [
        "alarmEmail: ops@example.com -> (default)",
        "dashboard: (default) -> false",
        "exportFormat: parquet -> ndjson",
      ],
      lost: ["alarmEmail"],
    });
  });
  it("differ in the format of exported days, which a plan of the days says", () => {
    const change = formatChange("ndjson", "parquet", "prod");
    expect(change).toMatch(
      /has days in the format ndjson\..* read only parquet: a query over another day fails/,
    );
    expect(change).toContain(
      "`npx wildix backfill --stage prod --force --format parquet --from DAY --to DAY --dry-run`",
    );
    expect(formatChange("parquet", "ndjson", "prod")).toContain("exportFormat: ndjson");
    for (const [before, after] of [
      ["ndjson", "ndjson"],
      [undefined, "ndjson"],
      ["ndjson", undefined],
    ])
      expect(formatChange(before, after, "prod")).toBeUndefined();
  });
  it("have the format that their functions write", () => {
    const writes = (variables: object) => ({
      Type: "AWS::Lambda::Function",
      Properties: { Environment: { Variables: variables } },
    });
    const topic = { Type: "AWS::SNS::Topic" };
    const Resources = { topic, other: writes({}), export: writes({ WILDIX_EXPORT_FORMAT: "parquet" }) };
    expect(exportFormatOf({ Resources })).toBe("parquet");
    expect(exportFormatOf({ Resources: { topic, other: writes({}) } })).toBeUndefined();
    expect(exportFormatOf(undefined)).toBeUndefined();
  });
  it("lose no parameter that is set to its default", () => {
    const { lines, lost } = compareParameters(running, {}, ["alarmEmail", "exportFormat"]);
    expect([lines.length, lost]).toEqual([2, []]);
    expect(compareParameters(running, running, [])).toEqual({ lines: [], lost: [] });
  });
  it("record only what differs from the defaults of the stage", () => {
    const defaults = { protectTable: true, rowsPerPart: 250_000, originateConcurrency: null };
    const values = { protectTable: "true", rowsPerPart: "5", originateConcurrency: "" };
    expect(chosenParameters(values, defaults)).toEqual({ rowsPerPart: "5" });
    expect(recordedParameters({ Metadata: { WildixParameters: { rowsPerPart: "5" } } })).toEqual({
      rowsPerPart: "5",
    });
    expect(recordedParameters({})).toBeUndefined();
    expect(recordedParameters(undefined)).toBeUndefined();
  });
  it("differ in resources, but not by the place of the code", () => {
    const code = (key: string, size = 1) => ({ Type: "F", Properties: { Code: { S3Key: key }, size } });
    const before = { Resources: { A: code("1"), B: code("1"), C: { Type: "Q" } } };
    const next = { Resources: { A: code("2"), B: code("2", 2), D: { Type: "T" } } };
    expect(compareTemplates(before, next)).toEqual(["~ F B", "- Q C", "+ T D"]);
    expect(compareTemplates(undefined, { Resources: { A: { Type: "T" } } })).toEqual(["+ T A"]);
  });
});
