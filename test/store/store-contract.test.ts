import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import { afterAll, describe, expect, it } from "vitest";
import { s3Store } from "../../lib/aws/s3-store.ts";
import { directoryStore, readOnlyDirectory } from "../../lib/local/directory-store.ts";
import { type ExportStore, readText, writeText } from "../../lib/store/store.ts";
import { plainStore } from "../support/plain-store.ts";
import { broken, bytes, chunks, keys, storeContract } from "./store-contract.ts";

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

storeContract("a directory", async () => directoryStore(await newDirectory()));
storeContract("a map (for tests)", async () => plainStore());
storeContract("S3", async () => (await startS3()).store);

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
  it.each([
    [
      "nothing that answers",
      async () => ({ accessKeyId: "a", secretAccessKey: "b" }),
      "a: S3 cannot be reached (ECONNREFUSED)",
    ],
    [
      "no credentials",
      async () => Promise.reject(Object.assign(new Error("none"), { name: "CredentialsProviderError" })),
      "a: S3 cannot be reached (CredentialsProviderError)",
    ],
  ])("%s is said in words", async (_name, credentials, message) => {
    const endpoint = "http://127.0.0.1:1";
    const client = new S3Client({ endpoint, region: "x", forcePathStyle: true, maxAttempts: 1, credentials });
    const failed = { code: "STORE_UNAVAILABLE", message };
    await expect(s3Store(client, "none").head("a")).rejects.toMatchObject(failed);
    await expect(writeText(s3Store(client, "none"), "a", "x", { absent: true })).rejects.toMatchObject(
      failed,
    );
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
    // an id that no process has: Linux gives at most 4,194,304
    await writeFile(join(root, ".wildix-tmp", "4194305-left"), "half");
    await directoryStore(root);
    expect(await readdir(join(root, ".wildix-tmp"))).toHaveLength(1);
    await staged.commit({ absent: true });
    expect(await readText(store, "a")).toBe("x");
  });
});
