import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  commandClass,
  JsonClient,
  type JsonClientOptions,
} from "../../lib/aws/lambda-clients/json-client.ts";
import { ServiceError } from "../../lib/aws/lambda-clients/service-error.ts";
import { loopback } from "../support/bundled-adapters.ts";
import { type JsonAnswer, startJsonService } from "../support/json-service.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of cleanUp.splice(0)) await act();
});

class KnownException extends ServiceError {}
const service = { name: "things", variable: "THINGS", target: "Things_1", version: "1.1" } as const;
const GetThing = commandClass<{ readonly id: string }, { readonly thing?: string }>("GetThing");

const clientOf = (endpoint: string, options: JsonClientOptions = {}): JsonClient => {
  const client = new JsonClient(service, { KnownException }, { ...loopback(endpoint), ...options });
  cleanUp.push(() => client.destroy());
  return client;
};
/** A client of a service that gives these answers, the last one from then on. */
const answered = async (answers: readonly JsonAnswer[], options?: JsonClientOptions) => {
  const things = await startJsonService((_operation, before) => answers[before] ?? answers.at(-1) ?? "drop");
  cleanUp.push(things.close);
  return { client: clientOf(things.url, options), requests: things.requests };
};
const get = (client: JsonClient) => client.send(new GetThing({ id: "é" }));

describe("a client of the bundles", () => {
  it("sends the operation and its input, signed for the service", async () => {
    const { client, requests } = await answered([[200, { thing: "x" }]]);
    expect(await get(client)).toEqual({ thing: "x" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      target: "Things_1.GetThing",
      body: '{"id":"é"}',
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "content-length": "11",
        "x-amz-date": expect.stringMatching(/^\d{8}T\d{6}Z$/),
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/eu-central-1\/things\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, /,
        ),
      },
    });
  });
  it("reads characters whose bytes arrive in two parts", async () => {
    const thing = "€".repeat(200_000);
    const { client } = await answered([[200, { thing }]]);
    expect(await get(client)).toEqual({ thing });
  });
  it("connects to an IPv6 address, not to a name in brackets", async () => {
    const client = clientOf("http://[::1]:9", { maxAttempts: 1 });
    await expect(get(client)).rejects.toMatchObject({ syscall: "connect", address: "::1" });
  });
  it("takes an empty answer for an empty object", async () => {
    const { client } = await answered([[200, ""]]);
    expect(await get(client)).toEqual({});
  });
  it("reads region, address and keys of its role from the environment", async () => {
    const { requests } = await answered([[200, {}]]);
    const things = await startJsonService(() => [200, {}]);
    cleanUp.push(things.close);
    vi.stubEnv("AWS_REGION", "eu-south-1");
    vi.stubEnv("AWS_ENDPOINT_URL_THINGS", things.url);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "role");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_SESSION_TOKEN", "token");
    const client = new JsonClient(service, {}, {});
    cleanUp.push(() => client.destroy());
    await get(client);
    expect(requests).toHaveLength(0);
    expect(things.requests[0]?.headers).toMatchObject({
      "x-amz-security-token": "token",
      authorization: expect.stringContaining("Credential=role/"),
    });
    expect(things.requests[0]?.headers["authorization"]).toContain("/eu-south-1/things/");
  });
  it("keeps its connection", async () => {
    const { client, requests } = await answered([[200, {}]]);
    await get(client);
    await get(client);
    expect(requests.map(({ headers }) => headers["connection"])).toEqual(["keep-alive", "keep-alive"]);
  });
  it("does not try again what the service refuses, and says how often it tried", async () => {
    const { client, requests } = await answered([[400, { __type: "x#KnownException", message: "no" }]]);
    const error = await get(client).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(KnownException);
    expect(error).toMatchObject({ message: "no", $metadata: { httpStatusCode: 400, attempts: 1 } });
    expect(requests).toHaveLength(1);
  });
  it("counts the attempts before a refusal, whose answers were lost", async () => {
    const { client } = await answered(["drop", [400, {}, "KnownException"]]);
    await expect(get(client)).rejects.toMatchObject({
      name: "KnownException",
      $metadata: { attempts: 2 },
    });
  });
  it.each<[string, JsonAnswer]>([
    ["a connection that ends", "drop"],
    ["an answer of 503", [503, "busy"]],
  ])("tries again after %s, three times in all", async (_what, answer) => {
    const again = await answered([answer, answer, [200, { thing: "x" }]]);
    expect(await get(again.client)).toEqual({ thing: "x" });
    const never = await answered([answer]);
    await expect(get(never.client)).rejects.toThrow();
    expect(never.requests).toHaveLength(3);
    const once = await answered([answer], { maxAttempts: 1 });
    await expect(get(once.client)).rejects.toThrow();
    expect(once.requests).toHaveLength(1);
  });
  it("gives up an attempt that is not answered in time, and tries again", async () => {
    const { client } = await answered(["hang"], {
      requestHandler: { requestTimeout: 53 },
      maxAttempts: 2,
    });
    // counted here: on a busy machine the time can be up before the service sees the request
    const set = vi.spyOn(globalThis, "setTimeout");
    await expect(get(client)).rejects.toMatchObject({
      name: "TimeoutError",
      message: "no answer within 53 ms",
    });
    expect(set.mock.calls.filter(([, ms]) => ms === 53)).toHaveLength(2);
  });
  it("gives up an answer that does not end", async () => {
    // announces more than it sends
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUp.push(() => server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const client = clientOf(`http://127.0.0.1:${port}`, {
      requestHandler: { requestTimeout: 50 },
      maxAttempts: 1,
    });
    await expect(get(client)).rejects.toThrow();
  });
  it("clears its timers with the answer", async () => {
    const { client } = await answered([[200, {}]], {
      requestHandler: { connectionTimeout: 60_001, requestTimeout: 60_002 },
    });
    const set = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    await get(client);
    const own = set.mock.calls.flatMap(([, ms], at) =>
      ms === 60_001 || ms === 60_002 ? [set.mock.results[at]?.value] : [],
    );
    expect(own).toHaveLength(2);
    for (const timer of own) expect(cleared).toHaveBeenCalledWith(timer);
  });
});
