/**
 * Makes compression a step of this thread. Node compresses in threads of its own, whose pace no seed decides; import this
 * before anything that compresses.
 */
import { syncBuiltinESMExports } from "node:module";
import { Transform } from "node:stream";
import zlib from "node:zlib";

/** A stream that takes everything and acts on it in the end. */
const atOnce = (act: (bytes: Buffer) => Buffer) => (): Transform => {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // the writer fills the same buffer again
      chunks.push(Buffer.from(chunk));
      done();
    },
    flush(done) {
      done(null, act(Buffer.concat(chunks)));
    },
  });
};

// small windows: the memory of many small files takes longer than their bytes
const gzip = (bytes: Buffer): Buffer => zlib.gzipSync(bytes, { level: 1, memLevel: 1, windowBits: 9 });
Object.defineProperty(zlib, "createGzip", { value: atOnce(gzip) });
Object.defineProperty(zlib, "createGunzip", { value: atOnce((bytes) => zlib.gunzipSync(bytes)) });
syncBuiltinESMExports();
