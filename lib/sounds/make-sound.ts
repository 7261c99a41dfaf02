import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { isError, ProductError } from "../errors.ts";
import { invalid, parseInput } from "../input.ts";
import { asSeen, type Expect, type ExportStore, readText, writeText } from "../store/store.ts";
import type { Limits, WmsClient } from "../wms/client.ts";

export const soundSchema = z.strictObject({
  pbx: z.optional(z.string()),
  filename: z.string(),
  text: z.string(),
  voice: z.string(),
  directory: z.optional(z.string()),
  replace: z.optional(z.boolean()),
});

export interface WantedSound {
  readonly pbx: string | undefined;
  readonly filename: string;
  readonly directory: string;
  readonly text: string;
  readonly voice: string;
  readonly replace: boolean;
}

const safeName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;

/** The body of POST /sounds. Throws INPUT_INVALID. `maxText` is in characters. */
export const readSound = (body: unknown, maxText: number): WantedSound => {
  const sound = parseInput(soundSchema, body);
  const directory = (sound.directory ?? "").replace(/^\/+|\/+$/g, "");
  if (!safeName.test(sound.filename))
    throw invalid(
      "filename",
      "must be letters, digits, dot, underscore and hyphen, at most 80, for example welcome.",
    );
  if (directory !== "" && !directory.split("/").every((part) => safeName.test(part))) {
    throw invalid(
      "directory",
      "must be folder names of letters, digits, dot, underscore and hyphen; leave it empty for the root.",
    );
  }
  if (sound.text.trim() === "") throw invalid("text", "must not be empty. Write the words to speak.");
  if (/[^\P{Cc}\t\r\n]/u.test(sound.text))
    throw invalid("text", "must not have control characters. Write only words, spaces and line breaks.");
  const length = [...sound.text].length;
  if (length > maxText)
    throw invalid(
      "text",
      `must have at most ${maxText} characters; got ${length}. Split it into several sounds.`,
    );
  if (!/^[\p{L}\p{N} _.-]{1,64}$/u.test(sound.voice))
    throw invalid("voice", "must be the name of a voice of the PBX, for example Kimberly.");
  return {
    pbx: sound.pbx,
    filename: sound.filename,
    directory,
    text: sound.text,
    voice: sound.voice,
    replace: sound.replace ?? false,
  };
};

export interface MadeSound {
  /** False: the same text and voice existed, and nothing was made. */
  readonly made: boolean;
}

/**
 * Makes a sound unless the same one exists. The store remembers the text and voice of each sound, because the PBX does not return
 * them. `limits` is called before each request, so that the second has the time that the first left. Throws SOUND_EXISTS,
 * WMS_SOUND_LIST_MISSING, STORE_CONFLICT if the sound was made from other text meanwhile, and the errors of the PBX's routes.
 */
export const makeSound = async (
  client: Pick<WmsClient, "sounds">,
  store: ExportStore,
  pbx: string,
  sound: WantedSound,
  limits: () => Limits,
): Promise<MadeSound> => {
  const key = [
    "sounds",
    pbx,
    ...(sound.directory === "" ? [] : [sound.directory]),
    `${sound.filename}.json`,
  ].join("/");
  const digest = createHash("sha256")
    .update(JSON.stringify([sound.text, sound.voice]))
    .digest("hex");
  const remembered = await store.head(key);
  const same = remembered !== undefined && (await readText(store, key)) === digest;
  const exists = await existsInPbx(client, sound, limits());
  if (exists && same) return { made: false };
  if (exists && !sound.replace) {
    throw new ProductError("SOUND_EXISTS", {
      field: "filename",
      detail: `a sound called ${sound.filename} exists and was made from another text or voice`,
    });
  }
  await client.sounds.create(sound, limits());
  await remember(store, key, digest, asSeen(remembered));
  return { made: true };
};

/** Remembers text and voice; a simultaneous request for the same sound may have done so. */
const remember = async (store: ExportStore, key: string, digest: string, expect: Expect): Promise<void> => {
  try {
    await writeText(store, key, digest, expect);
  } catch (error) {
    if (!isError(error, "STORE_CONFLICT") || (await readText(store, key)) !== digest) throw error;
  }
};

/** Whether the PBX has the sound. If it cannot list sounds, `replace` makes the answer irrelevant. */
const existsInPbx = async (
  client: Pick<WmsClient, "sounds">,
  sound: WantedSound,
  limits: Limits,
): Promise<boolean> => {
  try {
    return await client.sounds.exists(sound.filename, sound.directory, limits);
  } catch (error) {
    if (sound.replace && isError(error, "WMS_SOUND_LIST_MISSING")) return false;
    throw error;
  }
};
