import { randomBytes, webcrypto } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crypto } from "../../lib/aws/lambda-web-crypto.ts";
import { sign } from "../../lib/wms/signing/sign.ts";

let directory: string;
let bundled: typeof sign;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-sign-"));
  const {
    outputFileExtension: _extension,
    packager: _packager,
    ...options
  } = createRequire(import.meta.url)("../../esbuild.config.cjs")();
  const outfile = join(directory, "sign.mjs");
  const contents = 'export { sign } from "./lib/wms/signing/sign.ts";';
  const { metafile } = await build({
    ...options,
    metafile: true,
    stdin: { contents, resolveDir: process.cwd() },
    outfile,
  });
  expect(Object.keys(metafile?.inputs ?? {})).toContain("lib/aws/lambda-web-crypto.ts");
  ({ sign: bundled } = await import(outfile));
});
afterAll(() => rm(directory, { recursive: true }));

const hs256 = { name: "HMAC", hash: "SHA-256" } as const;
const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

describe("a signature of a bundle", () => {
  it.each([
    ["short", "k"],
    ["with other letters", "schlüssel €"],
    ["longer than a block of SHA-256", "0123456789abcdef".repeat(9)],
  ])("is the one of WebCrypto, for a secret that is %s", async (_what, secret_key) => {
    const auth = { kind: "s2s", app_id: "app", app_name: "Näme", secret_key } as const;
    const connection = { host: "https://pbx.example.com", auth };
    const request = {
      method: "POST",
      path: "/api/v1/Originate/",
      body: { channel: "Local/108@users" },
    } as const;
    const here = await sign(connection, request, 1_700_000_000);
    expect(await bundled(connection, request, 1_700_000_000)).toEqual(here);
    // the kept key once more
    expect(await bundled(connection, request, 1_700_000_300)).toEqual(
      await sign(connection, request, 1_700_000_300),
    );
  });
  it("does not change with the buffer from which the key was read", async () => {
    const secret = Uint8Array.from(randomBytes(32));
    const key = await crypto.subtle.importKey("raw", secret, hs256);
    const theirs = await webcrypto.subtle.importKey("raw", secret, hs256, false, ["sign"]);
    secret.fill(0);
    const text = bytes("text");
    expect(Buffer.from(await crypto.subtle.sign(hs256, key, text))).toEqual(
      Buffer.from(await webcrypto.subtle.sign(hs256, theirs, text)),
    );
  });
  it("is made by a key that jose accepts for HS256 only, and for signing only", async () => {
    const key = await crypto.subtle.importKey("raw", bytes("k"), hs256);
    expect(key).toMatchObject({
      type: "secret",
      extractable: false,
      algorithm: { name: "HMAC", hash: { name: "SHA-256" } },
      usages: ["sign"],
    });
    const refused = new SignJWT({}).setProtectedHeader({ alg: "HS512" });
    await expect(refused.sign(key as unknown as webcrypto.CryptoKey)).rejects.toThrow("SHA-512");
    // the bytes are not among the fields
    expect(JSON.stringify(key)).not.toContain("107");
  });
});

describe("what replaces WebCrypto in the bundles", () => {
  it("refuses what the functions do not use", async () => {
    const key = await crypto.subtle.importKey("raw", bytes("k"), hs256);
    await expect(crypto.subtle.importKey("raw", bytes(""), hs256)).rejects.toThrow("must not be empty");
    await expect(crypto.subtle.importKey("jwk" as "raw", bytes("k"), hs256)).rejects.toThrow("got jwk");
    for (const [name, hash] of [
      ["HMAC", "SHA-512"],
      ["ECDSA", "SHA-256"],
    ] as const) {
      await expect(crypto.subtle.importKey("raw", bytes("k"), { name, hash })).rejects.toThrow(
        `got ${name} and ${hash}`,
      );
      await expect(crypto.subtle.sign({ name, hash }, key, bytes("x"))).rejects.toThrow(
        `got ${name} and ${hash}`,
      );
    }
  });
});
