import { invalid } from "./input.ts";
import type { Pbx } from "./pbxs/pbxs.ts";
import type { Ports } from "./ports.ts";

/** The PBX that a request names, or the deployment's default. Throws INPUT_INVALID where there is neither. */
export const pickPbx = (ports: Ports, named: string | undefined): Promise<Pbx> => {
  const id = named ?? ports.config.defaultPbx;
  if (id === undefined)
    throw invalid(
      "pbx",
      "is missing, and this deployment has no default (WILDIX_DEFAULT_PBX). Name the PBX.",
    );
  return ports.pbxs.get(id);
};
