import { describe, expect, it } from "vitest";
import { historyRequest } from "../../../lib/wms/operations/history-page.ts";
import type { TransportResult } from "../../../lib/wms/sending/transport.ts";
import { clientOf } from "../../support/operations.ts";
import { ok } from "../../support/scripted.ts";

const latin1 = (text: string): TransportResult => ({
  kind: "response",
  status: 200,
  headers: [],
  body: (async function* () {
    yield Buffer.from(text, "latin1");
  })(),
});

describe("a page of history", () => {
  it("is asked for by the names of WMS", () =>
    expect(
      historyRequest({ fields: ["id", "start"], offset: 5, searchFields: ["src", "dst"] }).params,
    ).toMatchObject({ fields: "id,start", start: 5, searchFields: "src,dst" }));
  it.each<[unknown, number | undefined]>([
    ["7", 7],
    [7, 7],
    [0, 0],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("with the total %j has %s", async (total, expected) =>
    expect(await clientOf(ok({ total, records: [] })).historyPage({})).toEqual({
      total: expected,
      records: [],
    }),
  );
  it.each<[string, TransportResult, true | undefined]>([
    ["bytes of Latin-1", latin1('{"type":"result","result":{"records":[{"from_name":"Caf\u00e9"}]}}'), true],
    ["U+FFFD", ok({ records: [{ from_name: "Caf\ufffd" }] }), true],
    ["U+FFFD as an escape", latin1('{"type":"result","result":{"records":[{"n":"\\ufffd"}]}}'), true],
    ["the same in capitals", latin1('{"type":"result","result":{"records":[{"n":"\\uFFFD"}]}}'), true],
    ["UTF-8", ok({ records: [{ from_name: "Caf\u00e9" }] }), undefined],
  ])("with %s says whether text was replaced", async (_name, answered, expected) =>
    expect((await clientOf(answered).historyPage({})).hasReplaced).toBe(expected),
  );
  it.each<[string, unknown]>([
    ["without records", { total: 0 }],
    ["with a total in words", { total: "many", records: [] }],
    ["with a total below zero", { total: -1, records: [] }],
    ["with half a row as the total", { total: 0.5, records: [] }],
    ["with a list as the total", { total: [], records: [] }],
  ])("%s is an error", async (_name, result) =>
    expect(clientOf(ok(result)).historyPage({})).rejects.toMatchObject({ code: "WMS_ANSWER_UNEXPECTED" }),
  );
});
