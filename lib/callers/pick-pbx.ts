import type { Config } from "../config.ts";
import { isError, ProductError } from "../errors.ts";
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
 * an answer does not show which PBXs exist. Throws INPUT_INVALID if no PBX is named, PBX_FORBIDDEN, CONFIG_INVALID if the default is not registered.
 */
export const pickPbx = async (ports: PickPorts, caller: Caller, named: string | undefined): Promise<Pbx> => {
  const { defaultPbx } = ports.config;
  const asked = named ?? onlyOne(caller.pbxs);
  const id = asked ?? defaultPbx;
  if (id === undefined)
    throw invalid("pbx", "is missing, and no default is set (WILDIX_DEFAULT_PBX). Name the PBX.");
  needPbx(caller, id);
  return asked === undefined ? getDefault(ports.pbxs, id) : ports.pbxs.get(id);
};

/** The request does not name the default, so that an unknown one is an error of the deployment. */
const getDefault = async (pbxs: PickPorts["pbxs"], id: string): Promise<Pbx> => {
  try {
    return await pbxs.get(id);
  } catch (error) {
    if (!isError(error, "PBX_UNKNOWN")) throw error;
    throw new ProductError("CONFIG_INVALID", {
      field: "WILDIX_DEFAULT_PBX",
      detail: error.message.replace("`pbx`", "`WILDIX_DEFAULT_PBX`"),
      cause: error,
    });
  }
};

const onlyOne = (pbxs: Caller["pbxs"]): string | undefined =>
  pbxs !== "all" && pbxs.length === 1 ? pbxs[0] : undefined;
