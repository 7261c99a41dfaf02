import { defined } from "../defined.ts";
import type { PbxSettings } from "../pbxs/secret.ts";
import type { OriginateParams } from "../wms/operations/originate.ts";
import type { WantedCall } from "./dial/dial.ts";
import type { AllowedCall } from "./guard/guard.ts";

/** The variable that carries a call's mark, where a PBX is to carry it so. */
const markVariable = "WILDIX_CALL";

/** What marks a call in the PBX's history, and where it travels. */
export interface CallMark {
  readonly text: string;
  readonly in: NonNullable<PbxSettings["call_marker"]>;
}

/** The parameters for the PBX: only checked parts of the caller's text, and numbers in the form in which they were read. */
export const originateParams = (
  wanted: WantedCall,
  allowed: AllowedCall,
  extension: string,
  mark: CallMark | undefined,
): OriginateParams => {
  const { application, callerId, ringMs, async } = wanted;
  const { exten } = allowed;
  return defined({
    channel: `Local/${extension}@${allowed.channelContext}`,
    application: application?.name,
    data: application?.data,
    context: exten === undefined ? undefined : allowed.context,
    exten,
    priority: exten === undefined ? undefined : "1",
    callerid: callerId,
    timeout: ringMs,
    variable: variableOf(wanted, mark),
    account: mark?.in === "account" ? mark.text : undefined,
    // true is the default
    async: async ? undefined : async,
  });
};

/** The caller's own variable goes before the mark: how several are parted, no PBX documents. */
const variableOf = ({ variable }: WantedCall, mark: CallMark | undefined): string | undefined => {
  if (variable !== undefined) return `${variable.name}=${variable.value}`;
  return mark?.in === "variable" ? `${markVariable}=${mark.text}` : undefined;
};
