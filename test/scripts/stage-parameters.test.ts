import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  chosenParameters,
  compareParameters,
  compareTemplates,
  formatAdvice,
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
    ["exportWorkers: 1", '`exportWorkers` must be a whole number of 2 or more; got "1".'],
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
    ["a: b: c", "stages/prod.yml must be YAML"],
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
  it("name the command that exports days again if they differ in the format", () => {
    const advice = formatAdvice({}, { exportFormat: "parquet" }, "prod");
    expect(advice).toContain("exported as parquet, and exported days stay ndjson");
    expect(advice).toContain(
      "`wildix backfill --stage prod --force --format parquet --from DAY --to DAY --dry-run`",
    );
    expect(formatAdvice(running, {}, "prod")).toContain("exported as ndjson, and exported days stay parquet");
    expect(formatAdvice(running, running, "prod")).toBeUndefined();
    expect(formatAdvice({}, { exportFormat: "ndjson" }, "prod")).toBeUndefined();
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
