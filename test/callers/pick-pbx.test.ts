import { describe, expect, it } from "vitest";
import type { Caller } from "../../lib/callers/caller.ts";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { unknownPbx } from "../../lib/pbxs/registry.ts";
import { bearer, callerApi } from "../support/caller-api.ts";
import { httpEvent } from "../support/events.ts";

describe("the PBX that is meant", () => {
  const asked: string[] = [];
  const api = callerApi(async ({ caller, query }) => {
    const pbxs = { get: (id: string) => Promise.reject(new Error(asked.push(id).toString())) };
    const config = { ...api.ports.config, defaultPbx: "rome" };
    await pickPbx({ ...api.ports, pbxs, config }, caller, query["pbx"]).catch(() => undefined);
    return { status: 200, body: {} };
  });
  it.each([
    ["named", "all" as const, "pbx=oslo", "oslo"],
    ["the deployment's default", "all" as const, "", "rome"],
    ["the only one of the key, before the default", ["milan"], "", "milan"],
    ["the default, of several", ["milan", "rome"], "", "rome"],
  ])("is %s", async (_name, pbxs, query, id) => {
    asked.length = 0;
    await api.ask(httpEvent({ query, headers: bearer(await api.add({ pbxs })) }));
    await api.clock.sleep(60_000);
    expect(asked).toEqual([id]);
  });
  it("is no PBX of the request if the default is unknown", async () => {
    const all: Caller = { id: "x", scopes: new Set(), pbxs: "all", extensions: "all" };
    const pbxs = { get: (id: string) => Promise.reject(unknownPbx(id, ["milan"])) };
    const ports = { pbxs, config: { defaultPbx: "mlan" } };
    await expect(pickPbx(ports, all, undefined)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      field: "WILDIX_DEFAULT_PBX",
      message: "`WILDIX_DEFAULT_PBX` must be the id of a registered PBX; got mlan. Did you mean milan?",
    });
    await expect(pickPbx(ports, all, "mlan")).rejects.toMatchObject({ code: "PBX_UNKNOWN", field: "pbx" });
    await expect(pickPbx(ports, { ...all, pbxs: ["mlan"] }, undefined)).rejects.toMatchObject({
      code: "PBX_UNKNOWN",
    });
  });
});
