import { didYouMean } from "../../lib/did-you-mean.ts";
import { isError } from "../../lib/errors.ts";
import { isPbxId, type PbxRegistry } from "../../lib/pbxs/registry.ts";
import { UsageError } from "../terminal/output.ts";
import { fromStored } from "./draft.ts";

/** Whether a PBX can lend its credentials: an unknown one cannot, nor one that uses the credentials of another PBX. */
export type Lender = "own" | "borrows" | "unknown";

export const lenderOf = (secret: Readonly<Record<string, unknown>> | undefined): Lender => {
  if (secret === undefined) return "unknown";
  return secret["credentials_from"] === undefined ? "own" : "borrows";
};

/** Refuses `--credentials-from` of a PBX that cannot lend its credentials. Throws UsageError. */
export const checkLender = async (registry: PbxRegistry, id: string): Promise<void> => {
  const lender = lenderOf(await storedSecret(registry, id));
  if (lender === "borrows")
    throw new UsageError(
      `\`--credentials-from\` must name a PBX that has its own credentials; got ${id}, which uses those of another PBX.`,
    );
  if (lender === "own") return;
  // a person without the right to list secrets can write one
  const known = await registry.list().catch(() => []);
  const near = didYouMean(
    id,
    known.map((entry) => entry.id),
  );
  throw new UsageError(
    `\`--credentials-from\` must be the id of a registered PBX; got ${id}. ${near === undefined ? "`wildix secret list` lists them." : `Did you mean ${near}?`}`,
  );
};

const storedSecret = async (registry: PbxRegistry, id: string) => {
  if (!isPbxId(id)) return undefined;
  try {
    return fromStored({ text: await registry.readText(id), tags: {} }).secret;
  } catch (error) {
    if (isError(error, "PBX_UNKNOWN")) return undefined;
    throw error;
  }
};
