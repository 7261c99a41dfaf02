import { didYouMean } from "../did-you-mean.ts";
import { isError, ProductError } from "../errors.ts";
import { listed } from "../listed.ts";
import { type PbxSecret, parseSecret } from "./secret.ts";

/** The data of a PBX that the registry has without its secret. */
export interface PbxEntry {
  readonly id: string;
  /** IANA zone; its presence says that the PBX's history is exported. */
  readonly timezone: string | undefined;
  /** False if the export is off, or if the PBX has no `timezone`. */
  readonly exported: boolean;
  /** When the PBX was registered, epoch ms. Undefined if the registry does not know. */
  readonly registeredAt: number | undefined;
  /** The customer under whose prefix the exports are. */
  readonly customer?: string;
}

/** The PBXs of this deployment. Adapters: lib/aws/secrets-manager.ts, lib/local/pbx-file.ts. */
export interface PbxRegistry {
  /** All PBXs, ordered by id; reads no secret value. Throws REGISTRY_UNAVAILABLE. */
  list(): Promise<readonly PbxEntry[]>;
  /** The current JSON text of a PBX's secret. Throws PBX_UNKNOWN or REGISTRY_UNAVAILABLE. */
  readText(id: string): Promise<string>;
}

/** The id of a PBX is part of object keys and names of secrets, so only these characters are allowed. */
export const isPbxId = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(id);

/** An id that is not valid, for messages. */
export const shownId = (id: string): string => id.replace(/\p{Cc}/gu, "?").slice(0, 80);

/** Throws PBX_UNKNOWN if the text cannot be the id of a PBX. */
export const checkPbxId = (id: string): string => {
  if (isPbxId(id)) return id;
  throw new ProductError("PBX_UNKNOWN", {
    field: "pbx",
    detail: `\`pbx\` must be 1 to 63 letters, digits, dots, underscores or hyphens and begin with a letter or digit; got "${shownId(id)}".`,
  });
};

/** PBX_UNKNOWN that suggests a similar id, or lists the known ids, if the registry can list them. */
export const unknownPbx = (id: string, known?: readonly string[]): ProductError => {
  const near = didYouMean(id, known ?? []);
  const all = known === undefined ? "" : ` Known: ${listed(known) || "none"}`;
  const hint = near === undefined ? all : ` Did you mean ${near}?`;
  return new ProductError("PBX_UNKNOWN", {
    field: "pbx",
    detail: `\`pbx\` must be the id of a registered PBX; got ${id}.${hint}`,
  });
};

/** A PBX's secret, checked, with the credentials that `credentials_from` names. Throws PBX_UNKNOWN, PBX_SECRET_INVALID, REGISTRY_UNAVAILABLE. */
export const readPbx = async (
  registry: PbxRegistry,
  id: string,
): Promise<PbxSecret & { readonly credentialsFrom: string | undefined }> => {
  const own = parseSecret(id, await registry.readText(checkPbxId(id)));
  if (own.credentialsFrom === undefined) return own;
  const lender = parseSecret(own.credentialsFrom, await readLender(registry, id, own.credentialsFrom));
  if (lender.credentialsFrom !== undefined) {
    throw new ProductError("PBX_SECRET_INVALID", {
      field: "credentials_from",
      detail: `the secret of ${id}: \`credentials_from\` must name a PBX that has its own credentials; got ${own.credentialsFrom}, which uses those of another PBX.`,
    });
  }
  return {
    ...own,
    connection: { host: own.connection.host, auth: lender.connection.auth },
    expiresAt: own.expiresAt ?? lender.expiresAt,
  };
};

/** The secret text of the PBX that `credentials_from` of another PBX names. */
const readLender = async (registry: PbxRegistry, id: string, lender: string): Promise<string> => {
  try {
    return await registry.readText(checkPbxId(lender));
  } catch (error) {
    if (!isError(error, "PBX_UNKNOWN")) throw error;
    throw new ProductError("PBX_SECRET_INVALID", {
      field: "credentials_from",
      detail: `the secret of ${id}: ${error.message.replace("`pbx`", "`credentials_from`")}`,
      cause: error,
    });
  }
};
