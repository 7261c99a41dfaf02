import { S3Client } from "@aws-sdk/client-s3";
import { type Config, required } from "../config.ts";
import type { ExportStore } from "../history/store.ts";
import type { StorePorts } from "../ports.ts";
import { answersWithin } from "./client-options.ts";
import { awsPorts } from "./ports.ts";
import { s3Store } from "./s3-store.ts";

/** The bucket of this deployment. Throws CONFIG_MISSING. */
export const awsStore = (config: Config): ExportStore =>
  // time enough for 8 MiB of a part
  s3Store(new S3Client(answersWithin(20_000)), required(config.bucket, "WILDIX_BUCKET"));

/** The ports of a function that reads or writes the bucket. Apart from ports.ts, so that the others do not carry S3's client. */
export const awsStorePorts = (): StorePorts => {
  const ports = awsPorts();
  return { ...ports, store: awsStore(ports.config) };
};
