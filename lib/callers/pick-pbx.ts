import type { Config } from "../config.ts";
import { invalid } from "../input.ts";
import type { Pbx, Pbxs } from "../pbxs/pbxs.ts";
import { needPbx } from "./allow.ts";
import type { Caller } from "./caller.ts";

export interface PickPorts {
  readonly config: Pick<Config, "defaultPbx">;
  readonly pbxs: Pick<Pbxs, "get">;
}

/**
 * The PBX that a request names, or the only one of the key, or the deployment's default. The key's right is checked first, so that
 * an answer does not show which PBXs exist. Throws INPUT_INVALID if no PBX is named, PBX_FORBIDDEN.
 */
export const pickPbx = async (ports: PickPorts, caller: Caller, named: string | undefined): Promise<Pbx> => {
  const id = named ?? onlyOne(caller.pbxs) ?? ports.config.defaultPbx;
  if (id === undefined)
    throw invalid(
      "pbx",
      "is missing, and this deployment has no default (WILDIX_DEFAULT_PBX). Name the PBX.",
    );
  needPbx(caller, id);
  return ports.pbxs.get(id);
};

const onlyOne = (pbxs: Caller["pbxs"]): string | undefined =>
  pbxs !== "all" && pbxs.length === 1 ? pbxs[0] : undefined;
