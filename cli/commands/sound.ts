import { configDefaults } from "../../lib/config.ts";
import { defined } from "../../lib/defined.ts";
import { isError } from "../../lib/errors.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { makeSound, readSound } from "../../lib/sounds/make-sound.ts";
import { type Context, onPbx, type PbxOptions } from "../context/context.ts";
import { paint } from "../terminal/output.ts";
import { NamedError } from "../typed/typed-names.ts";

export interface SoundOptions extends PbxOptions {
  readonly filename: string;
  readonly text: string;
  readonly voice: string;
  readonly directory?: string;
  readonly replace?: boolean;
  readonly out: string;
}

/** Makes a sound of the PBX from text. */
export const soundCommand = async (context: Context, options: SoundOptions): Promise<number> => {
  const { filename, text, voice, directory, replace } = options;
  const sound = readSound(
    { filename, text, voice, ...defined({ directory, replace }) },
    configDefaults.maxSoundText,
  );
  const { id, made } = await onPbx(context, options, async ({ pbx }) => {
    const limits = () => ({ signal: context.signal });
    const store = await directoryStore(options.out);
    const result = await makeSound(pbx.client, store, pbx.id, sound, limits).catch(inOptions(filename));
    return { id: pbx.id, made: result.made };
  });
  const words = made
    ? `${filename} was made on ${id}`
    : `${filename} exists already, from the same text and voice`;
  context.output.out(
    options.json
      ? JSON.stringify({ pbx: id, directory: sound.directory, filename, made })
      : `${paint(context.output, "green", "✓")} ${words}`,
  );
  return 0;
};

/** The library says which field of a request overwrites a sound. */
const inOptions =
  (filename: string) =>
  (error: unknown): never => {
    if (!isError(error, "SOUND_EXISTS")) throw error;
    const text = `\`--filename\` must be a new name; got ${filename}, which was made from another text or voice. Choose another name, or give \`--replace\` to overwrite the sound.`;
    throw new NamedError(error, text, "--filename");
  };
