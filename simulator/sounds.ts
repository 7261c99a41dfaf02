/** A sound that was made from text. */
export interface Sound {
  readonly directory: string;
  readonly filename: string;
  readonly text: string;
  readonly voice: string;
  readonly wav: Buffer;
}

const rate = 8000;

/**
 * A real WAV file (8 kHz, 16 bit, mono) for text: a tone for each letter, a pause for each blank. It is not speech,
 * but it plays, and longer texts sound longer.
 */
export const speak = (text: string): Buffer => {
  const samples: number[] = [];
  for (const char of text) {
    const letter = /[\p{L}\p{N}]/u.test(char);
    const length = Math.round(rate * (letter ? 0.06 : 0.09));
    const pitch = 180 + ((char.codePointAt(0) ?? 0) % 32) * 14;
    for (let n = 0; n < length; n++) {
      const fade = Math.min(1, n / 80, (length - n) / 80);
      samples.push(letter ? Math.round(Math.sin((2 * Math.PI * pitch * n) / rate) * 9000 * fade) : 0);
    }
  }
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, at) => {
    data.writeInt16LE(sample, at * 2);
  });
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
};
