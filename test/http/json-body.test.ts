import { describe, expect, it } from "vitest";
import { readJson } from "../../lib/http/json-body.ts";

const read = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  readJson({ body: Buffer.from(body), header: (name) => headers[name] });

const call = '{"extension":"108","to":"+16144841500"}';

describe("the body of a request", () => {
  it.each([
    {},
    { "content-type": "application/json" },
    { "content-type": "application/json; charset=UTF-8" },
    { "content-type": 'application/json;charset="utf8"' },
    { "content-type": "application/vnd.crm+json; charset=us-ascii" },
    { "content-encoding": "identity" },
  ])("is read with the headers %j", (headers) => expect(read(call, headers)).toEqual(JSON.parse(call)));

  it.each<[string, string | Buffer, Record<string, string>, string | undefined, string]>([
    [
      "a name twice",
      '{"extension":"108","to":"+16144841500","to":"+16144841501"}',
      {},
      "/to",
      "`/to` must be in the body once; got it twice. Remove one.",
    ],
    [
      "a name twice inside",
      '{"caller_id":{"name":"Ada","number":"1","name":"Zoë"}}',
      {},
      "/caller_id/name",
      "`/caller_id/name` must be in the body once; got it twice. Remove one.",
    ],
    [
      "a number as a name twice",
      '{"+16144841500":1,"+16144841500":2}',
      {},
      "/…00",
      "`/…00` must be in the body once; got it twice. Remove one.",
    ],
    [
      "another charset",
      Buffer.from('{"name":"M\xfcller"}', "latin1"),
      { "content-type": "application/json; charset=iso-8859-1" },
      "content-type",
      "`content-type` must have the charset utf-8; got iso-8859-1. Encode the body as UTF-8.",
    ],
    [
      "other bytes than UTF-8",
      Buffer.from('{"name":"M\xfcller"}', "latin1"),
      { "content-type": "application/json" },
      undefined,
      "the body must be UTF-8; got other bytes. Encode it as UTF-8.",
    ],
    [
      "compression",
      Buffer.from([0x1f, 0x8b, 0x08]),
      { "content-encoding": "gzip" },
      "content-encoding",
      "`content-encoding` must not be set; got gzip. Send the body without compression.",
    ],
    [
      "a form",
      "to=1",
      { "content-type": "application/x-www-form-urlencoded" },
      "content-type",
      "`content-type` must be application/json; got application/x-www-form-urlencoded. Send the body as JSON.",
    ],
    [
      "a trailing comma",
      '\uFEFF{"extension":"108",}',
      {},
      undefined,
      "the body is not JSON; the first wrong character is at line 1, column 20",
    ],
    [
      "a missing comma in a later line",
      '{\n  "to": "1"\n  "extension": "108"\n}',
      {},
      undefined,
      "the body is not JSON; the first wrong character is at line 3, column 3",
    ],
    ["no body", "", {}, undefined, "the body is missing"],
    ["half a body", '{"extension":', {}, undefined, "the body ends before its JSON is complete"],
  ])("%s is refused", (_name, body, headers, field, message) =>
    expect(() => read(body, headers)).toThrow(
      expect.objectContaining({ code: "BODY_INVALID", field, message }),
    ),
  );
});
