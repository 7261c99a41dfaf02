import { createHmac } from "node:crypto";

/**
 * Replaces WebCrypto in the bundles, as far as jose uses it for HS256 (esbuild.config.cjs). WebCrypto computes in other threads:
 * its first signature takes 4 ms of a cold start, and an HMAC of a few hundred bytes takes less time than passing it to a thread.
 */

const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
type Algorithm = Readonly<Record<keyof typeof algorithm, string>>;

/** The properties that jose checks before it uses a key, and the bytes, which only this module reads. */
class HmacKey {
  readonly [Symbol.toStringTag] = "CryptoKey";
  readonly type = "secret";
  readonly extractable = false;
  readonly algorithm = { name: algorithm.name, hash: { name: algorithm.hash } };
  readonly usages = ["sign"];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  sign(data: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#bytes).update(data).digest();
  }
}

const onlyHs256 = (given: Algorithm): void => {
  if (given.name !== algorithm.name || given.hash !== algorithm.hash)
    throw new Error(`a function signs only with HMAC and SHA-256; got ${given.name} and ${given.hash}`);
};

export const crypto = {
  subtle: {
    async importKey(format: "raw", bytes: Uint8Array, given: Algorithm): Promise<HmacKey> {
      onlyHs256(given);
      if (format !== "raw") throw new Error(`a function imports only raw keys; got ${format}`);
      if (bytes.length === 0) throw new Error("the key of an HMAC must not be empty");
      return new HmacKey(bytes);
    },
    async sign(given: Algorithm, key: HmacKey, data: Uint8Array): Promise<Uint8Array> {
      onlyHs256(given);
      return key.sign(data);
    },
  },
};
