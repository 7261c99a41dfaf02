import { describe, expect, it } from "vitest";
import { adoptions } from "../../scripts/adopt.ts";

describe("the options --adopt", () => {
  it("name a bucket, a table and a log group", () => {
    const given = ["ExportBucket=kept-exports", "StateTable=kept-StateTable-1", "AuditLog=/kept/audit.log"];
    expect(adoptions(given)).toEqual(
      new Map([
        ["ExportBucket", "kept-exports"],
        ["StateTable", "kept-StateTable-1"],
        ["AuditLog", "/kept/audit.log"],
      ]),
    );
    expect(adoptions([])).toEqual(new Map());
  });
  it.each([
    [
      "Bucket=x",
      "`--adopt` must have the form KIND=NAME, where KIND is one of ExportBucket, StateTable, AuditLog",
    ],
    ["ExportBucket", "got ExportBucket."],
    ["ExportBucket=", "got ExportBucket=."],
    ["ExportBucket=a b", "got ExportBucket=a b."],
    ["toString=x", "got toString=x."],
  ])("%s is refused", (pair, message) => {
    expect(() => adoptions([pair])).toThrow(message);
  });
  it("one kind twice is refused", () => {
    expect(() => adoptions(["AuditLog=a", "AuditLog=b"])).toThrow(
      "`--adopt` must name one AuditLog; got two.",
    );
  });
});
