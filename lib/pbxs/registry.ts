import type { PbxSecret } from "./secret.ts";

/** What is known of a PBX without reading its secret (decision 7). */
export interface PbxEntry {
  readonly id: string;
  /** IANA zone; its presence says that the PBX's history is exported. */
  readonly timezone: string | undefined;
  /** False where `wildix:export` is `off`, or no zone is given. */
  readonly exported: boolean;
  /** When the PBX was registered, epoch ms, where the registry knows. */
  readonly registeredAt: number | undefined;
}

/** The PBXs of this deployment. Adapters: lib/aws/secrets-manager.ts, lib/local/pbx-file.ts. */
export interface PbxRegistry {
  /** All PBXs, ordered by id; reads no secret value. */
  list(): Promise<readonly PbxEntry[]>;
  /** The PBX's secret as it stands now, uncached and validated. Throws PBX_UNKNOWN, PBX_SECRET_INVALID or REGISTRY_UNAVAILABLE. */
  read(id: string): Promise<PbxSecret>;
}
