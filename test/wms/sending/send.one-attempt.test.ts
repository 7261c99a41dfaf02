import { describe, expect, it } from "vitest";
import { createClient } from "../../../lib/wms/client.ts";
import type { Transport } from "../../../lib/wms/sending/transport.ts";
import { connectionTo } from "../../support/pbx.ts";
import { fakeClock, ok, scripted } from "../../support/scripted.ts";

const clientOver = (transport: Transport, clock = fakeClock()) =>
  createClient({
    transport,
    clock,
    random: () => 0,
    credentials: { current: async () => connectionTo("https://pbx.example.com"), refresh: async () => false },
  });

/** Answers each request with the next text, cut into chunks of `size` bytes. */
const inChunks = (texts: string[], size: number): Transport => {
  async function* cut(bytes: Buffer): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
      await Promise.resolve();
    }
  }
  return async () => ({
    kind: "response",
    status: 200,
    headers: [],
    body: cut(Buffer.from(texts.shift() ?? "")),
  });
};
const bodyOf = async (client: ReturnType<typeof createClient>): Promise<string> =>
  (await client.request("GET", "/api/v1/x")).body;

describe("a body that comes in chunks", () => {
  it("is joined before it is read as text, so that no letter is cut", async () => {
    const text = "Łukasz Żak, 山田 太郎, محمد علي 🎧";
    for (const size of [1, 2, 3, 5, 1000])
      expect(await bodyOf(clientOver(inChunks([text], size)))).toBe(text);
  });

  it("is its own, however many come at the same time and whatever their sizes", async () => {
    const texts = Array.from({ length: 20 }, (_, at) => String(at).repeat(1 + ((at * 7919) % 5_000)));
    const client = clientOver(inChunks([...texts], 700));
    const bodies = await Promise.all(texts.map(() => bodyOf(client)));
    // signing may change the order in which they leave
    expect(texts.filter((text) => !bodies.includes(text))).toEqual([]);
  });

  it("may be larger than any page, and leaves nothing behind in the next one", async () => {
    const texts = ["é".repeat(3_000_000), "", "short", "x".repeat(5_000_000), "short again"];
    const client = clientOver(inChunks([...texts], 100_000));
    for (const text of texts) expect((await bodyOf(client)) === text).toBe(true);
  });
});

describe("the signature of an attempt", () => {
  it("is made once in a second, and anew when the token's time is another", async () => {
    const clock = fakeClock();
    const tokens: (string | undefined)[] = [];
    const { transport } = scripted([
      async ({ exchange }) => {
        for (const wait of [0, 999, 1]) {
          clock.at += wait;
          const { headers } = await exchange.prepare();
          tokens.push(headers.find(([name]) => name === "Authorization")?.[1]);
        }
        return ok({ version: "7.08" });
      },
    ]);
    await clientOver(transport, clock).version();
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[2]).not.toBe(tokens[1]);
  });
});
