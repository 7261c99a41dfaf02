import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { WmsError } from "../../../lib/wms/errors.ts";
import { sign } from "../../../lib/wms/signing/sign.ts";
import { type Vector, vectorRequest, vectors } from "../../support/vectors.ts";

/** JavaScript cannot express these inputs, or PHP versions disagree on them: there, only `sign what travels` holds. */
const free = (vector: Vector): boolean => Boolean(vector.phpTypes) || Boolean(vector.phpVersionSensitive);
const mustMatch = vectors.filter((vector) => vector.server?.verifies === true && !free(vector));

const pairsOf = (text: string): string[] => text.split("&").sort();
const isJson = (vector: Vector): boolean =>
  /content-type"\s*:\s*"[^"]*application\/json/i.test(JSON.stringify(vector.headers));

describe("the official client's requests that a PBX accepts", () => {
  it("are more than 150", () => expect(mustMatch.length).toBeGreaterThan(150));

  it.each(mustMatch)("$name", async (vector) => {
    const { connection, request } = vectorRequest(vector);
    const wire = await sign(connection, request, vector.iat);
    expect(wire.canonical).toBe(vector.expect?.canonical);
    expect(wire.claims?.sign.hash).toBe(vector.expect?.canonicalSha256);
    expect(wire.claims).toEqual(JSON.parse(vector.expect?.claims ?? ""));
    const [path, query = ""] = wire.target.split("?", 2);
    const [theirPath, theirQuery = ""] = (vector.expect?.target ?? "").split("?", 2);
    expect(path).toBe(theirPath);
    expect(pairsOf(query)).toEqual(pairsOf(theirQuery));
    if (isJson(vector) && wire.body !== "")
      expect(JSON.parse(wire.body)).toEqual(JSON.parse(vector.expect?.wireBody ?? ""));
    else expect(pairsOf(wire.body)).toEqual(pairsOf(vector.expect?.wireBody ?? ""));

    const [head, payload, signature] = (wire.headers.at(-1)?.[1] ?? "").replace("Bearer ", "").split(".");
    const secret =
      connection.auth.kind === "s2s"
        ? connection.auth.secret_key.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, "")
        : "";
    expect(signature).toBe(createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url"));
    expect(JSON.parse(Buffer.from(payload ?? "", "base64url").toString())).toEqual(wire.claims);
  });
});

describe("the official client's requests that a PBX refuses, or that it cannot send", () => {
  const outcome = async (vector: Vector): Promise<string> => {
    const { connection, request } = vectorRequest(vector);
    try {
      await sign(connection, request, vector.iat);
      return "sent in a form that verifies";
    } catch (error) {
      if (!(error instanceof WmsError)) throw error;
      return error.code;
    }
  };

  it("are repaired or refused, each by name", async () => {
    const others = vectors.filter((vector) => vector.server?.verifies !== true || free(vector));
    const outcomes = await Promise.all(
      others.map(async (vector) => [vector.name, await outcome(vector)] as const),
    );
    await expect(`${JSON.stringify(Object.fromEntries(outcomes), null, 2)}\n`).toMatchFileSnapshot(
      "vector-outcomes.json",
    );
  });
});
