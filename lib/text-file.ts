import { readFile } from "node:fs/promises";

/** Text in UTF-8, or in UTF-16 with a byte order mark, as Windows PowerShell writes it. */
export const decodeText = (bytes: Buffer): string => {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString("utf16le");
  if (first === 0xfe && second === 0xff)
    return bytes
      .subarray(0, bytes.length - (bytes.length % 2))
      .swap16()
      .toString("utf16le");
  return bytes.toString("utf8");
};

/** The text of a file. */
export const readTextFile = async (path: string): Promise<string> => decodeText(await readFile(path));
