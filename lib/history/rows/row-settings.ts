import { defined } from "../../defined.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";

/** What a PBX's rows mean. */
export interface RowSettings {
  readonly zone: string;
  /** What an extension looks like; default 2 to 6 digits. */
  readonly extensionPattern?: string;
  /** Numbers in the plan of the PBX that no pattern covers, for example its main number. */
  readonly ownNumbers?: readonly string[];
  /** Numbers outside that look like extensions. */
  readonly shortNumbers?: readonly string[];
  /** How the PBX writes numbers. */
  readonly country?: string;
  readonly outsidePrefix?: string;
  /** The field of a row in which the PBX writes one id for all legs of a call, for example `linkedid`. */
  readonly callIdField?: string;
}

/** The settings of a PBX, as far as its rows depend on them. */
export const rowSettingsOf = (settings: PbxSettings, zone: string): RowSettings => ({
  zone,
  ...defined({
    extensionPattern: settings.extension_pattern,
    ownNumbers: settings.own_numbers,
    shortNumbers: settings.short_numbers,
    country: settings.country,
    outsidePrefix: settings.outside_prefix,
    callIdField: settings.call_id_field,
  }),
});
