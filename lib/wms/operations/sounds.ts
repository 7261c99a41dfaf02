import { readRecords, readResult } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsRequest } from "../types.ts";

export interface SoundEntry {
  /** File or folder name as the PBX lists it. */
  readonly name: string;
  readonly isDirectory: boolean;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface NewSound {
  /** Folder below the sounds' root; empty (the default) for the root. */
  readonly directory?: string;
  readonly filename: string;
  readonly text: string;
  /** Such as `Kimberly`; which voices there are is the PBX's matter. */
  readonly voice: string;
}

export const listSoundsRequest = (directory: string): WmsRequest => ({
  method: "GET",
  path: "/api/v1/Sounds/",
  ...(directory === "" ? {} : { params: { directory } }),
});

export const readSounds = (response: RawResponse): SoundEntry[] =>
  readRecords(response).records.map((raw) => ({
    name: String(raw["name"] ?? raw["path"] ?? "").replace(/^.*\//, ""),
    isDirectory: raw["isDir"] === true || raw["isDir"] === "1" || raw["isDir"] === "true",
    raw,
  }));

/** A sound is listed with or without its extension, depending on the version. */
export const isSound = (entry: SoundEntry, filename: string): boolean =>
  !entry.isDirectory && (entry.name === filename || entry.name.replace(/\.[a-z0-9]{1,5}$/i, "") === filename);

export const createSoundRequest = (sound: NewSound): WmsRequest => ({
  method: "POST",
  path: "/api/v1/Sounds/",
  body: { directory: sound.directory ?? "", filename: sound.filename, text: sound.text, voice: sound.voice },
});

export const readDone = (response: RawResponse): void => {
  readResult(response);
};
