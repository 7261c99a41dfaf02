import { beforeAll, describe, expect, it } from "vitest";
import { owner } from "../support/ask.ts";
import { call, stack, startPbx } from "../support/client.ts";

beforeAll(async () => {
  await startPbx("callers");
});

describe("where IAM decides, the HTTP API", () => {
  const ask = (signer = owner) => call("GET", "/call-queues?pbx=callers", undefined, { signer });
  it("answers who is signed for it", async () => expect((await ask()).status).toBe(200));
  it("refuses a key that nobody has", async () => {
    expect((await ask({ ...owner, keyId: "AKIAIOSFODNN7EXAMPLE" })).status).toBe(403);
  });
  it("refuses who is not signed", async () => {
    expect((await fetch(`${stack.api}/call-queues?pbx=callers`)).status).toBe(403);
  });
});
