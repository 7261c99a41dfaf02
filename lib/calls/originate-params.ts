import type { PbxSettings } from "../pbxs/secret.ts";
import type { OriginateParams } from "../wms/operations/originate.ts";
import type { WantedCall } from "./dial/dial.ts";
import type { AllowedCall } from "./guard/guard.ts";

/** The variable that carries a call's mark, where a PBX is to carry it so. */
const markVariable = "WILDIX_CALL";

/** What marks a call in the PBX's history, and where it travels. */
export interface Mark {
  readonly text: string;
  readonly in: NonNullable<PbxSettings["call_marker"]>;
}

/** What is sent to the PBX: of the caller's text only what was checked, numbers as they were understood. */
export const originateParams = (
  wanted: WantedCall,
  allowed: AllowedCall,
  extension: string,
  mark: Mark | undefined,
): OriginateParams => {
  const { application, callerId, ringMs, async } = wanted;
  const variable = variableOf(wanted, mark);
  return {
    channel: `Local/${extension}@${allowed.channelContext}`,
    ...(application === undefined ? {} : { application: application.name }),
    ...(application?.data === undefined ? {} : { data: application.data }),
    ...(allowed.exten === undefined ? {} : { context: allowed.context, exten: allowed.exten, priority: "1" }),
    ...(callerId === undefined ? {} : { callerid: callerId }),
    timeout: ringMs,
    ...(variable === undefined ? {} : { variable }),
    ...(mark?.in === "account" ? { account: mark.text } : {}),
    ...(async ? {} : { async }),
  };
};

/** The caller's own variable goes before the mark: how several are parted, no PBX documents. */
const variableOf = ({ variable }: WantedCall, mark: Mark | undefined): string | undefined => {
  if (variable !== undefined) return `${variable.name}=${variable.value}`;
  return mark?.in === "variable" ? `${markVariable}=${mark.text}` : undefined;
};
