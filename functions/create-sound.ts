import { awsStorePorts } from "../lib/aws/ports/store-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { type PickPorts, pickPbx } from "../lib/callers/pick-pbx.ts";
import type { Config } from "../lib/config.ts";
import { type ApiPorts, type HttpFunction, httpApi } from "../lib/http/api.ts";
import { makeSound, readSound } from "../lib/sounds/make-sound.ts";
import type { ExportStore } from "../lib/store/store.ts";

export interface SoundPorts extends ApiPorts, PickPorts {
  readonly config: Pick<Config, "defaultPbx" | "maxSoundText">;
  readonly store: ExportStore;
}

/** POST /sounds: speaks text into a sound of the PBX; 201, or 200 if the same sound exists. */
export const createSound = (ports: SoundPorts): HttpFunction =>
  httpApi(ports, { "POST /sounds": { scope: "sounds:write", query: [] } }, async (request) => {
    const sound = readSound(request.json(), ports.config.maxSoundText);
    const pbx = await pickPbx(ports, request.caller, sound.pbx);
    const limits = () => ({ timeoutMs: request.timeLeft });
    const { made } = await makeSound(pbx.client, ports.store, pbx.id, sound, limits);
    return {
      status: made ? 201 : 200,
      body: { pbx: pbx.id, directory: sound.directory, filename: sound.filename, voice: sound.voice, made },
    };
  });

export const handler = await onLambda(createSound, awsStorePorts);
