import { readFile } from "node:fs/promises";

/** The text of a file in UTF-8, or in UTF-16 with a byte order mark, as Windows PowerShell writes it. */
export const readTextFile = async (path: string): Promise<string> => {
  const bytes = await readFile(path);
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString("utf16le");
  if (first === 0xfe && second === 0xff)
    return bytes
      .subarray(0, bytes.length - (bytes.length % 2))
      .swap16()
      .toString("utf16le");
  return bytes.toString("utf8");
};
