import { describe, expect, it } from "vitest";
import { clientOf } from "../../support/operations.ts";
import { answer, ok } from "../../support/scripted.ts";

describe("call queues", () => {
  it("have an id and a name as text, and all that the PBX gave", async () => {
    const records = [{ id: 1, name: "A" }, { id: "2", title: "B" }, {}];
    expect(await clientOf(ok({ records })).callQueues.list()).toEqual([
      { id: "1", name: "A", raw: records[0] },
      { id: "2", name: "B", raw: records[1] },
      { id: "", name: "", raw: {} },
    ]);
  });
  it("by id are one, or none if the PBX does not know it", async () => {
    const raw = { name: "A" };
    expect(await clientOf(ok(raw)).callQueues.one("7")).toEqual({ id: "7", name: "A", raw });
    expect(await clientOf(answer(404, { type: "error" })).callQueues.one("9")).toBeUndefined();
  });
  it("in another form are an error", async () => {
    const error = expect.objectContaining({ code: "WMS_ANSWER_UNEXPECTED" });
    await expect(clientOf(ok("Success")).callQueues.list()).rejects.toEqual(error);
    await expect(clientOf(ok("Success")).callQueues.one("1")).rejects.toEqual(error);
  });
});
