import { S3Client } from "@aws-sdk/client-s3";
import { required } from "../config.ts";
import type { StorePorts } from "../ports.ts";
import { awsPorts } from "./ports.ts";
import { s3Store } from "./s3-store.ts";

/** The ports of a function that reads or writes the bucket. Apart from ports.ts, so that the others do not carry S3's client. */
export const awsStorePorts = (): StorePorts => {
  const ports = awsPorts();
  return { ...ports, store: s3Store(new S3Client({}), required(ports.config.bucket, "WILDIX_BUCKET")) };
};
