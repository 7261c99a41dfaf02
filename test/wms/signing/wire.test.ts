import { describe, expect, it } from "vitest";
import { headerNameForToken, layOut } from "../../../lib/wms/signing/wire.ts";
import type { WmsRequest } from "../../../lib/wms/types.ts";

/** A request whose values may be of other types than those that TypeScript allows. */
type Change = Partial<Record<keyof WmsRequest, unknown>>;
const get = (change: Change) => layOut({ method: "GET", path: "/api/v1/x", ...change } as WmsRequest);
const post = (change: Change) => get({ method: "POST", ...change });

describe("the target", () => {
  it.each<[string, Change, string]>([
    ["a path", { path: " //api/v1/x\t" }, "/api/v1/x"],
    ["a fragment", { path: "/api/v1/x?a=1#top" }, "/api/v1/x?a=1"],
    ["a query beside params", { path: "/x?a=1&b=2", params: { b: "3", c: "4" } }, "/x?a=1&b=3&c=4"],
    ["letters outside ASCII", { path: "/ü b" }, "/%C3%BC%20b"],
    ["an encoded path", { path: "/a%20b" }, "/a%20b"],
    ["a percent sign", { path: "/100%" }, "/100%25"],
    ["a control character", { path: "/a\u0001b" }, "/a_b"],
  ])("of %s", (_name, change, target) => expect(get(change).target).toBe(target));
});

describe("the body", () => {
  it.each<[string, Change, string, string | undefined]>([
    [
      "a form by default",
      { body: { a: "1", b: ["x"] } },
      "a=1&b%5B0%5D=x",
      "application/x-www-form-urlencoded",
    ],
    ["JSON if it is asked for", { body: { a: "1" }, as: "json" }, '{"a":"1"}', "application/json"],
    [
      "JSON for a caller's Content-Type, which is not set again",
      { body: { a: 1 }, headers: { "Content-Type": "application/json; charset=utf-8" } },
      '{"a":1}',
      undefined,
    ],
    ["an empty list for JSON without a body", { as: "json" }, "[]", "application/json"],
    ["empty for a form without a body", {}, "", undefined],
  ])("is %s", (_name, change, body, contentType) =>
    expect(post(change)).toMatchObject({ body, contentType }),
  );
  it.each(["GET", "DELETE"] as const)("of %s is not sent", (method) =>
    expect(get({ method, body: { a: "1" } })).toMatchObject({
      body: "",
      contentType: undefined,
    }),
  );
});

describe("headers", () => {
  it("are trimmed, in the caller's order, as text", () =>
    expect(get({ headers: { "X-B": "\t b ", "X-A": 7, "X-C": true, "X-D": false } }).headers).toEqual([
      ["X-B", "b"],
      ["X-A", "7"],
      ["X-C", "1"],
      ["X-D", "0"],
    ]));
  it("with a number as their name are a number in the token", () =>
    expect(["5", "05", "X-5"].map(headerNameForToken)).toEqual([5, "05", "X-5"]));
  it.each<[Change, string, string]>([
    [{ headers: { "a b": "x" } }, "headers.(name)", "HTTP forbids"],
    [{ headers: { "X-A": ["x"] } }, "headers.X-A", "one text"],
    [{ headers: { "X-A": "a\nb" } }, "headers.X-A", "line break"],
    [{ headers: { authorization: "x" } }, "headers.authorization", "the client sets it"],
    [{ headers: { "x-app-id": "x" } }, "headers.x-app-id", "the client sets it"],
    [{ headers: { "X-A": "1", "x-a": "2" } }, "headers.x-a", "twice"],
    [{ headers: { "Content-Type": "text/plain" } }, "headers.content-type", "sent as form"],
    [{ headers: { "Content-Type": "application/json" }, as: "form" }, "headers.content-type", "sent as form"],
  ])("that the PBX could not verify are refused: %j", (change, field, says) =>
    expect(() => get(change)).toThrowError(
      expect.objectContaining({ code: "WMS_HEADER_INVALID", field, message: expect.stringContaining(says) }),
    ),
  );
});

describe("paths and methods", () => {
  it.each([
    ["https://pbx/x", "whole URL"],
    ["/a/../b", "segment"],
    ["/a/.", "segment"],
    ["/User/sip:100", "%3A"],
    ["/a%20b c", "partly percent-encoded"],
    ["/x?a=%ff", "query in UTF-8"],
    ["/\ud800", "UTF-8"],
  ])("%j is refused", (path, says) =>
    expect(() => get({ path })).toThrowError(
      expect.objectContaining({
        code: "WMS_PATH_INVALID",
        field: "path",
        message: expect.stringContaining(says),
      }),
    ),
  );
  it.each(["/...", "/a:b", "/a:123456", "/a.b"])("%s is not refused", (path) =>
    expect(get({ path }).path).toBe(path),
  );
  it("a method in lower case is refused", () =>
    expect(() => get({ method: "get" })).toThrowError(
      expect.objectContaining({ code: "WMS_METHOD_INVALID" }),
    ));
});
