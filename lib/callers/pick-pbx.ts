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
 * The PBX that a request names, or the only one that the caller may use, or the deployment's default. What the caller may not
 * use is refused before it is looked up, so that nobody can ask around. Throws INPUT_INVALID where there is none, PBX_FORBIDDEN.
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
