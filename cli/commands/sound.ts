import { configDefaults } from "../../lib/config.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { makeSound, readSound } from "../../lib/sounds/make-sound.ts";
import { type Context, openPbx, type PbxOptions } from "../context.ts";
import { paint } from "../output.ts";

export interface SoundOptions extends PbxOptions {
  readonly filename: string;
  readonly text: string;
  readonly voice: string;
  readonly directory?: string;
  readonly replace?: boolean;
  readonly out: string;
}

/** Speaks a text into a sound of the PBX. */
export const soundCommand = async (context: Context, options: SoundOptions): Promise<number> => {
  const { filename, text, voice, directory, replace } = options;
  const sound = readSound(
    {
      filename,
      text,
      voice,
      ...(directory === undefined ? {} : { directory }),
      ...(replace === undefined ? {} : { replace }),
    },
    configDefaults.maxSoundText,
  );
  const { pbx } = await openPbx(context, options);
  const { made } = await makeSound(pbx.client, await directoryStore(options.out), pbx.id, sound, () => ({
    signal: context.signal,
  }));
  const words = made
    ? `${filename} was made on ${pbx.id}`
    : `${filename} stands there already, from the same text and voice`;
  context.output.out(
    options.json
      ? JSON.stringify({ pbx: pbx.id, directory: sound.directory, filename, made })
      : `${paint(context.output, "green", "✓")} ${words}`,
  );
  return 0;
};
