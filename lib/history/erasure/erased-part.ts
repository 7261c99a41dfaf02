import { createHash } from "node:crypto";
import type { IsErased } from "../../erased-numbers.ts";
import { ProductError } from "../../errors.ts";
import { formatOf } from "../../format-names.ts";
import type { ExportStore } from "../../store/store.ts";
import { callFields } from "../grouping/grouping.ts";
import { editPart } from "../parts/part-editor.ts";
import type { FinishedPart } from "../parts/parts.ts";
import type { Part } from "../publication/manifest.ts";
import type { FieldDoc } from "../rows/field-doc.ts";
import { legFields } from "../rows/leg-fields.ts";
import { type ErasableDataset, erasedRow, rulesOf } from "./erased-rows.ts";

const fieldsOf: Readonly<Record<ErasableDataset, Readonly<Record<string, FieldDoc>>>> = {
  legs: {
    ...legFields,
    // rows of older versions
    missed: { type: "flag", nullable: true, says: "" },
    pbx: { type: "text", nullable: true, says: "" },
  },
  calls: callFields,
};

type Where = Pick<Part, "key" | "sha256">;

/**
 * Counts the rows of a part that have an erased number. Throws MANIFEST_INVALID if the part is not the one that its manifest names:
 * a damaged part must not get a new manifest.
 */
export const countErased = async (
  store: Pick<ExportStore, "read">,
  dataset: ErasableDataset,
  part: Where,
  isErased: IsErased,
): Promise<number> => {
  const hash = createHash("sha256");
  const bytes = hashed(await bytesOf(store, part), hash);
  const count = await editPart(formatIn(part), fieldsOf[dataset], bytes, async ({ rows }) => {
    let found = 0;
    for await (const { row } of rows) if (erasedRow(row, rulesOf[dataset], isErased)) found++;
    return found;
  }).catch((cause: unknown) => {
    throw changed(part, cause);
  });
  if (hash.digest("hex") !== part.sha256) throw changed(part);
  return count;
};

/** Writes a part again without the numbers; it is not visible yet. */
export const rewritePart = async (
  store: ExportStore,
  dataset: ErasableDataset,
  part: Where,
  isErased: IsErased,
): Promise<FinishedPart> =>
  editPart(formatIn(part), fieldsOf[dataset], await bytesOf(store, part), async ({ rows, encode, open }) => {
    const written = open(store, part.key);
    try {
      for await (const { row, kept } of rows) {
        const erased = erasedRow(row, rulesOf[dataset], isErased);
        await written.write([erased === undefined ? kept : encode(erased)]);
      }
      return await written.finish();
    } catch (error) {
      await written.abort();
      throw error;
    }
  });

const formatIn = (part: Where) => {
  const format = formatOf(part.key);
  if (format === undefined) throw changed(part);
  return format;
};

const bytesOf = async (store: Pick<ExportStore, "read">, part: Where): Promise<AsyncIterable<Uint8Array>> => {
  const bytes = await store.read(part.key);
  if (bytes === undefined) throw changed(part);
  return bytes;
};

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

const changed = ({ key }: Where, cause?: unknown): ProductError =>
  new ProductError("MANIFEST_INVALID", {
    field: key,
    detail: `${key} is not the part that its manifest names. Run \`wildix verify\`, and export the day again with \`--force\`.`,
    cause,
  });
