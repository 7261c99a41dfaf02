import { describe, expect, it } from "vitest";
import { functionNames } from "../../../cli/server/functions.ts";
import { actionsOf } from "../../template/calls.ts";
import { boundaryFindings, rightsFindings } from "../../template/rights.ts";
import { ofType, packagedTemplate } from "../../template/template.ts";

describe("the template packaged with parameters", () => {
  const boundary = "arn:aws:iam::123456789012:policy/limit";
  it("gives every role the permissions boundary, no key to a topic that is not encrypted, and no Athena without `athena`", async () => {
    const parameters = {
      permissionsBoundary: boundary,
      encryptTopic: "false",
      dashboard: "false",
      athena: "false",
    };
    const given = await packagedTemplate(parameters);
    const types = Object.values(given.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => /Athena|Glue/.test(type))).toEqual([]);
    expect(ofType(given, "AWS::CloudWatch::Dashboard")).toEqual([]);
    expect(boundaryFindings(boundary)(given)).toEqual([]);
    expect(boundaryFindings(undefined)(given)).toHaveLength(ofType(given, "AWS::IAM::Role").length);
    const used = new Map<string, ReadonlySet<string>>();
    for (const name of functionNames) used.set(name, await actionsOf(name));
    expect(rightsFindings(used)(given)).toEqual([]);
    expect(ofType(given, "AWS::KMS::Key")).toEqual([]);
    // a later deployment compares them
    expect(Reflect.get(given, "Metadata")).toEqual({ WildixParameters: parameters });
    expect(given.Resources["AlarmTopic"]).toEqual({ Type: "AWS::SNS::Topic" });
  });
});
