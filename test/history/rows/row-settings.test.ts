import { expect, it } from "vitest";
import { rowSettingsOf } from "../../../lib/history/rows/row-settings.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";

const settings: PbxSettings = { timezone: "Europe/Berlin" };

it("takes the settings that say what rows mean", () =>
  expect(
    rowSettingsOf(
      {
        ...settings,
        country: "IT",
        outside_prefix: "0",
        extension_pattern: "[12]\\d\\d",
        own_numbers: ["0212345678"],
        call_id_field: "linkedid",
      },
      "Europe/Rome",
    ),
  ).toEqual({
    zone: "Europe/Rome",
    country: "IT",
    outsidePrefix: "0",
    extensionPattern: "[12]\\d\\d",
    ownNumbers: ["0212345678"],
    callIdField: "linkedid",
  }));
it("leaves out what is not set", () => expect(rowSettingsOf(settings, "UTC")).toStrictEqual({ zone: "UTC" }));
