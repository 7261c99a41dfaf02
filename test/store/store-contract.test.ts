import { chmod, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import { afterAll, describe, expect, it } from "vitest";
import { s3Store } from "../../lib/aws/s3-store.ts";
import { directoryStore, readOnlyDirectory } from "../../lib/local/directory-store.ts";
import { type ExportStore, readText, writeText } from "../../lib/store/store.ts";
import { plainStore } from "../support/plain-store.ts";
import { whileUnreadable } from "../support/unreadable.ts";
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

describe("the store on S3 that refuses or breaks", () => {
  const answering = (answer: () => Promise<unknown>): ExportStore => {
    const client = new S3Client({ region: "x", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    client.middlewareStack.add(() => async () => ({ response: {}, output: await answer() }) as never, {
      step: "initialize",
    });
    return s3Store(client, "exports");
  };
  it("names an object that this role may not read", async () => {
    const refused = Object.assign(new Error("no"), {
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
    await expect(answering(() => Promise.reject(refused)).read("a")).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      field: "a",
      message: "a: S3 responded with 403 (AccessDenied)",
    });
  });
  it("names an object whose bytes end before their time", async () => {
    async function* half(): AsyncIterable<Uint8Array> {
      yield Buffer.from("x");
      throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    }
    await expect(
      readText(
        answering(async () => ({ Body: half() })),
        "a",
      ),
    ).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      field: "a",
      message: "a: S3 stopped sending (ECONNRESET)",
    });
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
  it("names an object that this user may not read, and lists it", async () => {
    const root = await newDirectory();
    await chmod(root, 0o755);
    const store = await directoryStore(root);
    await writeText(store, "a/b", "x", { absent: true });
    await writeText(store, "a/c", "y", { absent: true });
    const failed = {
      code: "STORE_UNAVAILABLE",
      field: "a/b",
      message:
        "a/b cannot be read: this user has no permission there. Change the permissions, or give another directory.",
    };
    await whileUnreadable(join(root, "a/b"), async () => {
      await expect(store.read("a/b")).rejects.toMatchObject(failed);
      await expect(store.head("a/b")).rejects.toMatchObject(failed);
      expect(await keys(store, "a/")).toEqual(["a/b", "a/c"]);
      expect(await readText(store, "a/c")).toBe("y");
    });
  });
  it("names a folder that this user may not read", async () => {
    const root = await newDirectory();
    await chmod(root, 0o755);
    await writeText(await directoryStore(root), "a/b/c", "x", { absent: true });
    await whileUnreadable(join(root, "a/b"), async () => {
      await expect(keys(readOnlyDirectory(root), "a/")).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        message:
          "a/b cannot be read: this user has no permission there. Change the permissions, or give another directory.",
      });
    });
  });
  it("names an object whose bytes end with an error of the disk", async () => {
    // Linux gives no bytes of this file, which is regular
    const path = "/proc/self/mem";
    if ((await stat(path).catch(() => undefined)) === undefined) return;
    await expect(readText(readOnlyDirectory("/proc/self"), "mem")).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "mem cannot be read: the disk reports an error. Check the disk.",
    });
  });
  it("has no object that is behind a symbolic link, and writes none there", async () => {
    const [root, other] = [await newDirectory(), await newDirectory()];
    const store = await directoryStore(root);
    await writeText(store, "a/b/c", "x", { absent: true });
    for (const folder of ["a", "a/b"]) {
      const real = join(other, basename(folder));
      await rename(join(root, folder), real);
      await symlink(real, join(root, folder));
      for (const prefix of ["", "a/", "a/b/"]) expect(await keys(store, prefix), prefix).toEqual([]);
      expect([await store.head("a/b/c"), await store.read("a/b/c")]).toEqual([undefined, undefined]);
      await expect(writeText(store, "a/b/d", "y", { absent: true })).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        message: "a/b/d cannot be written: a folder in its path is a symbolic link. Give another directory.",
      });
      await rm(join(root, folder));
      await rename(real, join(root, folder));
    }
    // the directory itself may be a link
    const link = join(other, "link");
    await symlink(root, link);
    expect(await keys(readOnlyDirectory(link), "a/")).toEqual(["a/b/c"]);
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
