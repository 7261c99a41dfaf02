import { didYouMean } from "../did-you-mean.ts";
import { ProductError } from "../errors.ts";
import { type PbxSecret, parseSecret } from "./secret.ts";

/** What is known of a PBX without reading its secret. */
export interface PbxEntry {
  readonly id: string;
  /** IANA zone; its presence says that the PBX's history is exported. */
  readonly timezone: string | undefined;
  /** False where the export is switched off, or no zone is given. */
  readonly exported: boolean;
  /** When the PBX was registered, epoch ms, where the registry knows. */
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

/** A PBX's id is a part of object keys and secret names. Throws PBX_UNKNOWN. */
export const checkPbxId = (id: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(id)) return id;
  throw new ProductError("PBX_UNKNOWN", {
    field: "pbx",
    detail: `\`pbx\` must be 1 to 63 letters, digits, dots, underscores or hyphens and begin with a letter or digit; got "${id.replace(/\p{Cc}/gu, "?").slice(0, 80)}".`,
  });
};

/** PBX_UNKNOWN that names a near id, or those that are known. */
export const unknownPbx = (id: string, known: readonly string[]): ProductError => {
  const near = didYouMean(id, known);
  const hint =
    near === undefined ? `Known: ${known.slice(0, 10).join(", ") || "none"}` : `Did you mean ${near}?`;
  return new ProductError("PBX_UNKNOWN", {
    field: "pbx",
    detail: `\`pbx\` must be the id of a registered PBX; got ${id}. ${hint}`,
  });
};

/** A PBX's secret, checked, with the credentials that `credentials_from` names. Throws PBX_UNKNOWN, PBX_SECRET_INVALID, REGISTRY_UNAVAILABLE. */
export const readPbx = async (registry: PbxRegistry, id: string): Promise<PbxSecret> => {
  const own = parseSecret(id, await registry.readText(checkPbxId(id)));
  if (own.credentialsFrom === undefined) return own;
  const lender = parseSecret(own.credentialsFrom, await registry.readText(checkPbxId(own.credentialsFrom)));
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
