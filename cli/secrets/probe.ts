import { readConfig } from "../../lib/config.ts";
import { plannedPbx } from "../../lib/history/days/due-days.ts";
import { expectedZone } from "../../lib/pbxs/check-pbxs.ts";
import { type PbxEntry, type PbxRegistry, readPbx } from "../../lib/pbxs/registry.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import type { Check } from "../../lib/wms/diagnose.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Connection } from "../../lib/wms/types.ts";
import type { ExpectedZone } from "../../lib/wms/zone-check.ts";
import { type Output, paint } from "../terminal/output.ts";
import type { Change } from "./draft.ts";
import { eventKeys } from "./event-keys.ts";

/** Sends test requests to a PBX, as `wildix doctor` does. */
export type Probe = (
  connection: Connection,
  expected: ExpectedZone | undefined,
  settings: PbxSettings,
) => Promise<readonly Check[]>;

/** A registry with some secrets that are not stored yet, including those of PBXs whose credentials other PBXs use. */
export const withDrafts = (
  registry: PbxRegistry,
  drafts: Readonly<Record<string, string>>,
): Pick<PbxRegistry, "readText"> => ({
  readText: async (id) => (Object.hasOwn(drafts, id) ? drafts[id] : undefined) ?? registry.readText(id),
});

const notAsked: ReadonlySet<string> = new Set(["expires_at", ...eventKeys]);

/** Whether a change can affect the answers of the PBX. Rules for calls and keys of events cannot. */
export const needsProbe = (changes: readonly Change[]): boolean =>
  changes.some(
    ({ key, after }) =>
      key === "settings.country" ||
      // its targets are extensions of the PBX
      (key === "settings.callbacks" && after !== undefined) ||
      (key === "tag export" && after === undefined) ||
      (key === "tag timezone" && after !== undefined) ||
      (!key.startsWith("settings.") && !key.startsWith("tag ") && !notAsked.has(key)),
  );

/** What is wrong with a PBX; `check` as in `wildix doctor`, or `registration`. */
export interface FailedProbe {
  readonly check: string;
  readonly detail: string;
  readonly cure: string;
}

/** The check that fails. A wrong clock is accepted, because requests are signed with the PBX's time. */
export const failedProbe = async (
  probe: Probe,
  registry: Pick<PbxRegistry, "readText">,
  id: string,
  timezone: string | undefined,
): Promise<FailedProbe | undefined> => {
  try {
    const secret = await readPbx({ ...registry, list: async () => [] }, id);
    const checks = await probe(secret.connection, expectedZone(secret, timezone), secret.settings);
    const failed = checks.find(({ ok, name }) => !ok && name !== "clock");
    return failed && { check: failed.name, detail: failed.detail, cure: failed.cure ?? "" };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { check: "registration", detail: error.message, cure: error.doc.fix };
  }
};

export const showFailed = (output: Output, id: string, { check, detail, cure }: FailedProbe): void => {
  output.out(`${paint(output, "red", "✗")} ${id}: ${check}: ${detail}`);
  if (cure !== "") output.out(`  ${paint(output, "bold", "Fix:")} ${cure}`);
};

/** The first day that the planner exports, unless the deployment has other parameters. `now` is epoch ms. */
export const firstDay = (entry: PbxEntry, now: number): string | undefined =>
  plannedPbx({ ...entry, registeredAt: entry.registeredAt ?? now }, readConfig({}), now)?.first;
