import { describe, expect, it } from "vitest";
import { type Received, readRequest } from "../../simulator/php-wire.ts";
import { type Accounts, verify } from "../../simulator/verify.ts";
import { type Vector, vectors } from "../support/vectors.ts";

const phpTrim = (text: string): string => text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, "");

/** The recorded bytes, as they stood on the wire. */
const received = (vector: Vector): Received => ({
  method: vector.expect?.wireMethod ?? "",
  target: vector.expect?.target ?? "",
  headers: (vector.expect?.wireHeaders ?? []).map(([name, value]) => [name, latin1(value)] as const),
  body: Buffer.from(plain(vector.expect?.wireBody), "utf8"),
});
const plain = (text: unknown): string => (typeof text === "string" ? text : "");
const latin1 = (text: unknown): string => Buffer.from(plain(text), "utf8").toString("latin1");

const accounts = ({ config }: Vector): Accounts => ({
  appId: phpTrim(config.app_id),
  appName: phpTrim(config.app_name),
  secret: phpTrim(config.secret_key),
  apiKey: "k",
  token: "t",
  foreignApp: false,
});

const judge = async (vector: Vector): Promise<boolean> => {
  const wire = received(vector);
  return (await verify(wire, readRequest(wire), accounts(vector), vector.iat)).ok;
};

/** Bytes that are not UTF-8, a header told twice, and a path that the recorded server took apart in its own way. */
const notJudged = new Set(["form-bad-utf8", "header-numeric-name"]);
const sent = vectors.filter(
  (vector) =>
    vector.server !== undefined && typeof vector.expect?.target === "string" && !notJudged.has(vector.name),
);

describe("the simulator lets in what the official client sends", () => {
  it.each(
    sent.filter(({ server, phpVersionSensitive }) => server?.verifies === true && !phpVersionSensitive),
  )("$name", async (vector) => {
    expect(await judge(vector)).toBe(true);
  });
});

describe("the simulator refuses what a PBX must refuse", () => {
  it.each(sent.filter(({ server }) => server?.verifies === false))("$name", async (vector) => {
    expect(await judge(vector)).toBe(false);
  });
});
