import { awsStorePorts } from "../lib/aws/store-ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { pickPbx } from "../lib/callers/pick-pbx.ts";
import { type HttpHandler, httpApi } from "../lib/http/api.ts";
import type { StorePorts } from "../lib/ports.ts";
import { makeSound, readSound } from "../lib/sounds/make-sound.ts";

/** POST /sounds: speaks a text into a sound of the PBX; 201, or 200 where the same sound stands already. */
export const createSound = (ports: StorePorts): HttpHandler =>
  httpApi(ports, "sounds:write", async (request) => {
    const sound = readSound(request.json(), ports.config.maxSoundText);
    const pbx = await pickPbx(ports, request.caller, sound.pbx);
    const limits = () => ({ timeoutMs: request.timeLeft });
    const { made } = await makeSound(pbx.client, ports.store, pbx.id, sound, limits);
    return {
      status: made ? 201 : 200,
      body: { pbx: pbx.id, directory: sound.directory, filename: sound.filename, voice: sound.voice, made },
    };
  });

export const handler = onLambda(createSound, awsStorePorts);
