import { describe, expect, it } from "vitest";
import { historyRequest } from "../../../lib/wms/operations/history-page.ts";
import { clientOf } from "../../support/operations.ts";
import { ok } from "../../support/scripted.ts";

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
