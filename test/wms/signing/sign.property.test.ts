import { describe, expect, it } from "vitest";
import { WmsError } from "../../../lib/wms/errors.ts";
import { sign } from "../../../lib/wms/signing/sign.ts";
import type { WireRequest, WmsRequest } from "../../../lib/wms/types.ts";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { type Received, readRequest } from "../../../simulator/php-wire.ts";
import { verify } from "../../../simulator/verify.ts";
import { fc } from "../../support/fast-check.ts";
import { connectionTo } from "../../support/pbx.ts";

const accounts = { ...simulatorDefaults, foreignApp: false };

/** The other side of the wire: it knows only what travels. */
const accepted = (wire: WireRequest): ReturnType<typeof verify> => {
  const received: Received = {
    method: wire.method,
    target: wire.target,
    headers: wire.headers.map(
      ([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")] as const,
    ),
    body: Buffer.from(wire.body, "utf8"),
  };
  return verify(received, readRequest(received), accounts, 1_700_000_000);
};

const nasty = fc.constantFrom(
  "",
  "a",
  "A",
  "filter",
  "0",
  "1",
  "10",
  "007",
  "1e3",
  "-1",
  "a.b",
  "a b",
  "a[b]",
  "]",
  "__proto__",
  "é",
  "ß",
  "İ",
  "😀",
  "\uE000",
  "\0",
  "+",
  "%41",
  "&=",
  "constructor",
  // white space to JavaScript, not to PHP
  "\u2000",
  "\u00a0",
);
const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
  { weight: 2, arbitrary: nasty },
);
const leaf = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom(
    " \t\n\r\0\v trimmed \v",
    "\f\u00a0kept\ufeff",
    "1;b:2",
    "00",
    "16144841500",
    "a+b c%20",
    "\ud800",
  ),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
);
const { tree } = fc.letrec<{ tree: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 12 }),
    tie("map"),
  ),
  map: fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
}));
const map = fc.dictionary(key, tree, { maxKeys: 5 });
const path = fc.oneof(
  fc.constantFrom(
    "/api/v1/PBX/CallHistory/",
    "api/v1/x?a[b]=1&a[c][]=2&c.d=3",
    "/a//b/",
    "/ä b",
    "/100%",
    "/%C3%A9",
    "/../x",
    "/sip:100",
    "/x?7=a&3=b",
    "/x#f?a=1",
  ),
  fc.webPath(),
  fc.string({ maxLength: 20 }).map((text) => `/x?${text}`),
);
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  path,
  params: map,
  body: map,
  headers: fc.dictionary(
    fc.constantFrom("X-A", "x-b", "Accept", "X-Ü", "42", "Host", "host"),
    fc.string({ maxLength: 8 }),
    { maxKeys: 3 },
  ),
  as: fc.constantFrom("form", "json", undefined),
});

describe("any request that we agree to send", () => {
  it("is rebuilt identically by a parser of the wire", async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(request, async (generated) => {
        const { as, ...rest } = generated;
        let wire: WireRequest;
        try {
          wire = await sign(
            connectionTo("https://pbx.example.com"),
            { ...rest, ...(as === undefined ? {} : { as }) } as unknown as WmsRequest,
            1_700_000_000,
          );
        } catch (error) {
          if (error instanceof WmsError) return;
          throw error;
        }
        sent++;
        expect(await accepted(wire)).toEqual({ ok: true, kind: "s2s" });
      }),
      { numRuns: 3_000 },
    );
    // a property that refuses everything would hold, too
    expect(sent).toBeGreaterThan(300);
  });
});
