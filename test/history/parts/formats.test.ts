import { describe, expect, it } from "vitest";
import { legFields, legSchema } from "../../../lib/history/rows/leg-fields.ts";
import { knownFields, noFindings, typing } from "../../../lib/history/rows/rows.ts";

describe("the record's documentation", () => {
  it("has every field that the code knows, and no other", () => {
    const typed = Object.keys(typing({ zone: "UTC" }, noFindings())({ id: "1" }));
    expect(Object.keys(legFields)).toEqual([...knownFields, ...typed, "call_id"]);
  });
  it("requires what this product adds alone", () => {
    expect(legSchema()).toMatchObject({
      required: [...Object.keys(typing({ zone: "UTC" }, noFindings())({ id: "1" })), "call_id"],
      properties: {
        direction: { type: ["string", "null"], enum: ["inbound", "outbound", "internal", "transit", null] },
        start_utc: { format: "date-time" },
        voicemail: { type: "boolean" },
      },
    });
  });
});
