import { describe, expect, it } from "vitest";
import { listErased } from "../../../lib/erased-numbers.ts";
import { type ExportSettings, erasedOf, jobFor } from "../../../lib/history/export/export-job.ts";
import { legFields } from "../../../lib/history/rows/leg-fields.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import type { Pbx } from "../../../lib/pbxs/pbxs.ts";
import { createPseudonyms } from "../../../lib/pseudonyms.ts";

const day = "2026-11-23";
const settings = (columns?: readonly string[]): ExportSettings => ({
  rowsPerPart: 7,
  format: "parquet",
  columns,
});
const plain = { pbx: "milan", day, zone: "Europe/Rome", rowsPerPart: 7, format: "parquet" };
const job = (columns?: readonly string[]) =>
  jobFor({ id: "milan", settings: {} }, day, "Europe/Rome", settings(columns));

describe("the job for a PBX's day", () => {
  it("has the deployment's settings", () => expect(job()).toStrictEqual(plain));
  it("has the PBX's date format, extension pattern, own numbers and field of call ids", () =>
    expect(
      jobFor(
        {
          id: "milan",
          settings: {
            date_format: "dmy",
            extension_pattern: "\\d{4}",
            own_numbers: ["39040555"],
            call_id_field: "linkedid",
          },
        },
        day,
        "Europe/Rome",
        settings(),
      ),
    ).toEqual({
      ...plain,
      dateFormat: "dmy",
      extensionPattern: "\\d{4}",
      ownNumbers: ["39040555"],
      callIdField: "linkedid",
    }));
  it("keeps the columns named and the identifying ones, in the order of a row", () => {
    expect(job(["talk_seconds", "billsec"]).columns).toEqual([
      "id",
      "start",
      "billsec",
      "pbxid",
      "talk_seconds",
    ]);
    expect(job(["pbx", "dt"]).columns).toEqual(["id", "start", "pbxid"]);
    const all = Object.keys(legFields);
    expect(job(all.toReversed()).columns).toEqual(all);
  });
  it("keeps all columns if none is named", () => expect(job([])).toEqual(plain));
  it("refuses an unknown column", () =>
    expect(() => job(["billsec", "bilsec"])).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        field: "WILDIX_EXPORT_COLUMNS",
        message:
          "`WILDIX_EXPORT_COLUMNS` must list columns of a leg; got bilsec. Use names from docs/legs-dataset.md.",
      }),
    ));
});

describe("the erased numbers of a PBX", () => {
  it.each<[string, Pbx["settings"], string, boolean]>([
    ["without a country: by the plan of the erased number", {}, "2025550123", true],
    ["of another country: by its own plan", { country: "IT" }, "2025550123", false],
    ["with a prefix for calls outside", { outside_prefix: "9" }, "90012025550123", true],
    ["without a prefix for calls outside", {}, "90012025550123", false],
  ])("are read from its rows %s", async (_name, settings, written, isErased) => {
    const state = memoryState({ now: () => 0 });
    const pseudonyms = createPseudonyms(state, () => "key");
    await listErased(state, pseudonyms, "all", "+12025550123", 0);
    const { test } = await erasedOf(state, { id: "milan", settings });
    expect(test?.(written)).toBe(isErased);
  });
});
