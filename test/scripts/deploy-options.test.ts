import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readDeployOptions } from "../../scripts/deploy-options.ts";

describe("the options of npm run deploy", () => {
  it("have defaults", () => {
    expect(readDeployOptions([], {})).toEqual({
      stage: "dev",
      region: "eu-central-1",
      profile: undefined,
      lose: [],
      adopted: new Map(),
      changeFormat: false,
      dryRun: false,
      given: {},
      packageArguments: ["--stage=dev", "--region=eu-central-1"],
      deployArguments: ["--stage=dev", "--region=eu-central-1"],
    });
    expect(readDeployOptions([], { AWS_REGION: "eu-west-1" }).region).toBe("eu-west-1");
  });
  it("are read in each form, and given to serverless only if serverless has them", () => {
    const args = [
      ..."-s prod --region=eu-west-1 --lose a --lose=b --adopt ExportBucket=x --change-format".split(" "),
      ..."--dry-run --aws-profile ops --verbose --force --param lookbackDays=4".split(" "),
    ];
    const forBoth = ["--stage=prod", "--region=eu-west-1", "--aws-profile=ops", "--verbose"];
    expect(readDeployOptions(args, {})).toEqual({
      stage: "prod",
      region: "eu-west-1",
      profile: "ops",
      lose: ["a", "b"],
      adopted: new Map([["ExportBucket", "x"]]),
      changeFormat: true,
      dryRun: true,
      given: { lookbackDays: "4" },
      packageArguments: forBoth,
      deployArguments: [...forBoth, "--force"],
    });
  });
  it.each([
    [["--dryrun"], "`--dryrun` is not an option of `npm run deploy`. Did you mean `--dry-run`?"],
    [["--colour"], "`--colour` is not an option of `npm run deploy`. docs/deploy.md has the options."],
    // npm keeps `--stage` for itself without `--`
    [["prod"], "To deploy the stage prod, run `npm run deploy -- --stage prod`."],
    [["--stage"], "`--stage` must have a value; got none."],
    [["--stage="], "`--stage` must have a value; got none."],
    [["--stage", "--dry-run"], "`--stage` must have a value; got --dry-run."],
    [["--dry-run=no"], "`--dry-run` must have no value; got no."],
    [
      ["--stage", "a b"],
      '`--stage` must be the name of a stage (letters, digits and hyphens), for example prod; got "a b".',
    ],
    [
      ["--region", "Frankfurt"],
      '`--region` must be an AWS region, for example eu-central-1; got "Frankfurt".',
    ],
  ])("are refused: %j", (args, says) => expect(() => readDeployOptions(args, {})).toThrow(says));
  it("are refused if AWS_REGION is not a region", () => {
    expect(() => readDeployOptions([], { AWS_REGION: "Milan" })).toThrow("`AWS_REGION` must be an AWS");
  });
});

describe("npm run deploy", () => {
  it.each([
    [
      "without credentials",
      { AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" },
      /^The AWS SDK found no credentials\. Set `AWS_PROFILE`, or/,
    ],
    [
      "with an endpoint that does not answer",
      { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
      /^AWS cannot be reached \(ECONNREFUSED\)\. Check the network, /,
    ],
  ])("%s says what to do, and has no stack trace", async (_name, env, says) => {
    const run = promisify(execFile)(process.execPath, ["scripts/deploy.ts", "--stage", "no-such-stage"], {
      env: { PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true", AWS_MAX_ATTEMPTS: "1", ...env },
    });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("There is no file stages/no-such-stage.yml"),
      stderr: expect.stringMatching(says),
    });
    await expect(run).rejects.toMatchObject({ stderr: expect.not.stringMatching(/\n\s+at /) });
  });
});
