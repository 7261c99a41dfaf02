import { beforeAll, describe, expect, it } from "vitest";
import { adoptions, importOf } from "../../../scripts/adopt.ts";
import { packagedTemplate, type Template } from "../../template/template.ts";

describe("the template of the import", () => {
  let template: Template;
  beforeAll(async () => {
    template = await packagedTemplate();
  });
  const adopted = adoptions(["ExportBucket=kept-exports", "StateTable=kept-table", "AuditLog=kept-log"]);

  it("has the adopted resources with the bucket's policy, as the deployment has them", () => {
    const { template: part, resources } = importOf(template, adopted);
    const names = ["AuditLog", "ExportBucket", "ExportBucketPolicy", "StateTable"];
    expect(Object.keys(part.Resources ?? {}).sort()).toEqual(names);
    for (const name of names) expect(part.Resources?.[name]).toEqual(template.Resources[name]);
    expect(resources).toContainEqual({
      LogicalResourceId: "ExportBucketPolicy",
      ResourceType: "AWS::S3::BucketPolicy",
      ResourceIdentifier: { Bucket: "kept-exports" },
    });
    // CloudFormation refuses a template with outputs or resources that are not imported
    expect(Object.keys(part).sort()).toEqual(["Metadata", "Resources"]);
    expect(resources.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(names);
  });
  it("refers to nothing outside itself, and keeps all it imports", () => {
    const { template: part } = importOf(template, adopted);
    const text = JSON.stringify(part.Resources);
    const named = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":(?:\[)?"(\w+)"/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(["ExportBucket"]));
    for (const resource of Object.values(part.Resources ?? {}))
      expect(resource).toMatchObject({ DeletionPolicy: "Retain" });
  });
  it("has only what is adopted", () => {
    const { template: part } = importOf(template, adoptions(["StateTable=kept-table"]));
    expect(Object.keys(part.Resources ?? {})).toEqual(["StateTable"]);
  });
});
