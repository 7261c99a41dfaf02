import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import { afterAll, describe, expect, it } from "vitest";
import { s3Store } from "../../lib/aws/s3-store.ts";
import { type ExportStore, type ReadableStore, readText, writeText } from "../../lib/history/store.ts";
import { directoryStore, readOnlyDirectory } from "../../lib/local/directory-store.ts";

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const act of cleanUp) await act();
});

const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-store-"));
  cleanUp.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
};

/** A real S3 server on loopback; conditional writes, which it lacks, are judged before it sees the request. */
const startS3 = async (): Promise<{ store: ExportStore; commands: string[] }> => {
  const app = buildApp({ logger: false, host: "localhost" });
  app.addHook("preHandler", async (request, reply) => {
    const [absent, match] = [request.headers["if-none-match"], request.headers["if-match"]];
    if (!["PUT", "POST"].includes(request.method) || (absent !== "*" && match === undefined)) return;
    const head = await app.inject({
      method: "HEAD",
      url: request.url.split("?")[0] ?? "",
      headers: { host: request.headers.host ?? "", authorization: request.headers.authorization ?? "" },
    });
    const fits =
      absent === "*" ? head.statusCode !== 200 : head.statusCode === 200 && head.headers["etag"] === match;
    if (fits) return;
    return reply
      .code(412)
      .type("application/xml")
      .send('<?xml version="1.0"?><Error><Code>PreconditionFailed</Code><Message>m</Message></Error>');
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  cleanUp.push(() => app.close());
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(new CreateBucketCommand({ Bucket: "exports" }));
  const commands: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      commands.push(context.commandName ?? "");
      return next(args);
    },
    { step: "initialize" },
  );
  return { store: s3Store(client, "exports"), commands };
};

async function* chunks(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
async function* bytes(mebibytes: number): AsyncIterable<Uint8Array> {
  for (let n = 0; n < mebibytes; n++) yield Buffer.alloc(1024 * 1024, n);
}
async function* broken(before: number): AsyncIterable<Uint8Array> {
  for (let n = 0; n < before; n++) yield Buffer.alloc(1024 * 1024, n);
  throw new Error("the source broke");
}
const keys = async (store: ReadableStore, prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
};

const stores = {
  "a directory": async () => directoryStore(await newDirectory()),
  S3: async () => (await startS3()).store,
};

describe.each(Object.entries(stores))("the export store on %s", (_name, make) => {
  it("keeps what was written, and says so", async () => {
    const store = await make();
    const written = await writeText(store, "a/b.txt", "Zoë", { absent: true });
    expect(written).toMatchObject({ key: "a/b.txt", size: 4 });
    expect(await store.head("a/b.txt")).toEqual(written);
    expect(await readText(store, "a/b.txt")).toBe("Zoë");
  });
  it("says that nothing is there", async () => {
    const store = await make();
    expect(await store.head("none")).toBeUndefined();
    expect(await store.read("none")).toBeUndefined();
    expect(await keys(store, "none/")).toEqual([]);
    await store.remove("none", "x");
  });
  it("shows nothing before the commit, and nothing after an abort", async () => {
    const store = await make();
    const staged = await store.stage("a", chunks("x"));
    expect(await store.head("a")).toBeUndefined();
    await staged.abort();
    const other = await store.stage("a", chunks("y"));
    expect(await store.head("a")).toBeUndefined();
    await other.commit({ absent: true });
    expect(await readText(store, "a")).toBe("y");
  });
  it("writes only what is expected to be absent", async () => {
    const store = await make();
    await writeText(store, "a", "first", { absent: true });
    await expect(writeText(store, "a", "second", { absent: true })).rejects.toMatchObject({
      code: "STORE_CONFLICT",
      field: "a",
    });
    expect(await readText(store, "a")).toBe("first");
  });
  it("replaces only what it has seen", async () => {
    const store = await make();
    const first = await writeText(store, "a", "first", { absent: true });
    const second = await writeText(store, "a", "second", { etag: first.etag });
    expect(second.etag).not.toBe(first.etag);
    await expect(writeText(store, "a", "third", { etag: first.etag })).rejects.toMatchObject({
      code: "STORE_CONFLICT",
    });
    await expect(writeText(store, "b", "third", { etag: first.etag })).rejects.toMatchObject({
      code: "STORE_CONFLICT",
    });
    await expect(store.remove("a", first.etag)).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    expect(await readText(store, "a")).toBe("second");
    await store.remove("a", second.etag);
    expect(await store.head("a")).toBeUndefined();
  });
  it("the same bytes have the same ETag", async () => {
    const store = await make();
    const [a, b] = [
      await writeText(store, "a", "x", { absent: true }),
      await writeText(store, "b", "x", { absent: true }),
    ];
    expect(a.etag).toBe(b.etag);
  });
  it("lists by prefix, in order", async () => {
    const store = await make();
    for (const key of ["p/b", "p/a", "p/c/d", "q/a"]) await writeText(store, key, key, { absent: true });
    expect(await keys(store, "p/")).toEqual(["p/a", "p/b", "p/c/d"]);
    expect(await keys(store, "p/c/")).toEqual(["p/c/d"]);
  });
  it.each([0, 20])("a source that breaks after %i MiB leaves nothing", async (size) => {
    const store = await make();
    await expect(store.stage("a", broken(size))).rejects.toThrow("the source broke");
    expect(await keys(store, "")).toEqual([]);
  });
  it("takes large objects whole", async () => {
    const store = await make();
    const staged = await store.stage("big", bytes(21));
    expect(await staged.commit({ absent: true })).toMatchObject({ size: 21 * 1024 * 1024 });
    let at = 0;
    for await (const chunk of (await store.read("big")) ?? []) at += chunk.length;
    expect(at).toBe(21 * 1024 * 1024);
    const again = await store.stage("big", bytes(21));
    await expect(again.commit({ absent: true })).rejects.toMatchObject({ code: "STORE_CONFLICT" });
  });
});

describe("the store on S3", () => {
  it("an abort leaves no upload behind that would cost", async () => {
    const { store, commands } = await startS3();
    const count = (name: string): number => commands.filter((command) => command === name).length;
    await expect(store.stage("a", broken(20))).rejects.toThrow();
    const staged = await store.stage("b", bytes(20));
    expect([count("CreateMultipartUploadCommand"), count("AbortMultipartUploadCommand")]).toEqual([2, 1]);
    await staged.abort();
    expect(count("AbortMultipartUploadCommand")).toBe(2);
  });
  it("a bucket that is not there is said by name", async () => {
    const { store } = await startS3();
    expect(store).toBeDefined();
    const client = new S3Client({
      endpoint: "http://127.0.0.1:1",
      region: "x",
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    await expect(s3Store(client, "none").head("a")).rejects.toThrow();
  });
});

describe("the store on a directory", () => {
  it("a file where a directory is needed is said in words", async () => {
    const root = await newDirectory();
    await writeFile(join(root, "file"), "x");
    await expect(directoryStore(join(root, "file"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(directoryStore("/proc/none")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
  it("is the same store, however its root is written", async () => {
    const root = await newDirectory();
    await writeText(await directoryStore(root), "a/b", "x", { absent: true });
    const near = relative(process.cwd(), root);
    for (const written of [
      `${root}/`,
      `${root}//`,
      `${root}/../${basename(root)}`,
      near,
      `./${near}`,
      `${near}/`,
    ]) {
      const store = await directoryStore(written);
      expect(await keys(store, "a/"), written).toEqual(["a/b"]);
      await expect(writeText(store, "a/b", "y", { absent: true })).rejects.toMatchObject({
        code: "STORE_CONFLICT",
      });
    }
  });
  it("is looked at without being made or changed", async () => {
    const root = join(await newDirectory(), "none");
    const store = readOnlyDirectory(root);
    expect([await store.head("a"), await store.read("a"), await keys(store, "")]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(await stat(root).catch(() => "absent")).toBe("absent");
  });
  it("what a killed process left is removed, what a running one has is kept", async () => {
    const root = await newDirectory();
    const store = await directoryStore(root);
    const staged = await store.stage("a", chunks("x"));
    await writeFile(join(root, ".wildix-tmp", "999999-left"), "half");
    await directoryStore(root);
    expect(await readdir(join(root, ".wildix-tmp"))).toHaveLength(1);
    await staged.commit({ absent: true });
    expect(await readText(store, "a")).toBe("x");
  });
});
