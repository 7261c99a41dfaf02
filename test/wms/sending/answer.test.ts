import { describe, expect, it } from "vitest";
import type { WmsError } from "../../../lib/wms/errors.ts";
import { readRecords, readResult, statusError } from "../../../lib/wms/sending/answer.ts";

const response = (status: number, body: unknown) => ({
  status,
  headers: [],
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const failure = (act: () => unknown): WmsError => {
  try {
    act();
  } catch (error) {
    return error as WmsError;
  }
  return expect.fail("it should have failed");
};

describe("the status of an answer", () => {
  it.each([200, 204, 299])("%i is a success", (status) =>
    expect(statusError(response(status, ""))).toBeUndefined(),
  );
  it.each([
    [199, "WMS_REDIRECTED"],
    [300, "WMS_REDIRECTED"],
    [399, "WMS_REDIRECTED"],
    [400, "WMS_REFUSED"],
    [401, "WMS_UNAUTHORIZED"],
    [403, "WMS_FORBIDDEN"],
    [404, "WMS_NOT_FOUND"],
    [429, "WMS_RATE_LIMITED"],
    [499, "WMS_REFUSED"],
    [500, "WMS_SERVER_ERROR"],
    [599, "WMS_SERVER_ERROR"],
  ])("%i is %s", (status, code) =>
    expect(statusError(response(status, ""))).toMatchObject({ code, sent: "yes", pbxStatus: status }),
  );
  it("keeps the PBX's wait for 429 and 5xx only", () => {
    expect([400, 429, 503].map((status) => statusError(response(status, ""), 7)?.retryAfter)).toEqual([
      undefined,
      7,
      7,
    ]);
  });
  it.each<[unknown, string]>([
    [{ reason: "no route to 16144841500\n" }, ': "no route to …00 "'],
    [{ reason: "x".repeat(300) }, `: "${"x".repeat(200)}"`],
    [{ reason: 7 }, ""],
    [["reason"], ""],
    ["<html>", ""],
  ])("quotes the PBX's reason, short and without a whole number: %j", (body, said) =>
    expect(statusError(response(400, body))?.message).toBe(`the PBX responded with 400${said}`),
  );
});

describe("the result of an answer", () => {
  it("is the value of `result`", () =>
    expect(readResult(response(200, { type: "result", result: [1] }))).toEqual([1]));
  it.each<[string, unknown, string, string]>([
    ["an empty body", " \n", "WMS_ANSWER_EMPTY", "the PBX responded with an empty body"],
    ["half an object", '{"type":"res', "WMS_ANSWER_TRUNCATED", "ends in the middle of its JSON"],
    ["half a number", '{"a":1.', "WMS_ANSWER_TRUNCATED", "ends in the middle of its JSON"],
    ["half a word", '{"a":tr', "WMS_ANSWER_TRUNCATED", "ends in the middle of its JSON"],
    ["half an escape", '\uFEFF{"a":"\\u12', "WMS_ANSWER_TRUNCATED", "ends in the middle of its JSON"],
    ["a value that is not JSON", '{"a":NaN}', "WMS_NOT_JSON", "is not valid JSON"],
    ["a comma too many", '{"a":1,}', "WMS_NOT_JSON", "is not valid JSON"],
    ["UTF-16", '{\u0000"\u0000a\u0000', "WMS_NOT_JSON", "is not valid JSON"],
    ["half a list", "\uFEFF [1", "WMS_ANSWER_TRUNCATED", "ends in the middle of its JSON"],
    ["a page", "<html>", "WMS_NOT_JSON", "is a page or text, not JSON"],
    ["too many levels", `${"[".repeat(300)}${"]".repeat(300)}`, "WMS_ANSWER_TOO_LARGE", "256 levels"],
    ["a list", [], "WMS_ANSWER_UNEXPECTED", "lacks an object with `type`"],
    ["null", null, "WMS_ANSWER_UNEXPECTED", "lacks an object with `type`"],
    ["another type", { type: "x", result: 1 }, "WMS_ANSWER_UNEXPECTED", "lacks `type: result`"],
    ["no result", { type: "result" }, "WMS_ANSWER_UNEXPECTED", "lacks `type: result`"],
    ["an error", { type: "error", reason: "locked" }, "WMS_REFUSED", '200 and an error: "locked"'],
    ["an error without a reason", { type: "error" }, "WMS_REFUSED", "200 and an error"],
  ])("%s is an error", (_name, body, code, says) => {
    const error = failure(() => readResult(response(200, body)));
    expect(error).toMatchObject({ code, sent: "yes", pbxStatus: 200 });
    expect(error.message).toContain(says);
  });
  it("does not keep the text of a page in its cause", () =>
    expect(String(failure(() => readResult(response(200, "<secret>"))).cause)).not.toContain("secret"));
});

describe("the records of an answer", () => {
  const answered = (result: unknown) => response(200, { type: "result", result });
  it("are the objects in `result.records`", () =>
    expect(readRecords(answered({ records: [{ id: 1 }, 7, null, [2]], total: 4 })).records).toEqual([
      { id: 1 },
    ]));
  it.each([[{}], [{ records: {} }], ["Success"], [[]], [null]])("%j has none, which is an error", (result) =>
    expect(failure(() => readRecords(answered(result))).code).toBe("WMS_ANSWER_UNEXPECTED"),
  );
});
