import { describe, expect, it } from "vitest";
import { withPbx } from "../support/pbx.ts";

const put = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: "PUT", body: JSON.stringify(body) });

describe("what the page changes", () => {
  it("is a fault that the API then has, until it is deleted", () =>
    withPbx({}, async (pbx) => {
      const faults = `${pbx.url}/simulator/faults`;
      expect(await (await put(faults, { fault: "status", value: "503" })).json()).toEqual(["status=503"]);
      expect((await fetch(`${pbx.url}/api/v1/PBX/ping/`)).status).toBe(503);
      await put(faults, { fault: "total-text" });
      expect(await (await fetch(faults)).json()).toEqual(["status=503", "total-text"]);
      await fetch(`${faults}/status`, { method: "DELETE" });
      expect(await (await fetch(faults)).json()).toEqual(["total-text"]);
      await fetch(faults, { method: "DELETE" });
      expect(pbx.pbx.faults.names()).toEqual([]);
    }));
  it("is a call that rings", () =>
    withPbx({}, async (pbx) => {
      const placed = await put(`${pbx.url}/simulator/calls`, { extension: "108", to: "109" });
      expect(await placed.json()).toMatchObject({ first: { number: "108", state: "ringing" } });
    }));
  it.each<[string, string, unknown, number, string]>([
    ["PUT", "faults", { fault: "slowly" }, 400, 'no fault is called "slowly"'],
    ["PUT", "faults", { fault: "status", value: "many" }, 400, "takes a whole number"],
    ["PUT", "faults", { fault: "html", value: "1" }, 400, 'the fault "html" takes no value'],
    ["PUT", "faults", { fault: "connect-refused" }, 400, "can only be set when the simulator starts"],
    ["PUT", "faults", { fault: "self-signed*2" }, 400, "can only be set when the simulator starts"],
    ["PUT", "faults", [], 400, "no fault is called"],
    ["POST", "faults", { fault: "html" }, 405, "GET or PUT or DELETE"],
    ["DELETE", "faults/slowly", undefined, 404, 'no fault is called "slowly"'],
    ["PUT", "calls", { extension: "108" }, 400, "send JSON"],
    ["PUT", "calls", { extension: 108, to: "109" }, 400, "send JSON"],
    ["GET", "sounds/none", undefined, 404, "no such sound"],
    ["GET", "sounds/%E0%A4%A", undefined, 400, "cannot be decoded"],
    ["GET", "nothing", undefined, 404, "no such page"],
  ])("%s /simulator/%s with %o is refused with %i", (method, path, body, status, text) =>
    withPbx({}, async (pbx) => {
      const response = await fetch(`${pbx.url}/simulator/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
      expect([pbx.pbx.faults.names(), pbx.pbx.phones.calls]).toEqual([[], []]);
    }),
  );
});
