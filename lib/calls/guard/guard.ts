import { reachesEmergency } from "../../emergency.ts";
import { callDefaults } from "../../pbxs/call-settings.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { type Destination, isExtension } from "../dial/destination.ts";
import { dialText, type WorldNumber } from "../dial/number.ts";
import { withinHours } from "./hours.ts";

/** A call whose grammar is right, and whose people are known. */
export interface AskedCall {
  /** Undefined: it is looked up when the call is placed (a dry run asks no PBX). */
  readonly extension: string | undefined;
  readonly context: string | undefined;
  readonly channelContext: string | undefined;
  /** Undefined if an application takes the call. */
  readonly destination: Destination | undefined;
  readonly variable: { readonly name: string } | undefined;
}

/** What a call may be, once it may be. */
export interface AllowedCall {
  readonly context: string;
  readonly channelContext: string;
  /** What the second leg dials; undefined if an application takes the call. */
  readonly exten: string | undefined;
}

export type GuardReason =
  | "extension"
  | "context"
  | "variable"
  | "hours"
  | "emergency"
  | "short_number"
  | "satellite"
  | "country"
  | "number_type"
  | "dial_format";

/** Why a call may not be. `detail` is for people and holds no number. */
export interface Forbidden {
  readonly reason: GuardReason;
  readonly field: string;
  readonly detail: string;
}

/**
 * Whether a call may be placed through a PBX, by its settings only. Everything that a setting does not allow is
 * forbidden. The caller, caps, caller pause and kill switch are checked elsewhere. Pure.
 */
export const decide = (call: AskedCall, settings: PbxSettings, now: number): AllowedCall | Forbidden => {
  const place = judgePlace(call, settings);
  if ("reason" in place) return place;
  return (
    judgeFirst(call, settings) ??
    judgeVariable(call, settings) ??
    judgeHours(settings, now) ??
    judgeSecond(call.destination, settings, place)
  );
};

const forbid = (reason: GuardReason, field: string, detail: string): Forbidden => ({
  reason,
  field,
  detail: `\`${field}\` ${detail}`,
});

/** Without the setting `country`, the emergency numbers of all countries count. */
const emergency = (field: string, { country }: PbxSettings): Forbidden =>
  forbid(
    "emergency",
    field,
    country === undefined
      ? "must not be an emergency number; got an emergency number of at least one country. Set `country` of this PBX, so that only the emergency numbers of that country are refused."
      : "must not be an emergency number; got one. Dial it on a phone.",
  );

type Contexts = Pick<AllowedCall, "context" | "channelContext">;

const judgePlace = (call: AskedCall, { contexts = [] }: PbxSettings): Contexts | Forbidden => {
  const [first] = contexts;
  if (first === undefined)
    return forbid(
      "context",
      "context",
      "needs a context, and the setting `contexts` of this PBX is empty. Add the context to `contexts`.",
    );
  const context = call.context ?? first;
  const channelContext = call.channelContext ?? context;
  const other = [context, channelContext].find((name) => !contexts.includes(name));
  if (other === undefined) return { context, channelContext };
  return forbid(
    "context",
    "context",
    `must be one of the \`contexts\` of this PBX; got ${other}. Use one of them, or add it to \`contexts\`.`,
  );
};

const judgeFirst = ({ extension }: AskedCall, settings: PbxSettings): Forbidden | undefined => {
  if (extension === undefined) return undefined;
  if (settings.extension_pattern === undefined)
    return forbid(
      "extension",
      "extension",
      "needs the setting `extension_pattern` of this PBX, which is missing. Set it, for example to [1-9][0-9]{2}.",
    );
  if (reachesEmergency(extension, settings)) return emergency("extension", settings);
  if (!isExtension(extension, settings))
    return forbid(
      "extension",
      "extension",
      "must match the `extension_pattern` of this PBX; got another form. Use an extension that matches, or change the pattern.",
    );
  return undefined;
};

const judgeVariable = ({ variable }: AskedCall, settings: PbxSettings): Forbidden | undefined =>
  variable === undefined || settings.call_variables?.includes(variable.name)
    ? undefined
    : forbid(
        "variable",
        "variable",
        "must set one of the `call_variables` of this PBX; got another name. Use one of them, or add the name to `call_variables`.",
      );

const judgeHours = (settings: PbxSettings, now: number): Forbidden | undefined =>
  withinHours(settings, now)
    ? undefined
    : forbid(
        "hours",
        "calling_hours",
        "of this PBX do not include this time. Call within these hours, or change them.",
      );

const judgeSecond = (
  destination: Destination | undefined,
  settings: PbxSettings,
  place: Contexts,
): AllowedCall | Forbidden => {
  if (destination === undefined) return { ...place, exten: undefined };
  switch (destination.kind) {
    case "emergency":
      return emergency("to", settings);
    case "extension":
      return { ...place, exten: destination.digits };
    case "short":
      return settings.short_numbers?.includes(destination.digits)
        ? { ...place, exten: destination.digits }
        : forbid(
            "short_number",
            "to",
            "must be a number or one of the `short_numbers` of this PBX; got another short number. Add it to `short_numbers` to allow it.",
          );
    case "number":
      return judgeNumber(destination.number, settings) ?? asDialled(destination.number, settings, place);
  }
};

const judgeNumber = (
  { country, types, satellite }: WorldNumber,
  settings: PbxSettings,
): Forbidden | undefined => {
  const { allowed_number_types: allowed = callDefaults.number_types } = settings;
  if (satellite)
    return forbid(
      "satellite",
      "to",
      "must not belong to a satellite or an international network; got such a number. Such calls are never allowed.",
    );
  if (country === undefined)
    return forbid(
      "country",
      "to",
      "must belong to a country; got a number that belongs to none. Check the country code.",
    );
  if (!settings.allowed_countries?.includes(country))
    return forbid(
      "country",
      "to",
      `must be in one of the \`allowed_countries\` of this PBX; got a number in ${country}. Add ${country} to \`allowed_countries\` to allow it.`,
    );
  if (types.some((type) => allowed.includes(type))) return undefined;
  const kind = types[0] ?? "unknown";
  return forbid(
    "number_type",
    "to",
    `must have one of the types in \`allowed_number_types\` of this PBX; got ${kind}. Add it to \`allowed_number_types\` to allow it.`,
  );
};

const asDialled = (
  { e164 }: WorldNumber,
  settings: PbxSettings,
  place: Contexts,
): AllowedCall | Forbidden => {
  const exten = dialText(e164, settings);
  if (exten !== undefined) return { ...place, exten };
  return forbid(
    "dial_format",
    "to",
    "cannot be written in the `dial_format` of this PBX. Set `country` of this PBX, or choose another `dial_format`.",
  );
};
