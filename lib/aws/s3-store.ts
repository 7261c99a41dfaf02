import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import type { Expect, ExportStore, Staged, StoredObject } from "../store/store.ts";
import { failureName } from "./failure-name.ts";

/** S3 takes parts of 5 MiB and more, and at most 10,000 of them. */
const partSize = 8 * 1024 * 1024;

/**
 * The export store on S3. Staged bytes wait as a multipart upload (small ones in memory) that no reader sees; committing is
 * one conditional request, so two runs can never both own an object.
 */
export const s3Store = (s3: S3Client, bucket: string): ExportStore => ({
  stage: (key, bytes) => guarded(key, () => stage(s3, bucket, key, bytes)),
  head: (key) => guarded(key, () => head(s3, bucket, key)),
  read: (key) =>
    guarded(key, async () => {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch(ignoreMissing);
      const body = answer?.Body as AsyncIterable<Uint8Array> | undefined;
      return body && bytesOf(body, key);
    }),
  list: (prefix) => list(s3, bucket, prefix),
  remove: (key, etag) =>
    guarded(key, async () => {
      const current = await head(s3, bucket, key);
      if (current === undefined) return;
      if (current.etag !== etag) throw conflict(key);
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    }),
});

/** The connection can break while an object is read. */
async function* bytesOf(body: AsyncIterable<Uint8Array>, key: string): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw unavailable(key, `S3 stopped sending (${failureName(cause)})`, cause);
  }
}

const condition = (expect: Expect): { IfNoneMatch: "*" } | { IfMatch: string } =>
  "etag" in expect ? { IfMatch: expect.etag } : { IfNoneMatch: "*" };

const stage = async (
  s3: S3Client,
  bucket: string,
  key: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Staged> => {
  const upload = new Upload(s3, bucket, key);
  try {
    for await (const chunk of bytes) await upload.add(chunk);
    return await upload.stage();
  } catch (error) {
    await upload.abort();
    throw error;
  }
};

class Upload {
  readonly #s3: S3Client;
  readonly #target: { Bucket: string; Key: string };
  readonly #parts: { PartNumber: number; ETag: string | undefined }[] = [];
  #waiting: Uint8Array[] = [];
  #waitingSize = 0;
  #size = 0;
  #id: string | undefined;

  constructor(s3: S3Client, bucket: string, key: string) {
    this.#s3 = s3;
    this.#target = { Bucket: bucket, Key: key };
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.#waiting.push(chunk);
    this.#waitingSize += chunk.byteLength;
    this.#size += chunk.byteLength;
    if (this.#waitingSize >= partSize) await this.#flush();
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#waiting, this.#waitingSize);
    this.#waiting = [];
    this.#waitingSize = 0;
    return bytes;
  }

  async #flush(): Promise<void> {
    this.#id ??= (await this.#s3.send(new CreateMultipartUploadCommand(this.#target))).UploadId;
    const PartNumber = this.#parts.length + 1;
    const answer = await this.#s3.send(
      new UploadPartCommand({ ...this.#target, UploadId: this.#id, PartNumber, Body: this.#take() }),
    );
    this.#parts.push({ PartNumber, ETag: answer.ETag });
  }

  async stage(): Promise<Staged> {
    const small = this.#id === undefined;
    if (!small && this.#waitingSize > 0) await this.#flush();
    const body = small ? this.#take() : undefined;
    return {
      size: this.#size,
      commit: (expect) => guarded(this.#target.Key, () => this.#commit(body, expect)),
      abort: () => this.abort(),
    };
  }

  async #commit(body: Buffer | undefined, expect: Expect): Promise<StoredObject> {
    const answer =
      body === undefined
        ? await this.#s3.send(
            new CompleteMultipartUploadCommand({
              ...this.#target,
              UploadId: this.#id,
              MultipartUpload: { Parts: this.#parts },
              ...condition(expect),
            }),
          )
        : await this.#s3.send(new PutObjectCommand({ ...this.#target, Body: body, ...condition(expect) }));
    return { key: this.#target.Key, etag: answer.ETag ?? "", size: this.#size };
  }

  async abort(): Promise<void> {
    if (this.#id === undefined) return;
    await this.#s3
      .send(new AbortMultipartUploadCommand({ ...this.#target, UploadId: this.#id }))
      .catch(ignoreMissing);
  }
}

const head = async (s3: S3Client, bucket: string, key: string): Promise<StoredObject | undefined> => {
  const answer = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch(ignoreMissing);
  return answer && { key, etag: answer.ETag ?? "", size: answer.ContentLength ?? 0 };
};

async function* list(s3: S3Client, bucket: string, prefix: string): AsyncIterable<StoredObject> {
  let token: string | undefined;
  do {
    const page = await guarded(prefix, () =>
      s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...defined({ ContinuationToken: token }),
        }),
      ),
    );
    for (const object of page.Contents ?? []) {
      if (object.Key !== undefined)
        yield { key: object.Key, etag: object.ETag ?? "", size: object.Size ?? 0 };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** Whether the SDK failed, rather than the source of bytes: it says so also of what never reached S3. */
const isFromSdk = (error: unknown): error is Error =>
  error instanceof Error && ("$metadata" in error || error.name === "CredentialsProviderError");

const statusOf = (error: unknown): number | undefined => {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const metadata = error.$metadata;
  return typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
    ? Number(metadata.httpStatusCode)
    : undefined;
};

const ignoreMissing = (error: unknown): undefined => {
  if (statusOf(error) === 404) return undefined;
  throw error;
};

const conflict = (key: string, cause?: unknown): ProductError =>
  new ProductError("STORE_CONFLICT", {
    detail: `another run changed ${key} after this run began`,
    field: key,
    cause,
  });

const unavailable = (what: string, words: string, cause: unknown): ProductError =>
  new ProductError("STORE_UNAVAILABLE", { detail: `${what}: ${words}`, field: what, cause });

/** 412 and 409 say that another run was faster, 404 that it took away what was there: each means stop. */
const guarded = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    const status = statusOf(cause);
    if (!isFromSdk(cause)) throw cause;
    const missingBucket = cause.name === "NoSuchBucket";
    if (status !== undefined && [404, 409, 412].includes(status) && !missingBucket)
      throw conflict(what, cause);
    throw unavailable(
      what,
      status === undefined
        ? `S3 cannot be reached (${failureName(cause)})`
        : `S3 responded with ${status} (${cause.name})`,
      cause,
    );
  }
};

/** The store of a bucket, with the credentials of this process. */
export const awsStore = (bucket: string, region: string): ExportStore =>
  s3Store(new S3Client({ region }), bucket);
