import { ProductError } from "../errors.ts";
import type { Caller, Scope } from "./caller.ts";

/** Throws SCOPE_MISSING. */
export const needScope = (caller: Caller, scope: Scope): void => {
  if (!caller.scopes.has(scope))
    throw new ProductError("SCOPE_MISSING", { field: "scope", detail: `this key lacks the scope ${scope}` });
};

/** Throws PBX_FORBIDDEN. */
export const needPbx = (caller: Caller, pbx: string): void => {
  if (caller.pbxs !== "all" && !caller.pbxs.includes(pbx))
    throw new ProductError("PBX_FORBIDDEN", {
      field: "pbx",
      detail: `this key may not use the PBX "${pbx}"`,
    });
};

/** Throws EXTENSION_FORBIDDEN. */
export const needExtension = (caller: Caller, extension: string): void => {
  if (caller.extensions !== "all" && !caller.extensions.includes(extension))
    throw new ProductError("EXTENSION_FORBIDDEN", {
      field: "extension",
      detail: "this key may not ring this extension",
      sent: "no",
    });
};
