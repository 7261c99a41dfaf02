import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { legSchema } from "../../../lib/history/rows/leg-fields.ts";
import { noFindings, typing } from "../../../lib/history/rows/rows.ts";

/** What is wrong with a row by the schema; undefined: nothing. */
const faultsOf = (row: unknown): string | undefined => {
  const ajv = new Ajv2020();
  formats.default(ajv);
  return ajv.validate(legSchema(), row) ? undefined : ajv.errorsText();
};
const original = {
  id: "7",
  start: "2026-11-23 12:00:00",
  timezone: "+0100",
  from_number: "101",
  to_number: "102",
  attachments: { vm: { url: "" } },
};
const row = {
  ...original,
  ...typing({ zone: "Europe/Rome" }, noFindings())(original),
  call_id: "0123456789abcdef",
};

describe("the schema of a row", () => {
  it("says what it is of, and in which version", () =>
    expect(legSchema()).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "legs-v3",
      title: "A row of the dataset legs: one leg of a call",
      type: "object",
    }));
  it("takes rows as they are exported, also with fields that nobody knows, in whatever form they are nested", () => {
    for (const more of [{}, { mos: "4.2" }, { attachments: "" }, { attachments: [] }, { tags: null }])
      expect(faultsOf({ ...row, ...more })).toBeUndefined();
    const { direction: _direction, unanswered: _missed, ...rest } = row;
    expect(faultsOf({ ...rest, direction: null, unanswered: null })).toBeUndefined();
  });
  it.each([
    ["a field that this product adds is missing", { fax: undefined }],
    ["a time is none", { start_utc: "2026-11-23 12:00:00" }],
    ["a number is a text", { talk_seconds: "12" }],
    ["a flag that is always there is not", { voicemail: null }],
    ["the direction is another word", { direction: "sideways" }],
    ["a text is a number", { billsec: 12 }],
  ])("does not where %s", (_why, change) =>
    expect(faultsOf(JSON.parse(JSON.stringify({ ...row, ...change })))).toContain(Object.keys(change)[0]),
  );
  it("takes the PBX's own fields as any text: its times are no dates of ISO 8601", () => {
    expect(faultsOf({ ...row, start: "23/11/2026", id: "" })).toBeUndefined();
    expect(legSchema()).toMatchObject({
      properties: {
        attachments: {
          description: "URLs of voicemail, recordings and faxes; the files are not exported",
        },
        start: { description: "start of the leg, in the PBX's local time", type: ["string", "null"] },
      },
    });
  });
});
